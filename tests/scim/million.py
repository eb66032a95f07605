"""A million rows in seconds: copies of what the service wrote, made by the database itself, indexed afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex, ForeignKeyConstraint, Table

from app.db.rows import GroupRow, MemberRow, UserLookupRow, UserRow
from tests.service import TenantUnderTest

CROWD = 1_000_000
TEAM = 100
"""How many members a group has."""
MARK = "x0000000"
"""What is a number in the names of copies; ids end in the number alone."""
TABLES: list[Table] = [row.__table__ for row in (UserRow, UserLookupRow, GroupRow, MemberRow)]  # type: ignore[misc]
SQLITE = ("PRAGMA journal_mode=OFF", "PRAGMA foreign_keys=OFF", "PRAGMA cache_size=-500000", "PRAGMA temp_store=MEMORY")
POSTGRESQL = ("SET statement_timeout = 0", "SET maintenance_work_mem = '512MB'")
DIGITS = "substr(CAST(10000000 + {} AS TEXT), 2)"


def fill(tenant: TenantUnderTest, user_id: str, group_id: str) -> None:
    """Copy a user and a group with its one member, whose names carry the mark: the copies carry their number."""
    user, team = f"'{_stem(user_id)}' || {{}}", f"'{_stem(group_id)}' || {{}}"
    names = dict.fromkeys(("user_name", "user_name_key", "external_id", "display_name", "display_name_key"))
    renamed = {name: _renamed(name) for name in (*names, "unique_key", "document", "search", "key")}
    tenant.runtime.database.close()
    with tenant.runtime.database.reading(tenant.id) as work, bare(work.connection, TABLES) as connection:
        copy(connection, TABLES[0], renamed | {"id": user}, CROWD)
        copy(connection, TABLES[1], renamed | {"user_id": user}, CROWD)
        copy(connection, TABLES[2], renamed | {"id": team}, CROWD // TEAM)
        # a hundred users are in each group: the first in that of number one
        joined = {"member_id": user, "group_id": team.format(DIGITS.format(f"((n - 1) / {TEAM} + 1)"))}
        copy(connection, TABLES[3], joined, CROWD)


def numbered(id_: str, number: int) -> str:
    """Return the id of a copy."""
    return f"{_stem(id_)}{number:07d}"


def marked(number: int) -> str:
    """Return what the names of a copy have for the mark."""
    return f"{MARK[:-7]}{number:07d}"


def _stem(id_: str) -> str:
    """Return what ids of copies begin with, so that none is the one that was copied."""
    return f"{id_[:-8]}{'1' if id_[-8] == '0' else '0'}"


def _renamed(column: str) -> str:
    return f"replace(CAST({column} AS TEXT), '{MARK}', 'x' || {{}})"


def copy(connection: Connection, table: Table, changed: dict[str, str], number: int) -> None:
    """Copy the only row of a table."""
    values = []
    for column in table.columns:
        value = changed.get(column.name, column.name).format(DIGITS.format("n"))
        is_json = column.name == "search" and connection.dialect.name == "postgresql"
        values.append(f"CAST({value} AS JSONB)" if is_json else value)
    connection.exec_driver_sql(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number}) "  # noqa: S608
        f"INSERT INTO {table.name} ({', '.join(column.name for column in table.columns)}) "
        f"SELECT {', '.join(values)} FROM numbers, (SELECT * FROM {table.name}) AS one"
    )


@contextmanager
def bare(connection: Connection, tables: Sequence[Table]) -> Iterator[Connection]:
    """Fill tables without their indexes, foreign keys and locks, which cost more than the rows."""
    on_sqlite = connection.dialect.name == "sqlite"
    indexes = [index for table in tables for index in table.indexes]
    keys = [key for table in tables for key in table.constraints if isinstance(key, ForeignKeyConstraint)]
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("BEGIN")
    for index in indexes:
        connection.execute(DropIndex(index))
    for key in [] if on_sqlite else keys:
        connection.execute(DropConstraint(key))
    yield connection
    for index in indexes:
        connection.execute(CreateIndex(index))
    for key in [] if on_sqlite else keys:
        connection.execute(AddConstraint(key))
    connection.exec_driver_sql("COMMIT")
    if not on_sqlite:
        connection.exec_driver_sql("VACUUM ANALYZE")
    # its settings were for this alone
    connection.invalidate()
