"""A tenant's data is its own: every method of every repository, tried across tenants, and raw SQL on PostgreSQL."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, get_type_hints

import pytest
from sqlalchemy.exc import DBAPIError

from app.db.engine import open_engine
from app.db.migrate import upgrade
from app.db.query import Match, Op, Page, Query, Sort
from app.db.records import Member
from app.db.rows import Row
from app.db.work import Database, Work
from tests.db import delivery_cases, duty_cases, estate_cases, governance_cases, resource_cases, session_cases, twins
from tests.db.twins import NOW, populate, rows_of
from tests.postgres import Run

MINE, OTHERS = "only-beta", "only-alpha"
ID, TOKEN = "u1", "u1".rjust(64, "0")
NAMED = Match(("username",), Op.eq, "name-u1")
FURTHER = (delivery_cases, duty_cases, estate_cases, governance_cases, resource_cases, session_cases)
PAGE, BY_NAME = Page(1, 50), Sort(("username",))
Case = Callable[[Work], Any]


def each(ids: tuple[str, str], call: Callable[[Work, str], Any]) -> Case:
    """Return a case that calls a method for an id that both tenants have, and for one that only the other has."""
    return lambda work: [call(work, id_) for id_ in ids]


def foreseen(work: Work) -> Any:
    """Look for several users at once, and return what is then known."""
    work.users.foresee(["name-u2"], ["ext"])
    return work.users.relatives("ext", "name-u2")


READS: dict[str, Case] = {
    "users.view": lambda w: [w.users.view("u1"), w.users.view(OTHERS)],
    "users.by_id": lambda w: [w.users.by_id(id_).rows(w.connection) for id_ in ("u1", OTHERS)],
    "users.by_key": lambda w: [
        w.users.by_key(("username",), f"name-{mark}", PAGE).rows(w.connection) for mark in (MINE, OTHERS)
    ],
    "groups.by_id": lambda w: [w.groups.by_id(id_).rows(w.connection) for id_ in ("g1", OTHERS)],
    "users.page": lambda w: [w.users.page(Query(PAGE, *wanted)) for wanted in ((), (NAMED,), (None, BY_NAME))],
    "users.find": lambda w: [w.users.find("u1"), w.users.find(OTHERS)],
    "users.lock": lambda w: [w.users.lock("u1"), w.users.lock(OTHERS)],
    "users.namesake": lambda w: [w.users.namesake(f"name-{MINE}"), w.users.namesake(f"name-{OTHERS}")],
    "users.foresee": foreseen,
    "users.relatives": lambda w: w.users.relatives("ext", "name-u2"),
    "users.roles_of_others": lambda w: w.users.roles_of_others("u9", ["alpha", "beta"]),
    "users.due": lambda w: w.users.due(NOW, 50),
    "users.leaving": lambda w: ["beta", w.users.leaving(NOW, 50)],
    "users.standings": lambda w: w.users.standings(["u1", OTHERS]),
    "memberships.of_group": lambda w: [w.memberships.of_group("g1"), w.memberships.of_group(OTHERS)],
    "memberships.of_groups": lambda w: w.memberships.of_groups(["g1", OTHERS], 9),
    "memberships.batch": lambda w: [w.memberships.batch("g1", "", 9), w.memberships.batch(OTHERS, "", 9)],
    "memberships.groups_of": lambda w: [w.memberships.groups_of("u1"), w.memberships.groups_of(OTHERS)],
    "memberships.resolve": lambda w: w.memberships.resolve(["u1", "g1", OTHERS]),
    "memberships.shown": lambda w: [w.memberships.shown("g1"), w.memberships.shown(OTHERS)],
    "memberships.among": lambda w: [w.memberships.among(id_, [MINE, OTHERS]) for id_ in ("u1", OTHERS)],
    "memberships.names_of": lambda w: w.memberships.names_of([MINE, OTHERS]),
    "memberships.staffed": lambda w: [w.memberships.staffed([MINE, OTHERS], but) for but in ("", "u1")],
    "connections.find": lambda w: [w.connections.find("c1"), w.connections.find(OTHERS)],
    "connections.all": lambda w: w.connections.all(),
    "credentials.holder": each(("c1", OTHERS), lambda w, id_: w.credentials.holder(id_.rjust(64, "0"))),
    "credentials.of_kind": lambda w: w.credentials.of_kind("scim"),
    "connections.get": lambda w: [w.connections.get("c1"), w.connections.get(OTHERS)],
    "credentials.of_connection": lambda w: w.credentials.of_connection("c1", NOW),
    "trusts.of_connection": lambda w: [w.trusts.of_connection("c1"), w.trusts.of_connection(OTHERS)],
    "trusts.of_issuer": lambda w: w.trusts.of_issuer("issuer"),
    "signing_keys.all": lambda w: w.signing_keys.all(),
    "connections.name_of": lambda w: [w.connections.find("c1"), w.connections.name_of(OTHERS)],
    "policies.current": lambda w: w.policies.current(),
    "audit.of": lambda w: [w.audit.of("u1"), w.audit.of(OTHERS)],
    "outbox.of": lambda w: [w.outbox.of("u1"), w.outbox.of(OTHERS)],
    **{name: case for cases in FURTHER for name, case in cases.READS.items()},
}

CHANGES: dict[str, Case] = {
    "users.add": lambda w: w.users.add(
        twins.user(OTHERS, f"name-{OTHERS}", "beta"), twins.profile(f"name-{OTHERS}", "beta")
    ),
    "users.update": each(("u1", OTHERS), lambda w, id_: w.users.update(id_, {"reason": "x"}, twins.profile(id_, "x"))),
    "users.lose_roles": lambda w: w.users.lose_roles("u1"),
    "users.anonymise": each(("u1", OTHERS), lambda w, id_: w.users.anonymise(id_, "x")),
    "memberships.add": lambda w: w.memberships.add("g1", [Member("u2", "User", None)]),
    "memberships.join": lambda w: w.memberships.join("g1", [Member("u2", "User", None)]),
    "memberships.remove": each(("g1", OTHERS), lambda w, id_: w.memberships.remove(id_, ["u1", OTHERS])),
    "memberships.leave_all": each(("u1", OTHERS), lambda w, id_: w.memberships.leave_all(id_)),
    "memberships.rejoin": lambda w: w.memberships.rejoin("u2", "x", ["g1", OTHERS]),
    "memberships.rename": each(("u1", OTHERS), lambda w, id_: w.memberships.rename(id_, "x")),
    "connections.add": lambda w: w.connections.add(twins.link(OTHERS, "beta")),
    "connections.revoke": each(("c1", OTHERS), lambda w, id_: w.connections.revoke(id_, NOW)),
    "credentials.add": lambda w: w.credentials.add(twins.credential(OTHERS, "beta"), OTHERS.rjust(64, "0")),
    "credentials.expire": each(("c1", OTHERS), lambda w, id_: w.credentials.expire(id_, NOW)),
    "connections.rescope": each(("c1", OTHERS), lambda w, id_: w.connections.rescope(id_, "x")),
    "connections.bind": each(("c1", OTHERS), lambda w, id_: w.connections.bind(id_, "x")),
    "credentials.rescope": each(("c1", OTHERS), lambda w, id_: w.credentials.rescope(id_, "x")),
    "credentials.revoke": each(("c1", OTHERS), lambda w, id_: w.credentials.revoke(id_, NOW)),
    "credentials.used": lambda w: w.credentials.used(["c1", OTHERS], NOW),
    "credentials.forget_access": lambda w: w.credentials.forget_access(NOW),
    "trusts.add": lambda w: w.trusts.add(twins.trust("c2", "beta")),
    "trusts.replace": lambda w: w.trusts.replace(twins.trust("c1", "new beta")),
    "seen_jtis.add": lambda w: w.seen_jtis.add("beta", OTHERS, NOW),
    "seen_jtis.forget": lambda w: w.seen_jtis.forget(NOW),
    "signing_keys.add": lambda w: w.signing_keys.add(twins.signing_key(OTHERS, "beta")),
    "signing_keys.retire": lambda w: w.signing_keys.retire(NOW - timedelta(1)),
    "signing_keys.forget": lambda w: w.signing_keys.forget(NOW),
    "policies.add": lambda w: w.policies.add(2, "x", author="x", reason=None, created_at=NOW),
    "audit.add": lambda w: w.audit.add([twins.entry("u1", "x")]),
    "outbox.add": lambda w: w.outbox.add([twins.event("u1", "x")]),
    **{name: case for cases in FURTHER for name, case in cases.CHANGES.items()},
}


@dataclass(frozen=True)
class Twins:
    """A database with two tenants."""

    database: Database
    alpha: int
    beta: int


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Lend two tenants, whose rows no test keeps changed."""
    if request.param == "sqlite":
        yield from twins_in(f"sqlite:///{tmp_path_factory.mktemp('twins') / 'scim.sqlite'}")
    elif run.source is None:
        pytest.skip("There is no PostgreSQL.")
    else:
        with run.database() as url:
            yield from twins_in(url)


