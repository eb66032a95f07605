"""Statements prepared once for each set of columns, or for one id and for several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update

from app.db.prepared import Parameters, Prepared

NEW = "new_"
"""What parameters of an UPDATE start with: none may bear the name of a column."""
CHUNK = 500
"""How many ids one statement names: below the limit of parameters of both databases."""


def update_of(table: Any, changes: Mapping[str, Any]) -> tuple[Prepared, dict[str, Any]]:
    """Return the UPDATE of one row, found by ``of_tenant`` and ``of_id``, and the parameters of its changes."""
    return _update(table, tuple(sorted(changes))), {NEW + name: value for name, value in changes.items()}


@lru_cache(maxsize=256)
def _update(table: Table, names: tuple[str, ...]) -> Prepared:
    mine = (table.c.tenant_id == bindparam("of_tenant")) & (table.c.id == bindparam("of_id"))
    return Prepared(update(table).where(mine).values({name: bindparam(NEW + name) for name in names}))


@dataclass(frozen=True, slots=True)
class Among:
    """A statement on rows among some ids, prepared for one id, which is the usual case, and for several."""

    one: Prepared
    several: Any

    @classmethod
    def of(cls, statement: Any, column: Any) -> Among:
        """Prepare ``statement``, restricted by ``column``."""
        several = statement.where(column.in_(bindparam("among", expanding=True)))
        return cls(Prepared(statement.where(column == bindparam("among"))), several)

    def rows(self, connection: Connection, ids: Iterable[str], parameters: Parameters) -> Iterator[Sequence[Any]]:
        """Yield the rows among ``ids`` that are there."""
        wanted = sorted(set(ids))
        if len(wanted) == 1:
            yield from self.one.rows(connection, {**parameters, "among": wanted[0]})
            return
        for chunk in _chunks(wanted):
            yield from connection.execute(self.several, {**parameters, "among": chunk})

    def run(self, connection: Connection, ids: Iterable[str], parameters: Parameters) -> None:
        """Change the rows among ``ids``."""
        wanted = sorted(set(ids))
        if len(wanted) == 1:
            self.one.run(connection, {**parameters, "among": wanted[0]})
            return
        for chunk in _chunks(wanted):
            connection.execute(self.several, {**parameters, "among": chunk})


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
