"""Read a whole database as an auditor would: every row of every table."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, select
from sqlalchemy.engine import make_url

BUSY = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""
Dump = dict[str, list[dict[str, Any]]]


@contextmanager
def reading(url: str, tenant_id: int) -> Iterator[Connection]:
    """Open a connection of our own that sees the rows of a tenant."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with closing(engine.connect()) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT set_config('scim_lifecycle.tenant', %s, false)", (str(tenant_id),))
        yield connection
    engine.dispose()


def dump(url: str, tenant_id: int, *tables: str) -> Dump:
    """Return all rows by table, as the columns hold them, whatever the tables are, or of some tables alone."""
    with reading(url, tenant_id) as connection:
        metadata = MetaData()
        metadata.reflect(connection, only=tables or None)
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in metadata.tables.items()
        }


def settled(url: str, tenant_id: int, *tables: str) -> Dump:
    """Return all rows once the transactions of a killed server have ended, and SQLite finds its file sound."""
    with reading(url, tenant_id) as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        else:
            while connection.exec_driver_sql(BUSY).scalar():
                time.sleep(0.02)
    return dump(url, tenant_id, *tables)


def places(rows: Dump, text: str) -> list[str]:
    """Return the tables in which a text stands, whatever its case."""
    return [name for name, found in rows.items() if text.lower() in repr(found).lower()]


def bytes_of(url: str) -> bytes:
    """Return the bytes of a SQLite file once it has been packed."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    path = make_url(url).database
    assert path is not None
    with open(path, "rb") as file, closing(file):  # noqa: PTH123 - reads what is there, as bytes
        return file.read()
