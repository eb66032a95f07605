"""A unit of work is written as a whole or not at all, and two that meet wait for each other."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.db.engine import open_engine
from app.db.records import Member
from app.db.work import Database, Work
from app.lifecycle.clock import SystemClock
from tests.clock import START
from tests.db import twins
from tests.service import TenantUnderTest

THREADS, INCREMENTS = 8, 25
MOMENT_S = 0.2
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Store:
    """A tenant with one user in one group."""

    database: Database
    tenant_id: int

    def writing(self) -> Any:
        """Open a transaction."""
        return self.database.unit_of_work(self.tenant_id)

    def versions(self) -> tuple[int, int, int]:
        """Return what is committed: the user's version, and how many audit entries and events there are."""
        with self.database.reading(self.tenant_id) as work:
            user = work.users.view("u1")
            return user.version if user else 0, len(work.audit.of("u1")), len(work.outbox.of("u1"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Lend a tenant."""
    with closing(Database(open_engine(database_url))) as database:
        with database.tenants() as tenants:
            store = Store(database, tenants.add("acme", "Acme", START).id)
        with store.writing() as work:
            work.policies.add(1, "{}", author="test", reason=None, created_at=START)
            work.users.add(twins.user("u1", "ada", "acme"), twins.profile("ada", "acme"))
            work.groups.add(twins.group("g1", "acme"))
        yield store


def bump(work: Work, mark: str = "acme") -> None:
    """Count a user's version up, with an audit entry and an event beside it."""
    record = work.users.lock("u1")
    assert record is not None
    work.users.update("u1", {"version": record.version + 1}, None)
    work.audit.add([twins.entry("u1", mark)])
    work.outbox.add([twins.event("u1", mark)])


def test_all_of_it_is_committed(store: Store) -> None:
    """Row, audit entry and event are there afterwards, and not before."""
    with store.writing() as work:
        bump(work)
        assert store.versions() == (1, 0, 0)
    assert store.versions() == (2, 1, 1)


def break_off(work: Work, error: type[BaseException] = RuntimeError) -> None:
    """Change something, and fail."""
    bump(work, "broken")
    raise error


def join_nowhere(work: Work) -> None:
    """Change something, and ask for what the database refuses."""
    bump(work, "refused")
    work.memberships.add("nowhere", [Member("u1", "User", None)])


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_of_it_is_committed_after_an_exception(store: Store, error: type[BaseException]) -> None:
    """Whatever breaks off the work undoes all of it, and the next one finds a clean connection."""
    with pytest.raises(error), store.writing() as work:
        break_off(work, error)
    assert store.versions() == (1, 0, 0)
    with store.writing() as work:
        bump(work)
    assert store.versions() == (2, 1, 1)


def test_a_statement_that_fails_undoes_the_work(store: Store) -> None:
    """What the database refuses takes back what came before it."""
    with pytest.raises(IntegrityError), store.writing() as work:
        join_nowhere(work)
    assert store.versions() == (1, 0, 0)


def test_a_savepoint_undoes_only_its_own(store: Store) -> None:
    """An operation of a bulk request may fail alone; those before and after it are kept."""
    with store.writing() as work:
        bump(work, "first")
        with pytest.raises(RuntimeError), work.savepoint():
            break_off(work)
        with pytest.raises(IntegrityError), work.savepoint():
            join_nowhere(work)
        with work.savepoint():
            bump(work, "third")
    assert store.versions() == (3, 2, 2)
    with store.database.reading(store.tenant_id) as work:
        assert [entry.txn for entry in work.audit.of("u1")] == ["first", "third"]


def test_a_released_savepoint_is_undone_with_the_whole(store: Store) -> None:
    """A savepoint commits nothing by itself."""

    def release_and_break_off(work: Work) -> None:
        with work.savepoint():
            bump(work)
        raise RuntimeError

    with pytest.raises(RuntimeError), store.writing() as work:
        release_and_break_off(work)
    assert store.versions() == (1, 0, 0)


def test_a_reader_may_begin_to_write(store: Store) -> None:
    """A transaction inside a reading unit of work sees what others committed since, and commits as a whole."""
    with store.database.reading(store.tenant_id) as work:
        with store.writing() as other:
            bump(other)
        with pytest.raises(RuntimeError), work.transaction():
            break_off(work)
        with work.transaction():
            bump(work)
        assert store.versions() == (3, 2, 2)


def test_one_change_has_one_id(store: Store) -> None:
    """All rows of a unit of work share its id, and no other has it."""
    with store.writing() as work:
        first = work.txn, work.txn
    with store.writing() as work:
        assert work.txn not in first
    assert first[0] == first[1]


def test_no_read_modify_write_is_lost(store: Store) -> None:
    """Two hundred increments by eight threads are two hundred."""
    start = Barrier(THREADS)

    def count_up() -> None:
        start.wait()
        for _ in range(INCREMENTS):
            with store.writing() as work:
                bump(work)

    with ThreadPoolExecutor(THREADS) as pool:
        for runner in [pool.submit(count_up) for _ in range(THREADS)]:
            runner.result()
    total = THREADS * INCREMENTS
    assert store.versions() == (1 + total, total, total)


def in_between(store: Store, first: Any, second: Any, last: Any = bool) -> tuple[bool, Any]:
    """Run a unit of work while another is open, which ends with ``last``; tell if it waited, and what it said."""
    entered = Event()

    def follow() -> Any:
        with store.writing() as work:
            entered.set()
            return second(work)

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as work:
            first(work)
            follower: Future[Any] = pool.submit(follow)
            entered.wait(MOMENT_S)
            waited = not _done_in(follower, MOMENT_S)
            last(work)
        return waited, follower.result()


def _done_in(future: Future[Any], seconds: float) -> bool:
    try:
        future.result(seconds)
    except TimeoutError:
        return False
    return True


def test_nobody_joins_a_group_while_being_deleted(store: Store) -> None:
    """A group that takes in a user waits for the user's deletion, and then knows no such user."""

    def delete(work: Work) -> None:
        work.users.lock("u1")
        work.memberships.leave_all("u1")
        work.users.update("u1", {"state": "tombstoned"}, None)

    waited, known = in_between(store, delete, lambda work: work.memberships.resolve(["u1"]))
    assert (waited, known) == (True, {})


def test_nobody_is_deleted_while_joining_a_group(store: Store) -> None:
    """A deletion waits for a group that takes the user in, and finds the new membership."""

    def join(work: Work) -> None:
        work.groups.lock("g1")
        work.memberships.add("g1", work.memberships.resolve(["u1"]).values())

    def leave(work: Work) -> list[str]:
        work.users.lock("u1")
        return work.memberships.leave_all("u1")

    assert in_between(store, join, leave) == (True, ["g1"])
    with store.database.reading(store.tenant_id) as work:
        assert work.memberships.of_group("g1") == []


def test_a_user_who_is_deleted_and_removed_at_once_blocks_nobody(store: Store) -> None:
    """Both lock the group before the member, so that neither waits for what the other holds."""
    with store.writing() as work:
        work.memberships.add("g1", [Member("u1", "User", None)])

    def leave(work: Work) -> list[str]:
        work.users.lock("u1")
        return work.memberships.leave_all("u1")

    waited, left = in_between(
        store, lambda work: work.groups.lock("g1"), leave, lambda work: work.memberships.remove("g1", ["u1"])
    )
    assert (waited, left) == (True, [])


@pytest.fixture
def clock() -> SystemClock:
    """Let time pass, since requests overlap."""
    return SystemClock()


@pytest.mark.parametrize(("condition", "statuses"), [(None, [200] * 4), ('W/"1"', [200, 412, 412, 412])])
def test_only_who_asked_for_a_version_may_be_too_late(
    app: Flask, acme: TenantUnderTest, condition: str | None, statuses: list[int]
) -> None:
    """Overlapping PATCHes wait for the row and all succeed; with If-Match on one version exactly one does."""
    headers = acme.bearer(acme.scim_token())
    base = f"/t/{acme.slug}/scim/v2/Users"
    created = app.test_client().post(base, headers=headers, json={"schemas": [USER], "userName": "ada"})
    user = f"{base}/{(created.json or {})['id']}"
    start, conditional = Barrier(4), {**headers, **({"If-Match": condition} if condition else {})}

    def patch(number: int) -> int:
        operation = {"op": "replace", "path": ("title", "nickName", "locale", "timezone")[number], "value": "x"}
        start.wait()
        body = {"schemas": [PATCH], "Operations": [operation]}
        return app.test_client().patch(user, headers=conditional, json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(patch, range(4))) == statuses
    found = app.test_client().get(user, headers=headers).json or {}
    assert found["meta"]["version"] == f'W/"{1 + statuses.count(200)}"'
