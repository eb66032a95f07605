"""Queries compiled once and run by the driver itself, since SQLAlchemy's execution costs more than they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select

Tuples = Sequence[tuple[Any, ...]]


class Prepared:
    """A query that is asked often; whoever listens to the statements of the engine hears of it too."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """Prepare ``statement``, whose parameters need no conversion and whose lists are not expanded."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: dict[str, Any]) -> Tuples:
        """Return all rows, as SQLAlchemy would."""
        if connection.engine.dispatch.before_cursor_execute:
            return connection.execute(self._statement, parameters).all()
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name) or self._prepare(dialect)
        return compiled.rows(connection, parameters)

    def row(self, connection: Connection, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row, None where there is none."""
        rows = self.rows(connection, parameters)
        return rows[0] if rows else None

    def _prepare(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


class _Compiled:
    """A query in the words of one database."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        self._text: str = compiled.string
        self._order: list[str] | None = compiled.positiontup
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._readers = [type_.result_processor(dialect, None) for type_ in types]
        self._plain = not any(self._readers)

    def rows(self, connection: Connection, parameters: dict[str, Any]) -> Tuples:
        values = {**self._fixed, **parameters}
        given = values if self._order is None else [values[name] for name in self._order]
        driver: Any = connection.connection.driver_connection
        try:
            found: Tuples = driver.execute(self._text, given).fetchall()
        except BaseException as error:  # noqa: BLE001 - SQLAlchemy wraps the errors of drivers, and drops lost connections
            connection._handle_dbapi_exception(error, self._text, given, None, None)  # noqa: SLF001
        return found if self._plain else [self._read(row) for row in found]

    def _read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([read(value) if read else value for read, value in zip(self._readers, row, strict=True)])
