"""Statements made once for each set of columns, so that SQLAlchemy compiles them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Update, bindparam, update

NEW = "new_"
"""What parameters of an UPDATE start with: none may bear the name of a column."""
CHUNK = 500
"""How many ids one statement names: below the limit of parameters of both databases."""


def update_of(table: Any, changes: Mapping[str, Any]) -> tuple[Update, dict[str, Any]]:
    """Return the UPDATE of one row, found by ``of_tenant`` and ``of_id``, and the parameters of its changes."""
    return _update(table, tuple(sorted(changes))), {NEW + name: value for name, value in changes.items()}


@lru_cache(maxsize=256)
def _update(table: Table, names: tuple[str, ...]) -> Update:
    mine = (table.c.tenant_id == bindparam("of_tenant")) & (table.c.id == bindparam("of_id"))
    return update(table).where(mine).values({name: bindparam(NEW + name) for name in names})


@dataclass(frozen=True, slots=True)
class Among:
    """A statement on rows among some ids, prepared for one id, which is the usual case, and for several."""

    one: Any
    several: Any

    @classmethod
    def of(cls, statement: Any, column: Any) -> Among:
        """Prepare ``statement``, restricted by ``column``."""
        several = statement.where(column.in_(bindparam("among", expanding=True)))
        return cls(statement.where(column == bindparam("among")), several)

    def runs(self, ids: Iterable[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield statements and parameters that together reach all of ``ids``."""
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            yield (self.one, {"among": chunk[0]}) if len(chunk) == 1 else (self.several, {"among": chunk})
