"""The identity providers' links to a tenant, and the bearer tokens of the tenant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import String, bindparam, delete, insert, select, type_coerce, update

from app.db.prepared import Asked, Prepared, Row
from app.db.records import Connection, Credential, Holder
from app.db.rows import ConnectionRow, CredentialRow, TenantRow
from app.db.types import Instant
from app.lifecycle.clock import parse_iso

_CONNECTION = tuple(ConnectionRow.__table__.c[name] for name in Connection.__slots__)
_CREDENTIAL = tuple(CredentialRow.__table__.c[name] for name in Credential.__slots__)
_OF_TENANT = (TenantRow.state, TenantRow.policy_version)
_HOLDER = Prepared(
    select(
        *(type_coerce(column, String) if isinstance(column.type, Instant) else column for column in _CREDENTIAL),
        TenantRow.state,
        TenantRow.policy_version,
        ConnectionRow.name,
        ConnectionRow.dialect,
        type_coerce(ConnectionRow.revoked_at, String),
        ConnectionRow.user_id,
    )
    .join_from(CredentialRow, TenantRow, TenantRow.id == CredentialRow.tenant_id)
    .outerjoin(
        ConnectionRow,
        (ConnectionRow.tenant_id == CredentialRow.tenant_id) & (ConnectionRow.id == CredentialRow.connection_id),
    )
    .where(
        CredentialRow.tenant_id == bindparam("of_tenant"),
        CredentialRow.token_hash == bindparam("of_credential"),
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

    def name_of(self, connection_id: str) -> str | None:
        """Return the name of a connection."""
        query = select(ConnectionRow.name).where(
            ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.id == connection_id
        )
        return self._connection.scalar(query)

    def all(self) -> list[Connection]:
        """Return the connections of the tenant, the oldest first."""
        query = select(*_CONNECTION).where(ConnectionRow.tenant_id == self._tenant_id)
        return [Connection(*row) for row in self._connection.execute(query.order_by(ConnectionRow.id))]

    def get(self, connection_id: str) -> Connection | None:
        """Return the connection of that id."""
        query = select(*_CONNECTION).where(
            ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.id == connection_id
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Connection(*row)

    def rescope(self, connection_id: str, scopes: str) -> None:
        """Change what the connection may do."""
        query = update(ConnectionRow).where(
            ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.id == connection_id
        )
        self._connection.execute(query.values(scopes=scopes))

    def bind(self, connection_id: str, user_id: str | None) -> None:
        """Let the connection stand for a user, or for nobody."""
        query = update(ConnectionRow).where(
            ConnectionRow.tenant_id == self._tenant_id, ConnectionRow.id == connection_id
        )
        self._connection.execute(query.values(user_id=user_id))

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

    def holder(self, token_hash: str, following: Asked | None = None) -> Holder | None:
        """Return who holds the token of that hash in this tenant, and ask ahead for what will be wanted then."""
        parameters = {"of_tenant": self._tenant_id, "of_credential": token_hash}
        row = _HOLDER.row_and(self._connection, parameters, following)
        return None if row is None else _holder(row)

    def of_kind(self, kind: str) -> list[Credential]:
        """Return the credentials of one kind (``scim`` or ``api``), the oldest first."""
        query = select(*_CREDENTIAL).where(CredentialRow.tenant_id == self._tenant_id, CredentialRow.kind == kind)
        return [Credential(*row) for row in self._connection.execute(query.order_by(CredentialRow.id))]

    def of_connection(self, connection_id: str, now: datetime) -> list[tuple[Credential, datetime | None]]:
        """Return the secrets of a connection that are alive and when they were last used, access tokens left out."""
        query = select(*_CREDENTIAL, CredentialRow.last_used_at).where(
            CredentialRow.tenant_id == self._tenant_id,
            CredentialRow.connection_id == connection_id,
            CredentialRow.kind != "access",
            CredentialRow.revoked_at.is_(None),
            (CredentialRow.expires_at.is_(None)) | (CredentialRow.expires_at > now),
        )
        rows = self._connection.execute(query.order_by(CredentialRow.id))
        return [(Credential(*row[:-1]), row[-1]) for row in rows]

    def revoke(self, credential_id: str, at: datetime) -> None:
        """Refuse a credential from the commit."""
        query = update(CredentialRow).where(
            CredentialRow.tenant_id == self._tenant_id, CredentialRow.id == credential_id
        )
        self._connection.execute(query.values(revoked_at=at))

    def rescope(self, connection_id: str, scopes: str) -> None:
        """Change what the secrets of a connection may do, and end its access tokens, which promise what they said."""
        mine = (CredentialRow.tenant_id == self._tenant_id) & (CredentialRow.connection_id == connection_id)
        self._connection.execute(delete(CredentialRow).where(mine, CredentialRow.kind == "access"))
        self._connection.execute(update(CredentialRow).where(mine).values(scopes=scopes))

    def used(self, credential_ids: Collection[str], at: datetime) -> None:
        """Note when credentials were used."""
        query = update(CredentialRow).where(
            CredentialRow.tenant_id == self._tenant_id, CredentialRow.id.in_(credential_ids)
        )
        self._connection.execute(query.values(last_used_at=at))

    def forget_access(self, expired_by: datetime) -> None:
        """Delete the access tokens that have expired."""
        query = delete(CredentialRow).where(
            CredentialRow.tenant_id == self._tenant_id,
            CredentialRow.kind == "access",
            CredentialRow.expires_at <= expired_by,
        )
        self._connection.execute(query)

    def expire(self, connection_id: str, at: datetime) -> None:
        """Let the present tokens of a connection die at ``at`` unless they die before."""
        still_later = (CredentialRow.expires_at.is_(None)) | (CredentialRow.expires_at > at)
        query = update(CredentialRow).where(
            CredentialRow.tenant_id == self._tenant_id, CredentialRow.connection_id == connection_id, still_later
        )
        self._connection.execute(query.values(expires_at=at))


@lru_cache(maxsize=1024)
def _holder(row: Row) -> Holder:
    """Return whom a row stands for; each request of a connection reads the same row, which need not be parsed again."""
    *credential, created_at, expires_at, revoked_at, state, version, name, dialect, ended, user_id = row
    times = (_moment(text) for text in (created_at, expires_at, revoked_at))
    return Holder(Credential(*credential, *times), state, version, name, dialect, _moment(ended), user_id)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_iso(text)
