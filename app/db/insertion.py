"""Insert rows into several tables at once: one round trip on PostgreSQL, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Insert, Text, bindparam, cast, column, func, insert, select

from app.db.prepared import Parameters, Prepared
from app.lifecycle.clock import iso

NewRows = Mapping[str, Sequence[Parameters]]
"""Rows by the name of their table; all rows of a table have the same columns."""
Made = Any
"""A row as the driver takes it."""


class Insertion:
    """Insert into the same tables each time; PostgreSQL takes the rows as JSON, SQLite one by one."""

    def __init__(self, *rows: Any) -> None:
        """Prepare for tables, but for the columns that the database fills by itself."""
        tables = [row.__table__ for row in rows]
        self._each = {table.name: Prepared(_one_by_one(table)) for table in tables}
        *first, last = map(_from_json, tables)
        self._all = Prepared(last.add_cte(*(each.cte() for each in first)))

    def run(self, connection: Connection, rows: NewRows) -> None:
        """Insert rows in the order given."""
        self.write(
            connection, {name: [self.made(connection, name, row) for row in each] for name, each in rows.items()}
        )

    def made(self, connection: Connection, name: str, row: Parameters) -> Made:
        """Return a new row of a table as the driver takes it, which is less to keep than the row."""
        if connection.dialect.name == "postgresql":
            return orjson.dumps(row, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
        return self._each[name].arguments(connection, row)

    def write(self, connection: Connection, rows: Mapping[str, Sequence[Made]]) -> None:
        """Insert rows that were made before, in the order given."""
        if connection.dialect.name == "postgresql":
            self._all.run(connection, {name: _json(rows.get(name, ())) for name in self._each})
            return
        for name, statement in self._each.items():
            if rows.get(name):
                statement.run_made(connection, rows[name])


def _columns(table: Any) -> list[Any]:
    return [each for each in table.columns if each.autoincrement is not True and each.server_default is None]


def _one_by_one(table: Any) -> Insert:
    return insert(table).values({each.name: bindparam(each.name) for each in _columns(table)})


def _from_json(table: Any) -> Insert:
    columns = _columns(table)
    given = func.json_to_recordset(cast(bindparam(table.name, type_=Text), JSON))
    source = given.table_valued(*(column(each.name, each.type) for each in columns)).render_derived(with_types=True)
    return insert(table).from_select([each.name for each in columns], select(*source.c))


def _json(rows: Sequence[bytes]) -> str:
    return f"[{b','.join(rows).decode()}]"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} cannot be stored.")
