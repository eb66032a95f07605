"""The identity providers' links to a tenant, and the bearer tokens of the tenant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import bindparam, insert, select, update

from app.db.prepared import Prepared
from app.db.records import Connection, Credential, Holder
from app.db.rows import ConnectionRow, CredentialRow, TenantRow

_CONNECTION = tuple(ConnectionRow.__table__.c[name] for name in Connection.__slots__)
_CREDENTIAL = tuple(CredentialRow.__table__.c[name] for name in Credential.__slots__)
_OF_TENANT = (TenantRow.state, TenantRow.policy_version)
_HOLDER = Prepared(
    select(
        *_CREDENTIAL,
        TenantRow.state,
        TenantRow.policy_version,
        ConnectionRow.name,
        ConnectionRow.dialect,
        ConnectionRow.revoked_at,
    )
    .join_from(CredentialRow, TenantRow, TenantRow.id == CredentialRow.tenant_id)
    .outerjoin(
        ConnectionRow,
        (ConnectionRow.tenant_id == CredentialRow.tenant_id) & (ConnectionRow.id == CredentialRow.connection_id),
    )
    .where(
        CredentialRow.tenant_id == bindparam("of_tenant"),
        CredentialRow.token_hash == bindparam("token_hash"),
    )
)


class Connections:
    """Create, find and revoke connections."""

    def __init__(self, connection: SqlConnection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, connection: Connection) -> None:
        """Create a connection; the caller has checked that its name is free."""
        values = {name: getattr(connection, name) for name in connection.__slots__}
        self._connection.execute(insert(ConnectionRow), {**values, "tenant_id": self._tenant_id})

    def find(self, name: str) -> Connection | None:
        """Return the connection of that name."""
        query = select(*_CONNECTION).where(ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.name == name)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Connection(*row)

    def all(self) -> list[Connection]:
        """Return the connections of the tenant, the oldest first."""
        query = select(*_CONNECTION).where(ConnectionRow.tenant_id == self._tenant_id)
        return [Connection(*row) for row in self._connection.execute(query.order_by(ConnectionRow.id))]

    def revoke(self, connection_id: str, at: datetime) -> None:
        """Refuse the connection, whatever token it shows, from the commit."""
        query = update(ConnectionRow).where(
            ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.id == connection_id
        )
        self._connection.execute(query.values(revoked_at=at))


class Credentials:
    """Create, find and revoke bearer tokens, of which only the hash is known."""

    def __init__(self, connection: SqlConnection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, credential: Credential, token_hash: str) -> None:
        """Store a credential under the hash of its token."""
        values = {name: getattr(credential, name) for name in credential.__slots__}
        self._connection.execute(
            insert(CredentialRow), {**values, "tenant_id": self._tenant_id, "token_hash": token_hash}
        )

    def holder(self, token_hash: str) -> Holder | None:
        """Return who holds the token of that hash in this tenant."""
        parameters = {"of_tenant": self._tenant_id, "token_hash": token_hash}
        row = _HOLDER.row(self._connection, parameters)
        return None if row is None else Holder(Credential(*row[:-5]), *row[-5:])

    def of_kind(self, kind: str) -> list[Credential]:
        """Return the credentials of one kind (``scim`` or ``api``), the oldest first."""
        query = select(*_CREDENTIAL).where(CredentialRow.tenant_id == self._tenant_id, CredentialRow.kind == kind)
        return [Credential(*row) for row in self._connection.execute(query.order_by(CredentialRow.id))]

    def expire(self, connection_id: str, at: datetime) -> None:
        """Let the present tokens of a connection die at ``at`` unless they die before."""
        still_later = (CredentialRow.expires_at.is_(None)) | (CredentialRow.expires_at > at)
        query = update(CredentialRow).where(
            CredentialRow.tenant_id == self._tenant_id, CredentialRow.connection_id == connection_id, still_later
        )
        self._connection.execute(query.values(expires_at=at))
