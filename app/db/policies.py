"""The versions of a tenant's policy document."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from app.db.prepared import Prepared
from app.db.records import PolicyVersion
from app.db.rows import PolicyRow, TenantRow

Remembered = MutableMapping[tuple[int, int], str]
"""Documents by tenant and version: a version never changes."""
MOST_REMEMBERED = 1000
HISTORY = 100
"""How many versions are listed at a time."""

_IN_FORCE = Prepared(select(TenantRow.policy_version).where(TenantRow.id == bindparam("of_tenant")))
_VERSION = tuple(PolicyRow.__table__.c[name] for name in PolicyVersion.__slots__)
_DOCUMENT = select(PolicyRow.document).where(
    PolicyRow.tenant_id == bindparam("of_tenant"), PolicyRow.version == bindparam("of_version")
)
_PUT_IN_FORCE = update(TenantRow).where(TenantRow.id == bindparam("of_tenant")).values(policy_version=bindparam("new"))


class Policies:
    """Read the policy in force and add versions; ``version`` is the one in force, once somebody has read it."""

    def __init__(self, connection: Connection, tenant_id: int, remembered: Remembered) -> None:
        """Work on ``connection`` for one tenant; ``remembered`` is shared by all units of work of a process."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._remembered = remembered
        self._wrote = False
        self.version: int | None = None

    def current(self) -> tuple[int, str]:
        """Return the version in force and its JSON document."""
        if self.version is None:
            ((self.version,),) = _IN_FORCE.rows(self._connection, {"of_tenant": self._tenant_id})
        document = self._remembered.get((self._tenant_id, self.version))
        return self.version, document if document is not None else self._read(self.version)

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
        self._connection.execute(_PUT_IN_FORCE, {"of_tenant": self._tenant_id, "new": version})
        self.version, self._wrote = None, True

    def find(self, version: int) -> PolicyVersion | None:
        """Return a version."""
        query = select(*_VERSION).where(PolicyRow.tenant_id == self._tenant_id, PolicyRow.version == version)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else PolicyVersion(*row)

    def history(self, before: int | None = None) -> list[PolicyVersion]:
        """Return some versions, the latest first, from below one on."""
        query = select(*_VERSION).where(PolicyRow.tenant_id == self._tenant_id)
        if before is not None:
            query = query.where(PolicyRow.version < before)
        rows = self._connection.execute(query.order_by(PolicyRow.version.desc()).limit(HISTORY))
        return [PolicyVersion(*row) for row in rows]

    def _read(self, version: int) -> str:
        parameters = {"of_tenant": self._tenant_id, "of_version": version}
        document: str = self._connection.execute(_DOCUMENT, parameters).scalar_one()
        # what this transaction wrote may yet be undone, and its number be given to another document
        if len(self._remembered) < MOST_REMEMBERED and not self._wrote:
            self._remembered[self._tenant_id, version] = document
        return document
