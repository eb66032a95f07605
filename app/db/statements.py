"""Statements made once for each set of columns, so that SQLAlchemy compiles them once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Update, bindparam, update

NEW = "new_"
"""What parameters of an UPDATE start with: none may bear the name of a column."""


def update_of(table: Any, changes: Mapping[str, Any]) -> tuple[Update, dict[str, Any]]:
    """Return the UPDATE of one row, found by ``of_tenant`` and ``of_id``, and the parameters of its changes."""
    return _update(table, tuple(sorted(changes))), {NEW + name: value for name, value in changes.items()}


@lru_cache(maxsize=256)
def _update(table: Table, names: tuple[str, ...]) -> Update:
    mine = (table.c.tenant_id == bindparam("of_tenant")) & (table.c.id == bindparam("of_id"))
    return update(table).where(mine).values({name: bindparam(NEW + name) for name in names})
