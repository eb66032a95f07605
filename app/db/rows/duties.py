"""What keeps data from being destroyed, and what somebody still has to do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key

STANDING = text("released_at IS NULL")
OPEN = text("settled_at IS NULL")


class HoldRow(Row):
    """A legal hold on the data of a user; who placed and released it are ids."""

    __tablename__ = "holds"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key)
    reason: Mapped[str]
    reference: Mapped[str | None]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    release_reason: Mapped[str | None]
    __table_args__ = (
        Index("ix_holds_user_id", "tenant_id", "user_id"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )


class ObligationRow(Row):
    """What stood in the way of a command of an identity provider, and was not refused; ``detail`` is JSON text."""

    __tablename__ = "obligations"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key)
    code: Mapped[str]
    guard: Mapped[str]
    detail: Mapped[str]
    since: Mapped[datetime]
    due: Mapped[datetime | None]
    owner: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ux_obligations_open",
            "tenant_id",
            "user_id",
            "code",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )
