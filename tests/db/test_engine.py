"""The database is opened so that writes wait for each other, last, and do not wait for ever."""

import time
from contextlib import closing
from threading import Thread

import pytest
from sqlalchemy.exc import OperationalError

from app.db.engine import open_engine
from app.db.work import Database
from tests.clock import START

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 700}
LIMITS = {"lock_timeout": "700ms", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "1min"}


def tenant_of(database: Database) -> int:
    """Create a tenant with a policy."""
    with database.tenants() as tenants:
        tenant_id = tenants.add("acme", "Acme", START).id
    with database.unit_of_work(tenant_id) as work:
        work.policies.add(1, "{}", author="test", reason=None, created_at=START)
    return tenant_id


def test_sqlite_keeps_what_it_commits(sqlite_url: str) -> None:
    """Every connection writes ahead, waits for the disk, checks foreign keys and waits for a lock."""
    with closing(Database(open_engine(sqlite_url, lock_timeout_ms=700))) as database:
        for _ in range(2):
            with database.engine.connect() as connection:
                found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
            assert found == PRAGMAS


def test_postgresql_waits_for_a_while(postgresql_url: str) -> None:
    """No statement, no lock and no forgotten transaction holds a server's thread for ever."""
    with (
        closing(Database(open_engine(postgresql_url, lock_timeout_ms=700))) as database,
        database.engine.connect() as connection,
    ):
        assert {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in LIMITS} == LIMITS


def test_whoever_waits_too_long_is_told(database_url: str) -> None:
    """A write that finds the row locked gives up after the limit, and the lock's holder goes on."""
    with closing(Database(open_engine(database_url, lock_timeout_ms=200))) as database:
        tenant_id = tenant_of(database)
        with database.unit_of_work(tenant_id) as holder:
            holder.lock()
            began = time.monotonic()
            with pytest.raises(OperationalError), database.unit_of_work(tenant_id) as work:
                work.lock()
            assert 0.15 < time.monotonic() - began < 5
            holder.policies.add(2, "{}", author="test", reason=None, created_at=START)
        with database.reading(tenant_id) as work:
            assert work.policies.current()[0] == 2


def test_threads_write_to_sqlite_in_turn(sqlite_url: str) -> None:
    """Whoever writes while another thread does begins once that one is done, and is not told that it is locked."""
    with closing(Database(open_engine(sqlite_url, lock_timeout_ms=5_000))) as database:
        tenant_id = tenant_of(database)
        order: list[str] = []

        def write(name: str) -> None:
            with database.unit_of_work(tenant_id):
                order.extend((f"{name} begins", f"{name} ends"))

        threads = [Thread(target=write, args=(name,)) for name in "abcd"]
        with database.unit_of_work(tenant_id):
            for thread in threads:
                thread.start()
            order.append("first ends")
        for thread in threads:
            thread.join(10)
    assert order[0] == "first ends"
    assert len(order) == 9
    assert all(order[place].replace("begins", "ends") == order[place + 1] for place in range(1, 9, 2))


def test_reading_does_not_wait_for_a_writer(database_url: str) -> None:
    """Whoever reads sees what is committed, while somebody holds the lock."""
    with closing(Database(open_engine(database_url, lock_timeout_ms=200))) as database:
        tenant_id = tenant_of(database)
        with database.unit_of_work(tenant_id) as writer:
            writer.lock()
            writer.policies.add(2, "{}", author="test", reason=None, created_at=START)
            with database.reading(tenant_id) as work:
                assert work.policies.current()[0] == 1
        with database.reading(tenant_id) as work:
            assert work.policies.current()[0] == 2
