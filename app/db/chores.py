"""When the chores of a tenant are due, and who is at them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select, text, update

from app.db.rows import ChoreRow
from app.lifecycle.clock import iso

_BEGIN = text(
    "INSERT INTO chores (tenant_id, name, next_at, fence) VALUES (:of_tenant, :name, :now, 0) ON CONFLICT DO NOTHING"
)


class Chores:
    """Let each chore be done by one worker at a time, when it is due."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def due(self, names: Collection[str], now: datetime) -> list[str]:
        """Return which of the chores are due; one that nobody ever did is."""
        query = select(ChoreRow.name).where(ChoreRow.tenant_id == self._tenant_id, ChoreRow.next_at > now)
        later = set(self._connection.execute(query).scalars())
        return [name for name in names if name not in later]

    def claim(self, name: str, now: datetime, until: datetime) -> int | None:
        """Take a chore that is due and that nobody is at; return the fence, None where somebody else was faster."""
        free = or_(ChoreRow.lease_until.is_(None), ChoreRow.lease_until <= now)
        query = update(ChoreRow).where(self._is(name), ChoreRow.next_at <= now, free)
        self._connection.execute(_BEGIN, {"of_tenant": self._tenant_id, "name": name, "now": iso(now)})
        taken = query.values(lease_until=until, fence=ChoreRow.fence + 1).returning(ChoreRow.fence)
        return self._connection.execute(taken).scalar_one_or_none()

    def done(self, name: str, fence: int, next_at: datetime) -> bool:
        """Say when a chore is due again; tell whether the lease still held."""
        query = update(ChoreRow).where(self._is(name), ChoreRow.fence == fence)
        return self._connection.execute(query.values(next_at=next_at, lease_until=None)).rowcount == 1

    def _is(self, name: str) -> ColumnElement[bool]:
        return and_(ChoreRow.tenant_id == self._tenant_id, ChoreRow.name == name)
