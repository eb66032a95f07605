"""Insert rows, or change those that are there, in one statement whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Text, bindparam, cast, column, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite

from app.db.prepared import Parameters, Prepared
from app.lifecycle.clock import iso


class Upsert:
    """Take rows as JSON; ``changes`` says what becomes of a row whose ``keys`` are there already."""

    def __init__(self, row: Any, keys: Sequence[str], changes: Mapping[str, Any]) -> None:
        """Prepare for one table."""
        columns = list(row.__table__.columns)
        names = [each.name for each in columns]
        by_name: dict[str, Any] = {"index_elements": list(keys), "set_": dict(changes)}
        given = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
        records = given.table_valued(*(column(each.name, each.type) for each in columns)).render_derived(
            with_types=True
        )
        entries = func.json_each(bindparam("rows", type_=Text)).table_valued("value")
        read = [func.json_extract(entries.c.value, literal_column(f"'$.{name}'")) for name in names]
        self._statements = {
            "postgresql": Prepared(
                postgresql.insert(row.__table__).from_select(names, select(*records.c)).on_conflict_do_update(**by_name)
            ),
            # without a condition SQLite would take ON CONFLICT for a join
            "sqlite": Prepared(
                sqlite.insert(row.__table__)
                .from_select(names, select(*read).select_from(entries).where(text("true")))
                .on_conflict_do_update(**by_name)
            ),
        }

    def run(self, connection: Connection, rows: Sequence[Parameters]) -> None:
        """Insert or change rows, none of them twice."""
        document = orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        self._statements[connection.dialect.name].run(connection, {"rows": document})


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} cannot be stored.")
