"""What is written beside each change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key, Sequence

WAITING = text("position IS NULL")
DELETED_BY_PROVIDER = text("action = 'user.deleted' AND actor_type = 'connection'")
DEACTIVATED_BY_PROVIDER = text("action = 'user.deactivated' AND actor_type = 'connection'")


class AuditRow(Row):
    """Who did what to whom, and why; written with the change."""

    __tablename__ = "audit"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    txn: Mapped[str]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    reason: Mapped[str | None]
    policy_version: Mapped[int | None]
    detail: Mapped[str]
    __table_args__ = (
        Index("ix_audit_subject_id", "tenant_id", "subject_id"),
        Index(
            "ix_audit_deleted",
            "tenant_id",
            "at",
            sqlite_where=DELETED_BY_PROVIDER,
            postgresql_where=DELETED_BY_PROVIDER,
        ),
        Index(
            "ix_audit_deactivated",
            "tenant_id",
            "at",
            sqlite_where=DEACTIVATED_BY_PROVIDER,
            postgresql_where=DEACTIVATED_BY_PROVIDER,
        ),
    )


class AuditLinkRow(Row):
    """The place of an audit entry in the chain of its tenant; ``hash`` covers the entry and the hash before."""

    __tablename__ = "audit_links"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Sequence, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Key)
    hash: Mapped[str]
    __table_args__ = (UniqueConstraint("tenant_id", "entry_id"),)


class AuditHeadRow(Row):
    """Where the chain of a tenant ends; the lock under which it grows."""

    __tablename__ = "audit_heads"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Sequence)
    hash: Mapped[str]
    sealed_at: Mapped[datetime | None]


class OutboxRow(Row):
    """An event to be told; written with the change.

    ``seq`` is the order of writing, which is not that of committing: ``position`` is given once the row is seen.
    """

    __tablename__ = "outbox"
    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    tenant_id: Mapped[int]
    id: Mapped[str]
    txn: Mapped[str]
    type: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    payload: Mapped[str]
    created_at: Mapped[datetime]
    position: Mapped[int | None] = mapped_column(Sequence, server_default=text("NULL"))
    __table_args__ = (
        Index("ix_outbox_subject_id", "tenant_id", "subject_id"),
        Index("ix_outbox_waiting", "tenant_id", "seq", sqlite_where=WAITING, postgresql_where=WAITING),
    )
