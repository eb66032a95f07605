"""The keys with which a tenant's tokens and events are signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.db.rows import SigningKeyRow


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; it signs from ``not_before`` until a later one does, and is published until ``retires_at``."""

    kid: str
    public_jwk: str
    sealed_private_jwk: str = field(repr=False)
    created_at: datetime
    not_before: datetime
    retires_at: datetime | None = None


_COLUMNS = tuple(SigningKeyRow.__table__.c[name] for name in SigningKey.__slots__)
_OF_TENANT = SigningKeyRow.tenant_id == bindparam("of_tenant")
_ALL = select(*_COLUMNS).where(_OF_TENANT).order_by(SigningKeyRow.not_before, SigningKeyRow.created_at)


class SigningKeys:
    """Add, retire and forget keys."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._known: list[SigningKey] | None = None

    def all(self) -> list[SigningKey]:
        """Return the keys, the one that signs last at the end; a unit of work reads them once."""
        if self._known is None:
            self._known = [SigningKey(*row) for row in self._connection.execute(_ALL, {"of_tenant": self._tenant_id})]
        return self._known

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        values = {name: getattr(key, name) for name in key.__slots__}
        self._connection.execute(insert(SigningKeyRow), {**values, "tenant_id": self._tenant_id})
        self._known = None

    def retire(self, at: datetime) -> None:
        """Publish the present keys no longer than until ``at``."""
        later = (SigningKeyRow.retires_at.is_(None)) | (SigningKeyRow.retires_at > at)
        query = update(SigningKeyRow).where(SigningKeyRow.tenant_id == self._tenant_id, later)
        self._connection.execute(query.values(retires_at=at))
        self._known = None

    def forget(self, retired_by: datetime) -> None:
        """Delete the keys that are no longer published."""
        query = delete(SigningKeyRow).where(
            SigningKeyRow.tenant_id == self._tenant_id, SigningKeyRow.retires_at <= retired_by
        )
        self._connection.execute(query)
        self._known = None
