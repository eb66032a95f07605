"""Reviews of who has access, and what was decided about each user."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key

UNFINISHED = text("completed_at IS NULL")


class ReviewRow(Row):
    """A review: decided upon until it is closed, completed once all that was decided is done; by whom are ids."""

    __tablename__ = "reviews"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    begun_at: Mapped[datetime]
    begun_by: Mapped[str | None]
    due_at: Mapped[datetime]
    overdue_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ux_reviews_unfinished",
            "tenant_id",
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
    )


class ReviewedRow(Row):
    """A user who had access when a review began; ``outcome`` is what became of a decision to take it away."""

    __tablename__ = "reviewed"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, primary_key=True)
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    outcome: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "review_id"], ["reviews.tenant_id", "reviews.id"]),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )
