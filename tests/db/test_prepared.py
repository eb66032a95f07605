"""A prepared query reads what SQLAlchemy reads, past its machinery; errors and listeners notice no difference."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Select, bindparam, event, insert, select, text, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.db.engine import open_engine
from app.db.prepared import Asked, Prepared
from app.db.rows import CredentialRow, TenantRow
from app.db.work import Database
from tests.clock import START

CREDENTIALS = CredentialRow.__table__


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Lend a connection of a tenant with three credentials, one of them without an end."""
    with closing(Database(open_engine(database_url))) as database:
        with database.tenants() as tenants:
            tenant_id = tenants.add("acme", "Acme", START).id
        with database.reading(tenant_id) as work:
            rows = [{**_credential(tenant_id, number), "expires_at": ends} for number, ends in enumerate(_ends())]
            work.connection.execute(insert(CredentialRow), rows)
            yield work.connection


def _ends() -> list[Any]:
    return [None, START, START + timedelta(milliseconds=1)]


def _credential(tenant_id: int, number: int) -> dict[str, Any]:
    texts = dict.fromkeys(("kind", "name", "scopes", "last_four"), "text")
    ids = {"id": f"c{number}", "token_hash": f"hash {number}", "tenant_id": tenant_id}
    return {**texts, **ids, "connection_id": None, "created_at": START, "expires_at": None, "revoked_at": None}


def _found() -> Select[Any]:
    wanted = CREDENTIALS.c.id >= bindparam("from_id"), CREDENTIALS.c.kind == "text"
    return select(CREDENTIALS).where(*wanted).order_by(CREDENTIALS.c.id).limit(bindparam("at_most"))


@pytest.mark.parametrize(("from_id", "at_most"), [("c0", 9), ("c1", 1), ("c1", 2), ("d", 9)])
def test_it_reads_the_same_rows(connection: Connection, from_id: str, at_most: int) -> None:
    """Values fixed in the query and given to it count alike, and moments come out as moments."""
    given = {"from_id": from_id, "at_most": at_most}
    expected = connection.execute(_found(), given).all()
    prepared = Prepared(_found())
    for _ in range(2):
        rows = prepared.rows(connection, given)
        assert list(map(tuple, rows)) == list(map(tuple, expected))
        assert prepared.row(connection, given) == (tuple(expected[0]) if expected else None)


def test_it_sees_what_its_transaction_wrote(connection: Connection) -> None:
    """It runs on the connection it is given, not beside it."""
    prepared = Prepared(select(TenantRow.name).where(TenantRow.slug == bindparam("slug")))
    connection.exec_driver_sql("BEGIN")
    connection.exec_driver_sql("UPDATE tenants SET name = 'Changed'")
    assert prepared.rows(connection, {"slug": "acme"}) == [("Changed",)]
    connection.rollback()
    assert prepared.rows(connection, {"slug": "acme"}) == [("Acme",)]


def test_what_follows_is_asked_in_the_same_round_trip(connection: Connection) -> None:
    """The next statement is answered already, by the same rows as ever."""
    first, seen = Prepared(select(TenantRow.slug).where(TenantRow.slug == bindparam("slug"))), list[str]()
    following = Prepared(_found())
    event.listen(connection.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    for from_id in ("c1", "c2", "d"):
        asked = Asked(following, {"from_id": from_id, "at_most": 1})
        expected = following.rows(connection, asked.parameters)
        seen.clear()
        assert first.row_and(connection, {"slug": "acme"}, asked) == ("acme",)
        assert asked.rows(connection) == expected
        assert len(seen) == 1


def test_what_was_asked_ahead_is_good_for_the_next_statement_alone(connection: Connection) -> None:
    """After any other statement, and for other parameters, the database is asked again."""
    first = Prepared(select(TenantRow.slug).where(TenantRow.slug == bindparam("slug")))
    name = Prepared(select(TenantRow.name).where(TenantRow.slug == bindparam("slug")))
    assert first.row_and(connection, {"slug": "acme"}, Asked(name, {"slug": "acme"})) == ("acme",)
    assert name.rows(connection, {"slug": "globex"}) == []
    assert first.row_and(connection, {"slug": "acme"}, Asked(name, {"slug": "acme"})) == ("acme",)
    Prepared(update(TenantRow).values(name=bindparam("changed"))).run(connection, {"changed": "Changed"})
    assert name.rows(connection, {"slug": "acme"}) == [("Changed",)]
    assert first.row_and(connection, {"slug": "nobody"}, Asked(name, {"slug": "acme"})) is None
    assert name.rows(connection, {"slug": "acme"}) == [("Changed",)]


def test_listeners_hear_of_it(connection: Connection) -> None:
    """Whoever traces the statements of the engine sees this one, with the same rows."""
    prepared, seen = Prepared(_found()), list[str]()
    unheard = prepared.rows(connection, {"from_id": "c0", "at_most": 9})
    event.listen(connection.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    heard = prepared.rows(connection, {"from_id": "c0", "at_most": 9})
    assert len(seen) == 1
    assert list(map(tuple, heard)) == list(map(tuple, unheard))


def test_errors_are_those_of_sqlalchemy(connection: Connection) -> None:
    """What a driver raises is wrapped, so that surfaces answer it as ever, and tells no parameter."""
    broken = Prepared(select(text("nothing.at_all")).where(CREDENTIALS.c.id == bindparam("secret")))
    with pytest.raises((OperationalError, ProgrammingError)) as raised:
        broken.rows(connection, {"secret": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert Prepared(_found()).rows(connection, {"from_id": "c0", "at_most": 1})


def test_a_lost_connection_is_dropped(postgresql_url: str) -> None:
    """After the server has closed a connection, its reader is told, and the next gets a new one."""
    prepared = Prepared(select(TenantRow.slug))
    with closing(Database(open_engine(postgresql_url))) as database:
        with database.engine.connect() as connection, database.engine.connect() as other:
            lost = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            other.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (lost,))
            with pytest.raises(OperationalError):
                prepared.rows(connection, {})
        with database.engine.connect() as connection:
            assert prepared.rows(connection, {}) == []
