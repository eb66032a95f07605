"""Who agreed that a deleted user is purged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key


class ApprovalRow(Row):
    """The agreement of one person; it counts for the deletion that came before it."""

    __tablename__ = "purge_approvals"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, primary_key=True)
    approved_by: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),)