def twins_in(url: str) -> Iterator[Twins]:
    """Migrate and fill a database."""
    upgrade(url)
    with closing(Database(open_engine(url))) as database:
        with database.tenants() as tenants:
            ids = [tenants.add(slug, slug, NOW).id for slug in ("alpha", "beta")]
        for tenant_id, slug in zip(ids, ("alpha", "beta"), strict=True):
            with database.unit_of_work(tenant_id) as work:
                populate(work, slug, f"only-{slug}")
        yield Twins(database, *ids)


class Undo(Exception):  # noqa: N818
    """Leave nothing behind."""


@dataclass(frozen=True)
class Tried:
    """What a method said, and what it did to both tenants."""

    said: str
    left_alone: bool
    changed: bool


def tried(both: Twins, case: Case) -> Tried:
    """Call a method for the second tenant, compare both tenants before and after, and undo it."""
    found: list[Tried] = []
    with both.database.reading(both.beta) as work, suppress(Undo), work.transaction():
        connection = work.connection
        alpha, beta = rows_of(connection, both.alpha), rows_of(connection, both.beta)
        said = repr(case(work))
        work.flush()
        after = rows_of(connection, both.alpha), rows_of(connection, both.beta)
        found.append(Tried(said, alpha == after[0], beta != after[1]))
        raise Undo
    return found[0]


