"""What identity providers asked, and what they were answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key


class RequestRow(Row):
    """One request to SCIM; ``id`` begins with its time, and nothing in it is personal but ids."""

    __tablename__ = "requests"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    connection_id: Mapped[str | None]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    subject_id: Mapped[str | None] = mapped_column(Key)
    status: Mapped[int]
    duration_ms: Mapped[int]
    tolerances: Mapped[str]
    error: Mapped[str | None]
    detail: Mapped[str | None]
    remedies: Mapped[str | None]
    __table_args__ = (
        Index(
            "ix_requests_subject_id",
            "tenant_id",
            "subject_id",
            "id",
            sqlite_where=text("subject_id IS NOT NULL"),
            postgresql_where=text("subject_id IS NOT NULL"),
        ),
    )
