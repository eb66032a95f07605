"""Rows of SQLite in one piece: its driver lets another thread go on at each row, and waits until that one stops."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select, text

from app.db.prepared import Tuples

BETWEEN = "\x1f"
"""What no column here contains: ids and moments have no such character, and JSON escapes it."""
MOST = 200
"""So many rows go into one text, which SQLite limits to a gigabyte."""
ASSIGNED = {"": None, "0": False, "1": True}


def bundled(views: Select[Any]) -> Select[Any]:
    """Return what asks for the rows of ``views`` as one text, in their order; what is null is empty there."""
    columns = views.subquery().c
    form = text(f"'{BETWEEN.join('%s' for _ in columns)}'")
    return select(func.group_concat(func.printf(form, *columns), text(f"'{BETWEEN}'")))


def unbundled(rows: str | None) -> Tuples:
    """Return the rows of views: id, version, document, two moments, active, groups, nested."""
    values = iter(rows.split(BETWEEN) if rows else ())
    return [
        (id_, int(version), document, created, updated, ASSIGNED[active], groups, nested == "1")
        for id_, version, document, created, updated, active, groups, nested in zip(*[values] * 8, strict=True)
    ]
