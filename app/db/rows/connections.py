"""Identity providers and the credentials of callers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
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
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class CredentialRow(Row):
    """A bearer token of a connection (``kind`` scim) or of the host application (``kind`` api), as its hash."""

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
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["connections.tenant_id", "connections.id"]),
    )