def repositories() -> dict[str, Any]:
    """Return the repositories of a unit of work by their names."""
    found = dict(inspect.getmembers(Work, lambda value: isinstance(value, cached_property)))
    hints = {name: get_type_hints(value.func)["return"] for name, value in found.items()}
    return {name: kind for name, kind in hints.items() if kind is not str}


def test_every_method_has_a_case() -> None:
    """A new method is not forgotten here."""
    methods = {
        f"{name}.{method}"
        for name, kind in repositories().items()
        for method, _ in inspect.getmembers(kind, inspect.isfunction)
        if not method.startswith("_")
    }
    assert methods == READS.keys() | CHANGES.keys()


@pytest.mark.parametrize("method", READS)
def test_a_tenant_reads_its_own_rows(both: Twins, method: str) -> None:
    """Of rows with the same ids, and of ids that only the other tenant has, only its own are returned."""
    result = tried(both, READS[method])
    assert "beta" in result.said
    assert "alpha" not in result.said
    assert result.left_alone


@pytest.mark.parametrize("method", CHANGES)
def test_a_tenant_changes_its_own_rows(both: Twins, method: str) -> None:
    """What is written for one tenant is written for it alone, though the ids are the same."""
    result = tried(both, CHANGES[method])
    assert (result.changed, result.left_alone) == (True, True)
    assert "alpha" not in result.said


