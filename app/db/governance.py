"""What watches over users and keeps them, as a part of a unit of work."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from app.db.approvals import Approvals
from app.db.dormancy import Dormancy
from app.db.duties import Holds, Obligations
from app.db.pending import Pending
from app.db.reviews import Reviews
from app.db.surges import Surges


class Governance:
    """Give the repositories of holds, duties, reviews and mass changes of one tenant."""

    connection: Connection
    tenant_id: int
    _pending: Pending

    @cached_property
    def holds(self) -> Holds:
        """Return the legal holds of the tenant."""
        return Holds(self.connection, self.tenant_id)

    @cached_property
    def approvals(self) -> Approvals:
        """Return who agreed to which purge."""
        return Approvals(self.connection, self.tenant_id)

    @cached_property
    def obligations(self) -> Obligations:
        """Return what somebody still has to do."""
        return Obligations(self.connection, self.tenant_id)

    @cached_property
    def dormancy(self) -> Dormancy:
        """Return who has access and does not use it."""
        return Dormancy(self.connection, self.tenant_id)

    @cached_property
    def reviews(self) -> Reviews:
        """Return the reviews of who has access."""
        return Reviews(self.connection, self.tenant_id)

    @cached_property
    def surges(self) -> Surges:
        """Return what identity providers took away lately, and what was held of it."""
        return Surges(self.connection, self.tenant_id, self._pending)
