"""Insert rows, and change or keep those that are there, in one statement whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Text, bindparam, cast, column, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite

from app.db.prepared import Parameters, Prepared, Tuples
from app.lifecycle.clock import iso


class Upsert:
    """Take rows as JSON; ``changes`` says what becomes of a row whose ``keys`` are there already: nothing, if empty."""

    def __init__(self, row: Any, keys: Sequence[str], changes: Mapping[str, Any], returning: Any = None) -> None:
        """Prepare for one table; ``returning`` is the column to return of each row written."""
        columns = list(row.__table__.columns)
        names = [each.name for each in columns]
        given = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
        records = given.table_valued(*(column(each.name, each.type) for each in columns)).render_derived(
            with_types=True
        )
        entries = func.json_each(bindparam("rows", type_=Text)).table_valued("value")
        read = [func.json_extract(entries.c.value, literal_column(f"'$.{name}'")) for name in names]
        sources = {
            postgresql: select(*records.c),
            # without a condition SQLite would take ON CONFLICT for a join
            sqlite: select(*read).select_from(entries).where(text("true")),
        }
        self._statements = {}
        for dialect, source in sources.items():
            insertion: Any = dialect.insert(row.__table__).from_select(names, source)
            if changes:
                insertion = insertion.on_conflict_do_update(index_elements=list(keys), set_=dict(changes))
            else:
                insertion = insertion.on_conflict_do_nothing(index_elements=list(keys))
            written = insertion if returning is None else insertion.returning(returning)
            self._statements[dialect.dialect.name] = Prepared(written)

    def run(self, connection: Connection, rows: Sequence[Parameters]) -> None:
        """Insert or change rows, none of them twice."""
        self._statements[connection.dialect.name].run(connection, {"rows": _document(rows)})

    def rows(self, connection: Connection, rows: Sequence[Parameters]) -> Tuples:
        """Do the same, and return what was asked for of each row written."""
        return self._statements[connection.dialect.name].rows(connection, {"rows": _document(rows)})


def _document(rows: Sequence[Parameters]) -> str:
    return orjson.dumps(rows, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} cannot be stored.")
