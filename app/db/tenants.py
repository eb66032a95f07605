"""The tenants themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from app.db.prepared import Prepared
from app.db.records import Tenant
from app.db.rows import TenantRow

_COLUMNS = (TenantRow.id, TenantRow.slug, TenantRow.name, TenantRow.state, TenantRow.created_at)
ACTIVE, SUSPENDED = "active", "suspended"
_STATE = Prepared(select(TenantRow.state).where(TenantRow.id == bindparam("of_tenant")))
_LOCK = Prepared(select(TenantRow.id).where(TenantRow.id == bindparam("of_tenant")).with_for_update())


class Tenants:
    """Read and create tenants."""

    def __init__(self, connection: Connection) -> None:
        """Work on ``connection``, whose transaction belongs to the caller."""
        self._connection = connection

    def add(self, slug: str, name: str, created_at: datetime) -> Tenant:
        """Create a tenant and return it; the caller has checked that ``slug`` is free."""
        values = {"slug": slug, "name": name, "state": ACTIVE, "created_at": created_at}
        identity = self._connection.execute(insert(TenantRow).values(values).returning(TenantRow.id)).scalar_one()
        return Tenant(identity, slug, name, ACTIVE, created_at)

    def find(self, slug: str) -> Tenant | None:
        """Return the tenant of that name in URLs, if there is one."""
        row = self._connection.execute(select(*_COLUMNS).where(TenantRow.slug == slug)).one_or_none()
        return None if row is None else Tenant(*row)

    def all(self) -> list[Tenant]:
        """Return all tenants, the oldest first."""
        rows = self._connection.execute(select(*_COLUMNS).order_by(TenantRow.id))
        return [Tenant(*row) for row in rows]

    def state(self, tenant_id: int) -> str:
        """Return whether a tenant is active or suspended."""
        row = _STATE.row(self._connection, {"of_tenant": tenant_id})
        return SUSPENDED if row is None else str(row[0])

    def turn(self, tenant_id: int, state: str) -> bool:
        """Let a tenant be active or suspended; tell whether it was the other before."""
        query = update(TenantRow).where(TenantRow.id == tenant_id, TenantRow.state != state)
        return self._connection.execute(query.values(state=state)).rowcount == 1

    def lock(self, tenant_id: int) -> None:
        """Hold the tenant's row until the transaction ends."""
        _LOCK.row(self._connection, {"of_tenant": tenant_id})
