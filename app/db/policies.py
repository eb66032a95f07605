"""The versions of a tenant's policy document."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from app.db.rows import PolicyRow

_CURRENT = (
    select(PolicyRow.version, PolicyRow.document)
    .where(PolicyRow.tenant_id == bindparam("of_tenant"))
    .order_by(PolicyRow.version.desc())
    .limit(1)
)


class Policies:
    """Read the policy in force and add versions."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def current(self) -> tuple[int, str]:
        """Return the version in force and its JSON document."""
        row = self._connection.execute(_CURRENT, {"of_tenant": self._tenant_id}).one()
        return row.version, row.document

    def add(self, version: int, document: str, *, author: str, reason: str | None, created_at: datetime) -> None:
        """Add a version, which is in force from the commit."""
        values = {
            "tenant_id": self._tenant_id,
            "version": version,
            "document": document,
            "author": author,
            "reason": reason,
            "created_at": created_at,
        }
        self._connection.execute(insert(PolicyRow), values)
