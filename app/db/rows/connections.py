"""Identity providers and the credentials of callers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row


class ConnectionRow(Row):
    """One identity provider's link to a tenant."""

    __tablename__ = "connections"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dialect: Mapped[str]
    scopes: Mapped[str]
    auth: Mapped[str] = mapped_column(server_default="token")
    user_id: Mapped[str | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class CredentialRow(Row):
    """A secret, as its hash: the bearer token of a connection (``kind`` scim) or of the host application (``api``).

    A connection may have a client secret instead (``secret``), and access tokens that it bought with it (``access``).
    """

    __tablename__ = "credentials"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    kind: Mapped[str]
    connection_id: Mapped[str | None]
    name: Mapped[str]
    scopes: Mapped[str]
    last_four: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        Index("ix_credentials_connection_id", "tenant_id", "connection_id"),
        Index(
            "ix_credentials_expires_at",
            "tenant_id",
            "expires_at",
            sqlite_where=text("kind = 'access'"),
            postgresql_where=text("kind = 'access'"),
        ),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["connections.tenant_id", "connections.id"]),
    )


class TrustRow(Row):
    """The keys by which a connection is known, and what its JWTs must say."""

    __tablename__ = "trusts"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    audience: Mapped[str]
    algorithms: Mapped[str]
    required_claims: Mapped[str]
    jwks: Mapped[str | None]
    jwks_uri: Mapped[str | None]
    __table_args__ = (
        Index("ix_trusts_issuer", "tenant_id", "issuer"),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["connections.tenant_id", "connections.id"]),
    )


class SignOnRow(Row):
    """The single sign-on that belongs to a connection: who may say that somebody has signed out there."""

    __tablename__ = "sign_ons"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    algorithms: Mapped[str]
    jwks: Mapped[str | None]
    jwks_uri: Mapped[str | None]
    __table_args__ = (
        Index("ix_sign_ons_issuer", "tenant_id", "issuer"),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["connections.tenant_id", "connections.id"]),
    )


class SeenJtiRow(Row):
    """The id of a JWT that is good for one use, until it has expired anyway."""

    __tablename__ = "seen_jtis"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    __table_args__ = (Index("ix_seen_jtis_expires_at", "tenant_id", "expires_at"),)
