"""Who agreed that a deleted user is purged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from app.db.rows import ApprovalRow


class Approvals:
    """Keep and count the approvals of purges."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, user_id: str, approved_by: str, at: datetime) -> None:
        """Note that a person approves."""
        values = {"tenant_id": self._tenant_id, "user_id": user_id, "approved_by": approved_by, "at": at}
        self._connection.execute(insert(ApprovalRow), values)

    def of(self, user_id: str, since: datetime) -> tuple[str, ...]:
        """Return who approved since the user was deleted, each person once."""
        mine = ApprovalRow.tenant_id == self._tenant_id, ApprovalRow.user_id == user_id, ApprovalRow.at >= since
        return tuple(sorted(set(self._connection.scalars(select(ApprovalRow.approved_by).where(*mine)))))
