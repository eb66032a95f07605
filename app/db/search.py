"""Read what is served: one resource, or a page of those that match."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

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
from sqlalchemy.types import NullType

from app.db.bundled import MOST, bundled, unbundled
from app.db.compile import behind, order_by, sort_key, where
from app.db.gathered import gathered
from app.db.nesting import NESTED, completed
from app.db.prepared import Asked, Prepared, Tuples
from app.db.query import Condition, Match, Op, Page, Path, Position, Query, Sort, Value, Walk
from app.db.records import Found, View
from app.db.rows import GroupRow, UserRow
from app.db.rows.users import LIVE
from app.db.searchable import Searchable, TextColumn
from app.db.targets import GROUP_COLUMNS, GROUPS_SHOWN, USER_COLUMNS, groups_of, users_of
from app.lifecycle.states import State


class Views:
    """Serve the resources of one table."""

    def __init__(
        self, table: Any, searchable: Callable[[int], Searchable], columns: Any, shown: Any = None, only: Any = None
    ) -> None:
        """Prepare the statements on ``only`` a part of ``table``; ``shown`` is a column that readers may do without."""
        self._table: Table = table
        self._searchable = searchable
        self._visible = _visible(table) if only is None else and_(_visible(table), only)
        slim = select(*_columns(table), null(), null()).where(self._visible)
        self._read = {
            False: slim,
            True: slim
            if shown is None
            else select(*_columns(table), shown, type_coerce(NESTED, NullType())).where(self._visible),
        }
        self._one = {
            full: Prepared(read.where(table.c.id == bindparam("resource_id"))) for full, read in self._read.items()
        }
        self._exact = {full: _exact(read, table, columns) for full, read in self._read.items()}
        self._first = {full: Prepared(_paged(read, table)) for full, read in self._read.items()}
        self._first_bundled = {full: Prepared(bundled(_paged(read, table))) for full, read in self._read.items()}
        self._count = select(func.count()).select_from(table).where(self._visible)
        self._count_all = Prepared(self._count)

    def one(self, connection: Connection, tenant_id: int, resource_id: str, *, full: bool) -> View | None:
        """Return a resource by its id."""
        rows = self.by_id(tenant_id, resource_id, full=full).rows(connection)
        return _views(connection, tenant_id, rows)[0] if rows else None

    def by_id(self, tenant_id: int, resource_id: str, *, full: bool) -> Asked:
        """Return what asks for a resource by its id."""
        return Asked(self._one[full], {"of_tenant": tenant_id, "resource_id": resource_id})

    def by_key(self, tenant_id: int, path: Path, key: str, page: Page, *, full: bool) -> Asked:
        """Return what asks for the resources whose attribute, which has a column, equals a text."""
        return Asked(self._exact[full][path], {**_window(tenant_id, page), "of_key": key})

    def page(self, connection: Connection, tenant_id: int, query: Query, *, full: bool) -> Found:
        """Return a page in a stable order, and the number of matches; of a walk, only if nothing has to be counted."""
        page, condition = query.page, query.condition
        if isinstance(page, Walk):
            return self._walk(connection, tenant_id, query, page, full=full)
        rows = self._rows(connection, tenant_id, query, page, full=full) if page.count else ()
        views = _views(connection, tenant_id, rows)
        if views and len(views) < page.count:
            return Found(page.start - 1 + len(views), views)
        if page.start == 1 and page.count and not views:
            return Found(0, [])
        return Found(self._total(connection, condition, tenant_id), views)

    def _rows(self, connection: Connection, tenant_id: int, query: Query, page: Page, *, full: bool) -> Tuples:
        """Return the rows of a page, by a statement that is ready where identity providers ask for it often."""
        match query:
            case Query(condition=Match(path, Op.eq, str(key)), sort=None) if path in self._exact[full]:
                return self.by_key(tenant_id, path, key, page, full=full).rows(connection)
        return self._listed(connection, tenant_id, query, page, full=full)

    def _listed(self, connection: Connection, tenant_id: int, query: Query, page: Page, *, full: bool) -> Tuples:
        """Return the rows of a page that may be many, on SQLite in one piece."""
        condition, deep, window = query.condition, page.start > 1, _window(tenant_id, page)
        bundle = connection.dialect.name == "sqlite" and page.count <= MOST
        if condition is None and query.sort is None and not deep:
            if bundle:
                return unbundled(self._first_bundled[full].rows(connection, window)[0][0])
            return self._first[full].rows(connection, window)
        found = self._found(condition, query.sort, self._searchable(tenant_id), full=full, deep=deep)
        if bundle:
            return unbundled(connection.execute(bundled(found), window).scalar())
        return connection.execute(found, window).all()

    def _walk(self, connection: Connection, tenant_id: int, query: Query, walk: Walk, *, full: bool) -> Found:
        """Return the results behind a position; one more is read, which tells whether others follow."""
        condition, sort, target = query.condition, query.sort, self._searchable(tenant_id)
        parameters = {"of_tenant": tenant_id, "of_count": walk.count + 1, "of_start": 0}
        if not walk.count:
            return Found(self._total(connection, condition, tenant_id), [])
        statement = self._found(condition, sort, target, full=full)
        if walk.after is not None:
            statement = statement.where(behind(walk.after, sort, target))
        key = null() if sort is None else type_coerce(sort_key(sort, target), NullType())
        rows = connection.execute(statement.add_columns(key.label("sort_value")), parameters).all()
        shown, more = rows[: walk.count], len(rows) > walk.count
        total = len(shown) if walk.after is None and not more else None
        positions = [Position(_value(row[-1]), row[0]) for row in shown]
        return Found(total, _views(connection, tenant_id, [row[:-1] for row in shown]), positions, more)

    def _total(self, connection: Connection, condition: Condition | None, tenant_id: int) -> int:
        parameters = {"of_tenant": tenant_id}
        if condition is None:
            return int(self._count_all.rows(connection, parameters)[0][0])
        matching = self._count.where(where(condition, self._searchable(tenant_id)))
        return connection.execute(matching, parameters).scalar_one()

    def _found(
        self, condition: Condition | None, sort: Sort | None, target: Searchable, *, full: bool, deep: bool = False
    ) -> Select[Any]:
        """Return the statement of a page; a deep one counts ids first, lest PostgreSQL gather what it skips."""
        statement, terms = self._read[full], () if sort is None else order_by(sort, target)
        matching = statement.with_only_columns(self._table.c.id) if deep else statement
        if condition is not None:
            matching = matching.where(where(condition, target))
        page = _paged(matching.order_by(*terms), self._table)
        if not deep:
            return page
        return statement.where(self._table.c.id.in_(page)).order_by(*terms, self._table.c.id)


def _window(tenant_id: int, page: Page) -> dict[str, Any]:
    return {"of_tenant": tenant_id, "of_count": page.count, "of_start": page.start - 1}


def _paged(statement: Select[Any], table: Table) -> Select[Any]:
    return statement.order_by(table.c.id).limit(bindparam("of_count")).offset(bindparam("of_start"))


def _exact(read: Select[Any], table: Table, columns: Any) -> dict[Path, Prepared]:
    """Prepare the look-ups of identity providers: one attribute with a column equals one text."""
    return {
        path: Prepared(_paged(read.where(spec.column == bindparam("of_key")), table))
        for path, spec in columns.items()
        if isinstance(spec, TextColumn) and not spec.folded
    }


def _value(found: Any) -> Value:
    """Return a value to order by as JSON can hold it; PostgreSQL gives numbers as decimals."""
    if not isinstance(found, Decimal):
        return cast(Value, found)
    return int(found) if found == found.to_integral_value() else float(found)


def _views(connection: Connection, tenant_id: int, rows: Tuples) -> list[View]:
    """Return what is served; where groups nest, users are completed by those they are indirectly in."""
    views = [
        View(id_, version, document, created, updated, active if active is None else bool(active), gathered(groups))
        for id_, version, document, created, updated, active, groups, _ in rows
    ]
    return completed(connection, tenant_id, views) if rows and rows[0][-1] else views


def _columns(table: Table) -> tuple[ColumnElement[Any], ...]:
    assigned = case((table.c.active_assigned, table.c.state == State.ACTIVE)) if "state" in table.c else null()
    times = (type_coerce(table.c[name], String) for name in ("created_at", "updated_at"))
    return (table.c.id, table.c.version, table.c.document, *times, type_coerce(assigned, NullType()))


def _visible(table: Table) -> ColumnElement[bool]:
    # as a literal, so that the partial index on live users serves it and no list of parameters is expanded
    of_tenant: ColumnElement[bool] = table.c.tenant_id == bindparam("of_tenant")
    return and_(of_tenant, LIVE) if "state" in table.c else of_tenant


USER_VIEWS = Views(UserRow.__table__, users_of, USER_COLUMNS, GROUPS_SHOWN)
GROUP_VIEWS = Views(GroupRow.__table__, groups_of, GROUP_COLUMNS)
