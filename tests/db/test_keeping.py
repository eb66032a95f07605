"""Connections stay open between units of work, but never one that is lost, left in the middle, or waited for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import Connection, text

from app.db.engine import open_engine
from app.db.prepared import in_transaction
from app.db.work import Database, Work

TENANT = 1
POOL = 2


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a database with a small pool."""
    with closing(Database(open_engine(database_url, pool_size=POOL))) as opened:
        yield opened


def used(database: Database) -> Connection:
    """Return the connection that a unit of work has had."""
    with database.reading(TENANT) as work:
        return work.connection


def test_the_next_unit_of_work_has_the_same_connection(database: Database) -> None:
    """Nothing is taken from the pool the second time, by whichever thread."""
    first = used(database)
    assert used(database) is first
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(used, database).result() is first
    assert not first.closed


def test_a_unit_of_work_inside_another_has_its_own(database: Database) -> None:
    """What one does is nothing to the other."""
    with database.reading(TENANT) as outer, database.reading(TENANT) as inner:
        assert outer.connection is not inner.connection


def test_whoever_waits_for_a_connection_gets_the_first_that_is_free(database: Database) -> None:
    """What the pool has lent beyond its size goes back to it, where others wait."""
    with ThreadPoolExecutor(1) as thread:
        with ExitStack() as all_of_them:
            works = [all_of_them.enter_context(database.reading(TENANT)) for _ in range(2 * POOL - 1)]
            with database.reading(TENANT) as last:
                waiting = thread.submit(used, database)
            assert waiting.result(timeout=10) is not None
        assert last.connection.closed
    assert sum(not work.connection.closed for work in works) <= POOL


def test_a_connection_is_not_kept_after_an_error(database: Database) -> None:
    """Whatever was left open in it is undone."""
    kept = used(database)
    with pytest.raises(ZeroDivisionError), database.reading(TENANT) as work:
        _leave_in_the_middle(work)
    assert kept.closed
    with database.reading(TENANT) as work:
        assert not in_transaction(work.connection)


def _leave_in_the_middle(work: Work) -> None:
    work.connection.execute(text("BEGIN"))
    raise ZeroDivisionError


def test_a_lost_connection_is_not_kept(database: Database) -> None:
    """The next request gets one that works."""
    with database.reading(TENANT) as work:
        work.connection.invalidate()
    with database.reading(TENANT) as work:
        assert work.connection.execute(text("SELECT 1")).scalar() == 1


def test_nothing_stays_open_once_the_database_is_closed(database_url: str) -> None:
    """Whoever closes it leaves no connection behind."""
    database = Database(open_engine(database_url, pool_size=POOL))
    kept = used(database)
    database.close()
    assert kept.closed
