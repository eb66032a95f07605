"""Statements of SQLAlchemy Core that are compiled once and then handed to the driver as they are.

What Core does anew for each execution costs more than most statements cost the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import RawCursor
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Dialect, select, true
from sqlalchemy.dialects.postgresql import psycopg as postgresql
from sqlalchemy.exc import DBAPIError

Parameters = Mapping[str, Any]
Row = tuple[Any, ...]
Tuples = Sequence[Row]
Convert = Callable[[Any], Any]
CURSOR = "prepared_cursor"
AHEAD = "asked_ahead"
_NUMBERED: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
"""PostgreSQL's own style of parameters, in which the driver has nothing to rewrite."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text of a statement for one database, and what values pass through on their way in and out."""

    text: str
    binds: tuple[tuple[str, Convert | None], ...]
    fixed: Parameters
    results: tuple[tuple[int, Convert], ...]

    def arguments(self, parameters: Parameters) -> list[Any]:
        """Return the values in the order of the text."""
        known = {**self.fixed, **parameters} if self.fixed else parameters
        return [known[name] if convert is None else convert(known[name]) for name, convert in self.binds]

    def read(self, rows: Tuples) -> Tuples:
        """Return rows in the types of their columns."""
        return [self._read(row) for row in rows] if self.results else rows

    def _read(self, row: Row) -> Row:
        values = list(row)
        for place, convert in self.results:
            values[place] = convert(values[place])
        return tuple(values)


class Prepared:
    """Run one statement; its parameters are always the same names, and none of them a list."""

    def __init__(self, statement: Any) -> None:
        """Prepare a statement for whatever database it is run on."""
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}
        self._beside: dict[Prepared, Prepared] = {}

    def rows(self, connection: Connection, parameters: Parameters) -> Tuples:
        """Return all rows, those that were asked for ahead if the statement before did so."""
        ahead = connection.info.get(AHEAD)
        if ahead is not None and ahead.of(self, parameters):
            del connection.info[AHEAD]
            found: Tuples = ahead.rows
            return found
        compiled = self._for(connection.dialect)
        return compiled.read(execute(connection, compiled.text, compiled.arguments(parameters)).fetchall())

    def row(self, connection: Connection, parameters: Parameters) -> Row | None:
        """Return the first row, if there is one."""
        rows = self.rows(connection, parameters)
        return rows[0] if rows else None

    def row_and(self, connection: Connection, parameters: Parameters, following: Asked | None) -> Row | None:
        """Return the only row, and ask in the same round trip for what will follow."""
        if following is None:
            return self.row(connection, parameters)
        given = {**parameters, **following.parameters}
        if any(given[name] != value for name, value in parameters.items()):  # one name, two values
            return self.row(connection, parameters)
        rows = self._with(following.statement).rows(connection, given)
        if not rows:
            return None
        width = len(self.statement.exported_columns)
        if len(rows) == 1:  # a join promises no order
            rest = rows[0][width:]
            connection.info[AHEAD] = _Ahead(following, [] if rest[0] is None else [rest])
        return rows[0][:width]

    def _with(self, following: Prepared) -> Prepared:
        """Return this statement and another as one."""
        both = self._beside.get(following)
        if both is None:
            both = self._beside[following] = Prepared(_joined(self.statement, following.statement))
        return both

    def run(self, connection: Connection, parameters: Parameters) -> int:
        """Return how many rows were changed."""
        compiled = self._for(connection.dialect)
        changed: int = execute(connection, compiled.text, compiled.arguments(parameters)).rowcount
        return changed

    def run_each(self, connection: Connection, parameters: Sequence[Parameters]) -> None:
        """Run once for each set of parameters."""
        self.run_made(connection, [self.arguments(connection, each) for each in parameters])

    def arguments(self, connection: Connection, parameters: Parameters) -> Sequence[Any]:
        """Return parameters as the driver takes them."""
        return self._for(connection.dialect).arguments(parameters)

    def run_made(self, connection: Connection, arguments: Sequence[Sequence[Any]]) -> None:
        """Run once for each of several arguments that were made before."""
        execute(connection, self._for(connection.dialect).text, arguments, many=True)

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compiled(self.statement, dialect)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its parameters, whose first column is never null."""

    statement: Prepared
    parameters: Parameters

    def rows(self, connection: Connection) -> Tuples:
        """Return all rows."""
        return self.statement.rows(connection, self.parameters)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What was asked for ahead; the next statement of the connection takes it, or it is forgotten."""

    asked: Asked
    rows: Tuples

    def of(self, statement: Prepared, parameters: Parameters) -> bool:
        """Tell whether this is what is wanted now."""
        return self.asked.statement is statement and self.asked.parameters == parameters


def forget_ahead(connection: Connection) -> None:
    """Forget what was asked for ahead and never wanted."""
    connection.info.pop(AHEAD, None)


def execute(connection: Connection, text: str, arguments: Sequence[Any] = (), *, many: bool = False) -> Any:
    """Run a text with arguments in its order, and return the cursor; whoever listens to the engine hears of it."""
    cursor = _cursor(connection)
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, text, arguments, None, many)
    try:
        if many:
            cursor.executemany(text, arguments)
        elif connection.dialect.name == "sqlite":
            cursor.execute(text, arguments)
        else:
            cursor.execute(text, arguments, prepare=True)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, text, error) from error
    return cursor


def in_transaction(connection: Connection) -> bool:
    """Tell whether the driver has a transaction open."""
    if connection.dialect.name == "sqlite":
        return bool(_driver(connection).in_transaction)
    return _driver(connection).info.transaction_status is not TransactionStatus.IDLE


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _cursor(connection: Connection) -> Any:
    """Return the one cursor of a connection: what it finds is fetched before it is used again."""
    info = connection.info
    info.pop(AHEAD, None)
    cursor = info.get(CURSOR)
    if cursor is None:
        raw = _driver(connection)
        cursor = info[CURSOR] = raw.cursor() if connection.dialect.name == "sqlite" else RawCursor(raw)
    return cursor


def _translated(connection: Connection, text: str, error: Exception) -> BaseException:
    """Return an error of the driver as one of SQLAlchemy; a lost connection leaves the pool."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, _driver(connection), None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base: Any = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        text, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )


def _joined(now: Any, following: Any) -> Any:
    """Return one statement for two: the only row of the first beside each of the second, or beside nulls."""
    first, second = now.subquery("now"), following.subquery("following")
    return select(*first.c, *second.c).select_from(first.outerjoin(second, true()))


def _compiled(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect if dialect.name == "sqlite" else _NUMBERED)
    binds = ((name, compiled.binds[name].type.dialect_impl(dialect)) for name in compiled.positiontup)
    columns = (column.type.dialect_impl(dialect) for column in getattr(statement, "exported_columns", ()))
    conversions = ((place, column.result_processor(dialect, None)) for place, column in enumerate(columns))
    return _Compiled(
        text=str(compiled),
        binds=tuple((name, type_.bind_processor(dialect)) for name, type_ in binds),
        fixed={name: bind.value for name, bind in compiled.binds.items() if bind.value is not None},
        results=tuple((place, convert) for place, convert in conversions if convert is not None),
    )
