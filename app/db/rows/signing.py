"""The keys with which a tenant's tokens and events are signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row


class SigningKeyRow(Row):
    """A key pair: the public half as a JWK, the private half sealed."""

    __tablename__ = "signing_keys"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[str]
    sealed_private_jwk: Mapped[str]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    retires_at: Mapped[datetime | None]
