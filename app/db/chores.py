"""When the chores of a tenant are due, and who is at them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.db.rows import ChoreRow


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
        taken = self._connection.execute(
            query.values(lease_until=until, fence=ChoreRow.fence + 1).returning(ChoreRow.fence)
        ).scalar_one_or_none()
        return int(taken) if taken is not None else self._begin(name, now, until)

    def done(self, name: str, fence: int, next_at: datetime) -> bool:
        """Say when a chore is due again; tell whether the lease still held."""
        query = update(ChoreRow).where(self._is(name), ChoreRow.fence == fence)
        return self._connection.execute(query.values(next_at=next_at, lease_until=None)).rowcount == 1

    def _begin(self, name: str, now: datetime, until: datetime) -> int | None:
        """Take a chore that was never done."""
        row = {"tenant_id": self._tenant_id, "name": name, "next_at": now, "lease_until": until, "fence": 1}
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(ChoreRow), row)
        except IntegrityError:
            return None
        return 1

    def _is(self, name: str) -> ColumnElement[bool]:
        return and_(ChoreRow.tenant_id == self._tenant_id, ChoreRow.name == name)
