"""What happened in a tenant, who is told of it, and what is due."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from app.db.audit_chain import AuditChain
from app.db.audit_trail import AuditTrail
from app.db.chores import Chores
from app.db.deliveries import Deliveries
from app.db.endpoints import Endpoints
from app.db.relay import Relay
from app.db.request_log import RequestLog


class Happenings:
    """Give the repositories of what happens, on the connection of a unit of work."""

    connection: Connection
    tenant_id: int

    @cached_property
    def audit_trail(self) -> AuditTrail:
        """Return the audit trail as people read it."""
        return AuditTrail(self.connection, self.tenant_id)

    @cached_property
    def audit_chain(self) -> AuditChain:
        """Return the audit trail as it is sealed."""
        return AuditChain(self.connection, self.tenant_id)

    @cached_property
    def relay(self) -> Relay:
        """Return what gives the events of the tenant their order."""
        return Relay(self.connection, self.tenant_id)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Return those who are told of the tenant's events."""
        return Endpoints(self.connection, self.tenant_id)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Return the tenant's events on their way to endpoints."""
        return Deliveries(self.connection, self.tenant_id)

    @cached_property
    def request_log(self) -> RequestLog:
        """Return what identity providers asked of the tenant."""
        return RequestLog(self.connection, self.tenant_id)

    @cached_property
    def chores(self) -> Chores:
        """Return what is due by time in the tenant."""
        return Chores(self.connection, self.tenant_id)
