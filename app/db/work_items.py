"""The work that users own at the host application: what it is, how much of it, and whose it becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, insert, literal, or_, select, text, update

from app.db.records import WorkItem
from app.db.rows import UserRow, WorkCountRow, WorkItemRow
from app.db.rows.estate import ANYWHERE
from app.db.rows.users import LIVE
from app.db.statements import Among
from app.db.upsert import Upsert
from app.lifecycle.effects import GiveBackWork, MarkTransferable, OnWork, Reassign, RemoveWork, Unassign
from app.lifecycle.subject import WorkCount

_COLUMNS = tuple(WorkItemRow.__table__.c[name] for name in WorkItem.__slots__)
_SHARED = ("type", "state", "scope")
_MOVED = WorkItemRow.owner.is_distinct_from(text("excluded.owner"))
_REGISTER = Upsert(
    WorkItemRow,
    keys=("tenant_id", "type", "id"),
    changes={
        "owner": text("excluded.owner"),
        "created_by": func.coalesce(WorkItemRow.created_by, text("excluded.created_by")),
        "state": text("excluded.state"),
        "scope": text("excluded.scope"),
        "transferable": case((_MOVED, False), else_=WorkItemRow.transferable),
        "reason": case((_MOVED, None), else_=WorkItemRow.reason),
        "former_owner": case((_MOVED, None), else_=WorkItemRow.former_owner),
        "updated_at": text("excluded.updated_at"),
    },
)
_KNOWN = Among.of(
    select(UserRow.id).where(UserRow.tenant_id == bindparam("of_tenant"), LIVE),
    UserRow.id,
)
_FREED = {"transferable": False, "reason": None, "former_owner": None}


class WorkItems:
    """Register, count, hand over and find owned work."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    # -- What the host application registers

    def put(self, items: Sequence[WorkItem], at: datetime) -> None:
        """Register items, or what has become of them, in one statement; who created one stays."""
        rows = [{**_values(item), "tenant_id": self._tenant_id, "updated_at": at} for item in items]
        _REGISTER.run(self._connection, rows)

    def strangers(self, ids: Collection[str]) -> set[str]:
        """Return those of some ids that no user of the tenant has who is not deleted."""
        known = _KNOWN.rows(self._connection, ids, {"of_tenant": self._tenant_id})
        return set(ids).difference(row[0] for row in known)

    def put_counts(self, owner: str, counts: Sequence[WorkCount]) -> None:
        """Replace all that is told of an owner in counts."""
        mine = WorkCountRow.tenant_id == self._tenant_id, WorkCountRow.owner == owner
        self._connection.execute(delete(WorkCountRow).where(*mine))
        rows = [
            {"owner": owner, "type": c.type, "state": c.state, "scope": c.scope or ANYWHERE, "count": c.count}
            for c in counts
        ]
        if rows:
            self._connection.execute(insert(WorkCountRow), [{**row, "tenant_id": self._tenant_id} for row in rows])

    def find(self, type_: str, id_: str) -> WorkItem | None:
        """Return an item."""
        row = self._connection.execute(select(*_COLUMNS).where(self._is(type_, id_))).one_or_none()
        return None if row is None else _item(row)

    def lock(self, type_: str, id_: str) -> WorkItem | None:
        """Return an item and hold its row."""
        query = select(*_COLUMNS).where(self._is(type_, id_)).with_for_update()
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _item(row)

    def delete(self, type_: str, id_: str) -> bool:
        """Forget an item; tell whether it was known."""
        return self._connection.execute(delete(WorkItemRow).where(self._is(type_, id_))).rowcount == 1

    # -- What guards ask

    def counts(self, user_id: str) -> tuple[WorkCount, ...]:
        """Return how much a user owns, by type, state and scope."""
        return self._grouped(WorkItemRow.owner == user_id, WorkCountRow.owner == user_id)

    def in_scope(self, type_: str, states: Collection[str], scope: str | None) -> tuple[WorkCount, ...]:
        """Return how much work of a type there is in a scope, whoever owns it; no states means all."""
        of: list[Any] = []
        for row in (WorkItemRow, WorkCountRow):
            there = [row.type == type_, *([row.state.in_(states)] if states else [])]
            of.append(and_(*there, *([row.scope == scope] if scope else [])))
        return self._grouped(*of)

    # -- What becomes of it

    def apply(self, user_id: str, effect: OnWork, at: datetime) -> int:
        """Carry out what happens to work of a user in one statement, and return how much it was.

        What is known in counts only is counted too, and stays as the host application told it.
        """
        if isinstance(effect, GiveBackWork):
            return self._give_back(user_id, effect.type, at)
        states, scope = getattr(effect, "states", ()), getattr(effect, "scope", None)
        mine = self._owned(user_id, effect.type, states, scope)
        if isinstance(effect, RemoveWork):
            changed = self._connection.execute(delete(WorkItemRow).where(*mine)).rowcount
            self._forget_counts(user_id, effect.type)
            return changed
        values = _becomes(effect, user_id)
        changed = self._connection.execute(update(WorkItemRow).where(*mine).values(**values, updated_at=at)).rowcount
        return changed + self._counted(user_id, effect.type, states, scope)

    def reassign(
        self, owner: str, to: str | None, types: Collection[str], states: Collection[str], at: datetime
    ) -> dict[str, int]:
        """Give the items of an owner, of some types and states if named, to another or nobody; count them by type."""
        mine = [WorkItemRow.tenant_id == self._tenant_id, WorkItemRow.owner == owner]
        mine += [WorkItemRow.type.in_(types)] if types else []
        mine += [WorkItemRow.state.in_(states)] if states else []
        query = update(WorkItemRow).where(*mine).values(owner=to, **_FREED, updated_at=at)
        return dict(sorted(Counter(self._connection.scalars(query.returning(WorkItemRow.type))).items()))

    def claim(self, type_: str, id_: str, user_id: str, at: datetime) -> bool:
        """Give an item that is free to be taken over to a user; of two who race, one wins."""
        free = or_(WorkItemRow.transferable, WorkItemRow.owner.is_(None))
        query = update(WorkItemRow).where(self._is(type_, id_), free, WorkItemRow.owner.is_distinct_from(user_id))
        return self._connection.execute(query.values(owner=user_id, **_FREED, updated_at=at)).rowcount == 1

    def orphans(self, after: tuple[str, str], limit: int) -> list[WorkItem]:
        """Return items that nobody owns who could work on them, or that may be claimed, from behind one on."""
        owners = and_(UserRow.tenant_id == WorkItemRow.tenant_id, UserRow.id == WorkItemRow.owner)
        lost = or_(WorkItemRow.owner.is_(None), WorkItemRow.transferable, func.coalesce(UserRow.state, "") != "active")
        behind = or_(WorkItemRow.type > after[0], and_(WorkItemRow.type == after[0], WorkItemRow.id > after[1]))
        query = select(*_COLUMNS).join_from(WorkItemRow, UserRow, owners, isouter=True)
        query = query.where(WorkItemRow.tenant_id == self._tenant_id, lost, behind)
        rows = self._connection.execute(query.order_by(WorkItemRow.type, WorkItemRow.id).limit(limit))
        return [_item(row) for row in rows]

    def _give_back(self, user_id: str, type_: str, at: datetime) -> int:
        """Return what nobody took over: what lost its owner, and what could have been claimed."""
        lost = and_(WorkItemRow.former_owner == user_id, WorkItemRow.owner.is_(None))
        offered = and_(WorkItemRow.owner == user_id, WorkItemRow.transferable)
        query = update(WorkItemRow).where(WorkItemRow.tenant_id == self._tenant_id, WorkItemRow.type == type_)
        query = query.where(or_(lost, offered)).values(owner=user_id, **_FREED, updated_at=at)
        return self._connection.execute(query).rowcount

    def _grouped(self, items: Any, counts: Any) -> tuple[WorkCount, ...]:
        item, count = WorkItemRow, WorkCountRow
        listed = select(item.type, item.state, item.scope, literal(1).label("count"))
        listed = listed.where(item.tenant_id == self._tenant_id, items)
        told = select(count.type, count.state, count.scope, count.count)
        told = told.where(count.tenant_id == self._tenant_id, counts)
        both = listed.union_all(told).subquery()
        shared = [both.c[name] for name in _SHARED]
        query = select(*shared, func.sum(both.c["count"])).group_by(*shared).order_by(*shared)
        rows: Any = self._connection.execute(query)
        return tuple(WorkCount(type_, state, scope or None, int(total)) for type_, state, scope, total in rows)

    def _counted(self, user_id: str, type_: str, states: Collection[str], scope: str | None) -> int:
        row = WorkCountRow
        mine = [row.tenant_id == self._tenant_id, row.owner == user_id, row.type == type_]
        mine += _where(row, states, scope)
        return int(self._connection.scalar(select(func.coalesce(func.sum(row.count), 0)).where(*mine)) or 0)

    def _forget_counts(self, user_id: str, type_: str) -> None:
        row = WorkCountRow
        mine = row.tenant_id == self._tenant_id, row.owner == user_id, row.type == type_
        self._connection.execute(delete(row).where(*mine))

    def _owned(self, user_id: str, type_: str, states: Collection[str], scope: str | None) -> list[Any]:
        row = WorkItemRow
        mine = [row.tenant_id == self._tenant_id, row.owner == user_id, row.type == type_]
        return [*mine, *_where(row, states, scope)]

    def _is(self, type_: str, id_: str) -> Any:
        return and_(WorkItemRow.tenant_id == self._tenant_id, WorkItemRow.type == type_, WorkItemRow.id == id_)


def _where(row: Any, states: Collection[str], scope: str | None) -> list[Any]:
    """Return conditions on state and scope; what has no scope belongs to every one."""
    return [
        *([row.state.in_(states)] if states else []),
        *([row.scope.in_([scope, ANYWHERE])] if scope else []),
    ]


def _becomes(effect: OnWork, user_id: str) -> dict[str, Any]:
    """Return what an effect writes on an item."""
    if isinstance(effect, MarkTransferable):
        return {"transferable": True, "reason": effect.reason}
    if isinstance(effect, Unassign):
        return {**_FREED, "owner": None, "former_owner": user_id}
    return {**_FREED, "owner": effect.to if isinstance(effect, Reassign) else None}


def _values(item: WorkItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__} | {"scope": item.scope or ANYWHERE}


def _item(row: Any) -> WorkItem:
    return WorkItem(**{**row._mapping, "scope": row.scope or None})  # noqa: SLF001