on_postgresql = pytest.mark.parametrize("both", ["postgresql"], indirect=True)
"""Only there the database itself keeps tenants apart."""
TABLES = sorted(table.name for table in Row.metadata.sorted_tables if "tenant_id" in table.c)


@on_postgresql
@pytest.mark.parametrize("table", TABLES)
def test_sql_without_a_condition_sees_one_tenant(both: Twins, table: str) -> None:
    """A forgotten WHERE leaks nothing and changes nothing of another tenant; the role is no superuser."""
    with suppress(Undo), both.database.unit_of_work(both.beta) as work:
        run = work.connection.exec_driver_sql
        assert run("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").one() == (
            "scim_app",
            False,
            False,
        )
        assert run(f"SELECT DISTINCT tenant_id FROM {table}").scalars().all() == [both.beta]  # noqa: S608
        before = rows_of(work.connection, both.alpha)
        assert before[table]
        run("SELECT set_config('scim_lifecycle.tenant', %s, true)", (str(both.beta),))
        if table not in duty_cases.APPEND_ONLY:
            run(f"UPDATE {table} SET tenant_id = tenant_id")  # noqa: S608
        if table not in {"users", "groups", "connections", "reviews", "surges", *duty_cases.APPEND_ONLY}:
            run(f"DELETE FROM {table}")  # noqa: S608
        assert rows_of(work.connection, both.alpha) == before
        raise Undo


@on_postgresql
@pytest.mark.parametrize("table", TABLES)
def test_sql_cannot_write_for_another_tenant(both: Twins, table: str) -> None:
    """A row of another tenant is neither inserted nor given away."""
    for write in (_insert_for, _give_away):
        with pytest.raises(DBAPIError, match=duty_cases.REFUSED), both.database.unit_of_work(both.beta) as work:
            write(work, table, both.alpha)


def _give_away(work: Work, table: str, tenant_id: int) -> None:
    """Turn the rows of this tenant into another's."""
    work.connection.exec_driver_sql(f"UPDATE {table} SET tenant_id = %s", (tenant_id,))  # noqa: S608


def _insert_for(work: Work, table: str, tenant_id: int) -> None:
    """Insert a row of this tenant again, as another's."""
    columns = [column.name for column in Row.metadata.tables[table].c if column.name not in {"tenant_id", "seq"}]
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"INSERT INTO {table} (tenant_id, {names}) SELECT %s, {names} FROM {table} LIMIT 1"  # noqa: S608
    work.connection.exec_driver_sql(statement, (tenant_id,))


@on_postgresql
def test_an_unbound_connection_sees_nothing(both: Twins) -> None:
    """Whoever forgets to say which tenant is meant gets no rows."""
    url = both.database.engine.url.render_as_string(hide_password=False)
    with closing(Database(open_engine(url))) as fresh, fresh.engine.connect() as connection:
        counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in TABLES]  # noqa: S608
    assert counts == [0] * len(TABLES)


@on_postgresql
@pytest.mark.parametrize("failing", [False, True])
def test_a_pooled_connection_serves_the_tenant_that_asks(both: Twins, failing: bool) -> None:
    """One connection, used by turns, also after a transaction that failed or broke off, is bound anew each time."""
    url = both.database.engine.url.render_as_string(hide_password=False)
    with closing(Database(open_engine(url, pool_size=1))) as narrow:
        seen = []
        for tenant_id in [both.alpha, both.beta, both.beta, both.alpha] * 2:
            for opened in (narrow.unit_of_work, narrow.reading):
                with suppress(Undo, DBAPIError), opened(tenant_id) as work:
                    pid = work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                    ids = work.connection.exec_driver_sql("SELECT DISTINCT tenant_id FROM users").scalars().all()
                    seen.append((pid, ids == [tenant_id]))
                    if failing and len(seen) % 3 == 0:
                        work.connection.exec_driver_sql("SELECT 1/0")
                    if failing:
                        raise Undo
        assert len({pid for pid, _ in seen}) == 1
        assert [own for _, own in seen] == [True] * 16
