"""Sessions of users at the host application."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key


class SessionRow(Row):
    """A session of a user at the host application; alive only while its epoch is the user's."""

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
    __table_args__ = (
        Index("ix_sessions_user_id", "tenant_id", "user_id"),
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )
