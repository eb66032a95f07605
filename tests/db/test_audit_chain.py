"""The audit trail in the database: only added to, sealed whole, and checked against what somebody did to it."""
# ruff: noqa: S608

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.db.audit_walk import verify, walk
from app.db.engine import open_engine
from app.db.migrate import upgrade
from app.db.work import Database
from app.lifecycle.chain import Flaw, Head
from tests.db.twins import NOW, entry


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Lend a database with a tenant."""
    with closing(Database(open_engine(database_url))) as opened:
        with opened.tenants() as tenants:
            tenants.add("acme", "Acme", NOW)
        yield opened


def write(database: Database, *subjects: str, seal: bool = True) -> None:
    """Write entries, each in a transaction, and seal them."""
    for subject in subjects:
        with database.unit_of_work(1) as work:
            work.audit.add([entry(subject, "acme")])
    if seal:
        with database.unit_of_work(1) as work:
            work.audit_chain.seal(100, NOW)


def tamper(database: Database, *statements: str) -> None:
    """Do what the owner of the database may do once the triggers are out of the way."""
    with database.unit_of_work(1) as work:
        run = work.connection.exec_driver_sql
        if work.connection.dialect.name == "postgresql":
            for table in ("audit", "audit_links"):
                run(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        else:
            names = run("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'").scalars()
            for name in names.all():
                run(f"DROP TRIGGER {name}")
        for statement in statements:
            run(statement)


def ids(database: Database) -> list[str]:
    """Return the ids of the sealed entries in order."""
    with database.reading(1) as work:
        return [link.entry_id for link in work.audit_chain.page(0, 100)]


def found(database: Database, *anchors: Head) -> list[Flaw]:
    """Return what is wrong."""
    return verify(database, 1, anchors)[1]


@pytest.mark.parametrize("table", ["audit", "audit_links"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET tenant_id = 1", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_is_written(database: Database, table: str, deed: str) -> None:
    """The refusal does not hang on this application's manners."""
    write(database, "u1")
    with pytest.raises(DBAPIError, match="only added to"), database.unit_of_work(1) as work:
        work.connection.exec_driver_sql(deed.format(table))
    assert found(database) == []


def test_what_is_sealed_is_whole_and_in_order(database: Database) -> None:
    """Entries are sealed once, in the order in which they were written, and the head is the last of them."""
    write(database, "u1", "u2")
    write(database, "u3", "u4", seal=False)
    write(database)
    links = list(walk(database, 1, 4))
    assert [(link.position, link.entry and link.entry["subject_id"]) for link in links] == [
        (1, "u1"), (2, "u2"), (3, "u3"), (4, "u4"),
    ]  # fmt: skip
    head, flaws = verify(database, 1)
    assert (head.position, head.hash, flaws) == (4, links[-1].hash, [])


def test_an_entry_that_is_committed_late_is_sealed_behind(database_url: str, database: Database) -> None:
    """An older transaction that others overtook is not skipped: what waits is what has no place."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time.")
    with closing(Database(open_engine(database_url))) as other, other.unit_of_work(1) as slow:
        slow.audit.add([entry("slow", "acme")])
        slow.flush()
        write(database, "fast")
    write(database)
    assert [link.entry and link.entry["subject_id"] for link in walk(database, 1, 9)] == ["fast", "slow"]
    assert found(database) == []


def test_each_deed_is_found_and_named(database: Database) -> None:
    """Altered, removed, swapped and shortened: each entry is named, and put right it is whole again."""
    write(database, "u1", "u2", "u3", "u4", "u5")
    first, second, third, *_, last = ids(database)
    deeds = {
        f"UPDATE audit SET subject_id = 'x' WHERE id = '{second}'": [Flaw("altered", 2, second)],
        f"UPDATE audit SET at = 'never' WHERE id = '{first}'": [Flaw("altered", 1, first), Flaw("altered", 2, second)],
        f"DELETE FROM audit WHERE id = '{third}'": [Flaw("removed", 3, third)],
        "DELETE FROM audit_links WHERE position = 5": [Flaw("removed", 3, third), Flaw("cut", 5, None)],
        "UPDATE audit_heads SET position = 4": [Flaw("removed", 3, third), Flaw("rewritten", 4, ids(database)[3])],
    }
    done: list[Flaw] = []
    for deed, flaws in deeds.items():
        tamper(database, deed)
        done = found(database)
        assert set(flaws) <= set(done), deed
    assert last not in [flaw.entry_id for flaw in done]


def test_swapped_entries_are_found(database: Database) -> None:
    """The chain holds the order too."""
    write(database, "u1", "u2", "u3")
    first, second, _ = ids(database)
    swap = "UPDATE audit_links SET entry_id = '{}' WHERE position = {}"
    tamper(database, swap.format("aside", 1), swap.format(first, 2), swap.format(second, 1))
    assert found(database) == [Flaw("reordered", 1, second), Flaw("reordered", 2, first)]


def test_an_entry_slipped_in_beside_the_chain_is_found(database: Database) -> None:
    """Neither an old entry that was never sealed, nor a place behind the end, passes."""
    write(database, "u1", "u2")
    first, _ = ids(database)
    columns = "at, txn, actor_type, actor_id, actor_name, action, subject_type, subject_id, reason, detail"
    old = "0" * 8 + first[8:]
    tamper(
        database,
        f"INSERT INTO audit (tenant_id, id, {columns}) SELECT 1, '{old}', {columns} FROM audit WHERE id = '{first}'",
        f"INSERT INTO audit_links (tenant_id, position, entry_id, hash) VALUES (1, 3, '{first[:-1]}x', '{'f' * 64}')",
    )
    write(database)
    assert set(found(database)) == {Flaw("inserted", None, old), Flaw("inserted", 3, f"{first[:-1]}x")}


def test_an_anchor_shows_that_all_was_written_anew(database: Database) -> None:
    """Without it a whole new chain looks as good as the old one."""
    write(database, "u1", "u2")
    anchor, _ = verify(database, 1)
    tamper(database, "DELETE FROM audit_links", "DELETE FROM audit_heads", "UPDATE audit SET subject_id = 'x'")
    write(database)
    assert found(database) == []
    assert [flaw.wrong for flaw in found(database, anchor)] == ["rewritten"]


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lend one file to all examples."""
    url = f"sqlite:///{tmp_path_factory.mktemp('chain') / 'scim.sqlite'}"
    upgrade(url)
    return url


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=6))
def test_however_it_is_sealed_the_chain_verifies(one_file: str, batches: list[tuple[int, int]]) -> None:
    """Whatever is written between two sealings, and however many a batch takes, all is sealed and whole."""
    with closing(Database(open_engine(one_file))) as database:
        with database.tenants() as tenants:
            tenant = tenants.add(str(len(tenants.all())), "x", NOW).id
        for written, limit in batches:
            with database.unit_of_work(tenant) as work:
                work.audit.add([entry(f"u{number}", "x") for number in range(written)])
            with database.unit_of_work(tenant) as work:
                work.audit_chain.seal(limit, NOW)
        with database.unit_of_work(tenant) as work:
            work.audit_chain.seal(100, NOW)
        head, flaws = verify(database, tenant)
        assert (head.position, flaws) == (sum(written for written, _ in batches), [])
