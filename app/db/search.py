"""Read what is served: one resource, or a page of those that match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
    type_coerce,
)

from app.db.compile import order_by, where
from app.db.query import Condition, Page, Sort
from app.db.records import Found, View
from app.db.rows import GroupRow, UserRow
from app.db.searchable import Searchable
from app.db.targets import groups_of, users_of
from app.lifecycle.states import State


class Views:
    """Serve the resources of one table."""

    def __init__(self, table: Any, searchable: Callable[[int], Searchable]) -> None:
        """Prepare the statements on ``table``, whose attributes ``searchable`` finds."""
        self._table: Table = table
        self._searchable = searchable
        self._columns = _columns(table)
        self._visible = _visible(table)
        self._one = select(*self._columns).where(self._visible, table.c.id == bindparam("resource_id"))
        self._count = select(func.count()).select_from(table).where(self._visible)

    def one(self, connection: Connection, tenant_id: int, resource_id: str) -> View | None:
        """Return a resource by its id."""
        row = connection.execute(self._one, {"of_tenant": tenant_id, "resource_id": resource_id}).one_or_none()
        return None if row is None else _view(row)

    def page(
        self, connection: Connection, tenant_id: int, page: Page, condition: Condition | None, sort: Sort | None
    ) -> Found:
        """Return a page in a stable order, and the number of matches."""
        target = self._searchable(tenant_id)
        matches = self._visible if condition is None else and_(self._visible, where(condition, target))
        parameters = {"of_tenant": tenant_id}
        total = connection.execute(self._count.where(matches), parameters).scalar_one()
        if page.count == 0 or page.start > total:
            return Found(total, [])
        found = select(*self._columns).where(matches).limit(page.count).offset(page.start - 1)
        rows = connection.execute(self._ordered(found, sort, target), parameters)
        return Found(total, [_view(row) for row in rows])

    def _ordered(self, statement: Select[Any], sort: Sort | None, target: Searchable) -> Select[Any]:
        if sort is not None:
            statement = statement.order_by(*order_by(sort, target))
        return statement.order_by(self._table.c.id)


def _view(row: Any) -> View:
    id_, version, document, created_at, updated_at, active = row
    return View(id_, version, document, created_at, updated_at, None if active is None else bool(active))


def _columns(table: Table) -> tuple[ColumnElement[Any], ...]:
    active = case((table.c.active_assigned, table.c.state == State.ACTIVE)) if "state" in table.c else null()
    times = (type_coerce(table.c[name], String) for name in ("created_at", "updated_at"))
    return (table.c.id, table.c.version, table.c.document, *times, active)


def _visible(table: Table) -> ColumnElement[bool]:
    of_tenant: ColumnElement[bool] = table.c.tenant_id == bindparam("of_tenant")
    return of_tenant & table.c.state.in_((State.ACTIVE, State.INACTIVE)) if "state" in table.c else of_tenant


USER_VIEWS = Views(UserRow.__table__, users_of)
GROUP_VIEWS = Views(GroupRow.__table__, groups_of)
