"""Read what is served: one resource, or a page of those that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    type_coerce,
)

from app.db.compile import Searchable, order_by, where
from app.db.query import Query
from app.db.searchable import GROUPS, USERS
from app.lifecycle.states import State


@dataclass(frozen=True, slots=True)
class View:
    """A resource as it is served: its document, and what is spliced into it; times as text."""

    id: str
    version: int
    document: str
    created_at: str
    updated_at: str
    active: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matching resources, and how many match in all."""

    total: int
    views: list[View]


class Views:
    """Serve the resources of one table."""

    def __init__(self, target: Searchable) -> None:
        """Prepare the statements of ``target``."""
        self._target = target
        table = target.table
        self._columns = _columns(table)
        self._visible = _visible(table)
        self._one = select(*self._columns).where(self._visible, table.c.id == bindparam("id"))

    def one(self, connection: Connection, tenant_id: int, resource_id: str) -> View | None:
        """Return a resource by its id."""
        row = connection.execute(self._one, {"tenant_id": tenant_id, "id": resource_id}).one_or_none()
        return None if row is None else View(*row)

    def page(self, connection: Connection, tenant_id: int, query: Query) -> Found:
        """Return a page in a stable order, and the number of matches."""
        matches = and_(self._visible, self._condition(query))
        parameters = {"tenant_id": tenant_id}
        counted = select(func.count()).select_from(self._target.table).where(matches)
        total = connection.execute(counted, parameters).scalar_one()
        if query.count == 0 or query.start > total:
            return Found(total, [])
        found = self._ordered(select(*self._columns).where(matches), query)
        rows = connection.execute(found.limit(query.count).offset(query.start - 1), parameters)
        return Found(total, [View(*row) for row in rows])

    def _condition(self, query: Query) -> ColumnElement[bool]:
        return true() if query.condition is None else where(query.condition, self._target)

    def _ordered(self, statement: Select[Any], query: Query) -> Select[Any]:
        if query.sort is not None:
            statement = statement.order_by(*order_by(query.sort, self._target))
        return statement.order_by(self._target.table.c.id)


def _columns(table: Table) -> tuple[ColumnElement[Any], ...]:
    active = table.c.state == State.ACTIVE if "state" in table.c else literal(True)  # noqa: FBT003 - a SQL literal
    times = (type_coerce(table.c[name], String) for name in ("created_at", "updated_at"))
    return (table.c.id, table.c.version, table.c.document, *times, active)


def _visible(table: Table) -> ColumnElement[bool]:
    of_tenant: ColumnElement[bool] = table.c.tenant_id == bindparam("tenant_id")
    return of_tenant & table.c.state.in_((State.ACTIVE, State.INACTIVE)) if "state" in table.c else of_tenant


USER_VIEWS = Views(USERS)
GROUP_VIEWS = Views(GROUPS)
