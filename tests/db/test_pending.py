"""New users wait to be written with what follows them, and nobody who asks can tell."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.db.engine import open_engine
from app.db.rows import UserLookupRow, UserRow
from app.db.work import Database, Work
from app.lifecycle.refusals import Refused
from tests.clock import START
from tests.db import twins

Add = Callable[[Work, str], None]
TAKEN = "The userName belongs to user of another request"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Lend a database with a tenant."""
    with closing(Database(open_engine(database_url))) as database:
        with database.tenants() as tenants:
            tenants.add("acme", "Acme", START)
        yield database


def add(work: Work, name: str) -> None:
    """Add a user, with an audit entry and an event."""
    work.users.add(twins.user(f"u-{name}", name, "acme"), twins.profile(name, "acme"))
    work.audit.add([twins.entry(f"u-{name}", "acme")])
    work.outbox.add([twins.event(f"u-{name}", "acme")])


def add_twice(work: Work) -> None:
    """Add two users of one name, with somebody before them."""
    add(work, "cy")
    add(work, "ada")
    work.users.add(twins.user("u-2", "ada", "acme"), twins.profile("ada", "acme"))


def break_off(work: Work) -> None:
    """Add a user, and fail."""
    add(work, "dan")
    raise RuntimeError


def there(database: Database) -> list[str]:
    """Return who is there, each with its keys, its audit entry and its event."""
    with database.reading(1) as work:
        found = [record.user_name for record in work.users.walk("", 9)]
        lookups = work.connection.scalar(select(func.count()).select_from(UserLookupRow))
        assert lookups == len(found) * len(twins.profile("x", "acme").lookups)
        assert all(len(work.audit.of(f"u-{name}")) == len(work.outbox.of(f"u-{name}")) == 1 for name in found)
        return found


def insertions(database: Database) -> list[str]:
    """Return the list that insertions are going to be put into."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT" in statement:
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    return seen


def test_several_are_written_at_once(database: Database) -> None:
    """Users that nothing is asked between take one statement a table, and on PostgreSQL one with their journal."""
    with database.unit_of_work(1) as work:
        seen = insertions(database)
        for name in ("ada", "bob", "cy"):
            add(work, name)
        assert not seen
    assert len(seen) == (1 if database.engine.dialect.name == "postgresql" else 4)
    assert there(database) == ["ada", "bob", "cy"]


ASKING: list[Callable[[Work], Any]] = [
    lambda work: work.users.find("u-ada"),
    lambda work: work.users.view("u-ada"),
    lambda work: work.users.relatives(None, "ada"),
    lambda work: work.connection.scalar(select(UserRow.id)),
    lambda work: work.connection.exec_driver_sql("SELECT id FROM users").scalar(),
    lambda work: work.users.lock("u-ada"),
]


@pytest.mark.parametrize("ask", ASKING)
def test_whatever_is_asked_next_finds_them(database: Database, ask: Callable[[Work], Any]) -> None:
    """No statement of the same connection comes before them."""
    with database.unit_of_work(1) as work:
        add(work, "ada")
        assert ask(work)
    assert there(database) == ["ada"]


def test_one_who_came_first_is_noticed_before_the_commit(database: Database) -> None:
    """A userName that was taken meanwhile is refused, and leaves nothing of the work."""
    with database.unit_of_work(1) as work:
        add(work, "bob")
    with pytest.raises(Refused, match=TAKEN), database.unit_of_work(1) as work:
        add_twice(work)
    assert there(database) == ["bob"]


def test_a_savepoint_notices_at_once_unless_it_is_patient(database: Database) -> None:
    """Whoever may go on without an operation hears of it where it fails; what came before is kept."""

    def collide(work: Work, *, patient: bool) -> None:
        with work.savepoint(patient=patient):
            add_twice(work)
            assert patient

    with database.unit_of_work(1) as work:
        add(work, "eve")
        for patient in (True, False):
            with pytest.raises(Refused, match=TAKEN):
                collide(work, patient=patient)
        add(work, "bob")
    assert there(database) == ["bob", "eve"]


def test_those_of_an_undone_savepoint_are_never_written(database: Database) -> None:
    """What breaks off takes the users along that were still waiting, and no others."""
    with database.unit_of_work(1) as work:
        add(work, "ada")
        with pytest.raises(RuntimeError), work.savepoint(patient=True):
            break_off(work)
        add(work, "cy")
    assert there(database) == ["ada", "cy"]


def test_nobody_waits_beyond_a_work_that_broke_off(database: Database) -> None:
    """The next one on the same connection finds nothing to write."""
    with pytest.raises(RuntimeError), database.unit_of_work(1) as work:
        break_off(work)
    with database.unit_of_work(1) as work:
        add(work, "bob")
    assert there(database) == ["bob"]
