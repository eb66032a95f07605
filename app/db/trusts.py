"""The keys by which connections are known, and the ids of JWTs that were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.records import Connection, Trust, Trusted
from app.db.rows import ConnectionRow, SeenJtiRow, TenantRow, TrustRow

_TRUST = tuple(TrustRow.__table__.c[name] for name in Trust.__slots__)
_CONNECTION = tuple(ConnectionRow.__table__.c[name] for name in Connection.__slots__)
_OF_CONNECTION = (TrustRow.tenant_id == bindparam("of_tenant")) & (TrustRow.connection_id == bindparam("of_id"))
_OF_ISSUER = (
    select(*_TRUST, *_CONNECTION, TenantRow.state, TenantRow.policy_version)
    .join_from(TrustRow, TenantRow, TenantRow.id == TrustRow.tenant_id)
    .join(
        ConnectionRow,
        (ConnectionRow.tenant_id == TrustRow.tenant_id) & (ConnectionRow.id == TrustRow.connection_id),
    )
    .where(TrustRow.tenant_id == bindparam("of_tenant"), TrustRow.issuer == bindparam("of_issuer"))
    .order_by(TrustRow.connection_id)
)


class Trusts:
    """Keep and find what the JWTs of connections must say."""

    def __init__(self, connection: SqlConnection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, trust: Trust) -> None:
        """Keep the trust in a connection."""
        values = {name: getattr(trust, name) for name in trust.__slots__}
        self._connection.execute(insert(TrustRow), {**values, "tenant_id": self._tenant_id})

    def replace(self, trust: Trust) -> None:
        """Change what is trusted of a connection."""
        parameters = {"of_tenant": self._tenant_id, "of_id": trust.connection_id}
        self._connection.execute(delete(TrustRow).where(_OF_CONNECTION), parameters)
        self.add(trust)

    def of_connection(self, connection_id: str) -> Trust | None:
        """Return what is trusted of a connection."""
        parameters = {"of_tenant": self._tenant_id, "of_id": connection_id}
        row = self._connection.execute(select(*_TRUST).where(_OF_CONNECTION), parameters).one_or_none()
        return None if row is None else Trust(*row)

    def of_issuer(self, issuer: str) -> list[Trusted]:
        """Return the connections that trust an issuer, those that were revoked too."""
        rows = self._connection.execute(_OF_ISSUER, {"of_tenant": self._tenant_id, "of_issuer": issuer})
        here = len(_TRUST)
        return [Trusted(Trust(*row[:here]), Connection(*row[here:-2]), *row[-2:]) for row in rows]


class SeenJtis:
    """Remember the ids of JWTs that are good for one use (RFC 7523 §3)."""

    def __init__(self, connection: SqlConnection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        """Remember an id, and tell whether it is new; of two at once one is."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        values = {"tenant_id": self._tenant_id, "issuer": issuer, "jti": jti, "expires_at": expires_at}
        statement = dialect.insert(SeenJtiRow).values(values).on_conflict_do_nothing().returning(SeenJtiRow.jti)
        return self._connection.execute(statement).first() is not None

    def forget(self, expired_by: datetime) -> int:
        """Delete the ids whose tokens have expired, and return how many that were."""
        query = delete(SeenJtiRow).where(SeenJtiRow.tenant_id == self._tenant_id, SeenJtiRow.expires_at <= expired_by)
        return self._connection.execute(query).rowcount
