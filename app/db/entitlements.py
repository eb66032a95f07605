"""The seats and licences that users hold; what is held by everybody active is counted as users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, insert, or_, select, text

from app.db.prepared import Prepared
from app.db.records import SeatHolder
from app.db.rows import EntitlementRow, UserRow
from app.db.rows.estate import ANYWHERE
from app.lifecycle.policy import Entitlement

Place = tuple[str, str | None]
"""A pool and a scope of it."""

_MINE = EntitlementRow.tenant_id == bindparam("of_tenant")
_OF_USER = and_(_MINE, EntitlementRow.user_id == bindparam("of_user"))
_HELD = Prepared(select(EntitlementRow.pool, EntitlementRow.scope).where(_OF_USER))
_TAKE = Prepared(
    insert(EntitlementRow).values({each.name: bindparam(each.name) for each in EntitlementRow.__table__.c})
)
_RELEASE = Prepared(
    delete(EntitlementRow).where(
        _OF_USER, EntitlementRow.pool == bindparam("of_pool"), EntitlementRow.scope == bindparam("of_scope")
    )
)
_ACTIVE = text("users.state = 'active'")


@dataclass(frozen=True, slots=True)
class Taken:
    """How many entitlements of a scope are given out, and to how many others who are active."""

    count: int = 0
    others: int = 0


class Entitlements:
    """Give, take and count entitlements."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def held(self, user_id: str) -> list[Place]:
        """Return what a user holds."""
        rows = _HELD.rows(self._connection, {"of_tenant": self._tenant_id, "of_user": user_id})
        return sorted(((pool, scope or None) for pool, scope in rows), key=str)

    def take(self, user_id: str, pool: str, scope: str | None, at: datetime) -> None:
        """Give an entitlement to a user."""
        values = {"tenant_id": self._tenant_id, "pool": pool, "scope": scope or ANYWHERE, "user_id": user_id}
        _TAKE.run(self._connection, {**values, "since": at})

    def release(self, user_id: str, pool: str, scope: str | None) -> None:
        """Take an entitlement from a user."""
        mine = {"of_tenant": self._tenant_id, "of_user": user_id}
        _RELEASE.run(self._connection, {**mine, "of_pool": pool, "of_scope": scope or ANYWHERE})

    def taken(self, places: Sequence[Place], user_id: str | None = None) -> dict[Place, Taken]:
        """Count entitlements in some scopes of pools; the user named is none of the others."""
        if not places:
            return {}
        row = EntitlementRow
        other = case((and_(_ACTIVE, UserRow.id != (user_id or "")), 1), else_=0)
        of = or_(*(and_(row.pool == pool, row.scope == (scope or ANYWHERE)) for pool, scope in places))
        query = select(row.pool, row.scope, func.count(), func.sum(other)).join_from(row, UserRow, _SAME)
        found = self._connection.execute(
            query.where(row.tenant_id == self._tenant_id, of).group_by(row.pool, row.scope)
        )
        return {(pool, scope or None): Taken(count, others) for pool, scope, count, others in found}

    def totals(self, pools: Mapping[str, Entitlement]) -> dict[Place, int]:
        """Count what is given out of each scope of pools."""
        row = EntitlementRow
        query = select(row.pool, row.scope, func.count()).where(row.tenant_id == self._tenant_id)
        rows = self._connection.execute(query.group_by(row.pool, row.scope).order_by(row.pool, row.scope)).all()
        counts = {(pool, scope or None): count for pool, scope, count in rows if pool in pools}
        common = {name: pool for name, pool in pools.items() if pool.assigned_by == "everyone"}
        return {**counts, **{(name, None): self.everybody(pool) for name, pool in common.items()}}

    def everybody(self, pool: Entitlement) -> int:
        """Count those who hold what everybody active holds."""
        query = select(func.count()).select_from(UserRow).where(UserRow.tenant_id == self._tenant_id, _entitled(pool))
        return int(self._connection.scalar(query) or 0)

    def holders(self, name: str, pool: Entitlement, after: str, limit: int) -> list[SeatHolder]:
        """Return holders, by their ids, from behind one on."""
        row = EntitlementRow
        if pool.assigned_by == "everyone":
            mine = UserRow.tenant_id == self._tenant_id, UserRow.id > after, _entitled(pool)
            ids = self._connection.scalars(select(UserRow.id).where(*mine).order_by(UserRow.id).limit(limit))
            return [SeatHolder(id_, None, None) for id_ in ids]
        query = select(row.user_id, row.scope, row.since).where(
            row.tenant_id == self._tenant_id, row.pool == name, row.user_id > after
        )
        rows = self._connection.execute(query.order_by(row.user_id, row.scope).limit(limit))
        return [SeatHolder(id_, scope or None, since) for id_, scope, since in rows]


_SAME = and_(UserRow.tenant_id == EntitlementRow.tenant_id, UserRow.id == EntitlementRow.user_id)


def _entitled(pool: Entitlement) -> Any:
    """Return the condition for users who hold what everybody holds; who was only staged never got it."""
    if pool.on_deactivate == "release":
        return _ACTIVE
    return or_(_ACTIVE, and_(UserRow.state == "inactive", func.coalesce(UserRow.reason, "") != "staged"))
