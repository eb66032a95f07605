"""When identity providers took away too many users at once, and whose deletion waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key

UNDECIDED = text("state = 'held'")


class SurgeRow(Row):
    """A surge: ``count`` is how many there were when it was noticed; ``reason`` is why it was decided as it was."""

    __tablename__ = "surges"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    began_at: Mapped[datetime]
    count: Mapped[int]
    window_minutes: Mapped[int]
    let_until: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    __table_args__ = (
        Index(
            "ux_surges_held",
            "tenant_id",
            "kind",
            unique=True,
            sqlite_where=UNDECIDED,
            postgresql_where=UNDECIDED,
        ),
        Index("ix_surges_began_at", "tenant_id", "kind", "began_at"),
    )


class HeldDeletionRow(Row):
    """A user whose deletion waits, or waited, for the decision about a surge."""

    __tablename__ = "held_deletions"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    surge_id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[str | None]
    asked_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_held_deletions_user_id", "tenant_id", "user_id"),
        ForeignKeyConstraint(["tenant_id", "surge_id"], ["surges.tenant_id", "surges.id"]),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )
