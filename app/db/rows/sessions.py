"""Sessions of users at the host application."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class SessionRow(Row):
    """A session or credential of a user at the host application; one that began with a sign-in has the user's epoch.

    ``idle_s`` is after how many seconds without use it is over; ``deferred_at`` is set where it outlives its user's
    access until it expires.
    """

    __tablename__ = "sessions"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key)
    token_hash: Mapped[str | None]
    kind: Mapped[str]
    client: Mapped[str | None]
    device: Mapped[str | None]
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_cause: Mapped[str | None]
    idp_iss: Mapped[str | None]
    idp_sub: Mapped[str | None]
    idp_sid: Mapped[str | None]
    last_seen_at: Mapped[datetime | None]
    idle_s: Mapped[int | None]
    deferred_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_sessions_user_id", "tenant_id", "user_id"),
        Index("ix_sessions_idp_sub", "tenant_id", "idp_iss", "idp_sub", **_where("idp_sub IS NOT NULL")),
        Index("ix_sessions_idp_sid", "tenant_id", "idp_iss", "idp_sid", **_where("idp_sid IS NOT NULL")),
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )
