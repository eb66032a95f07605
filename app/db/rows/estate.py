"""What users hold and own at the host application, and where that is asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key

ANYWHERE = ""
"""Stands for no scope, and for no owner of counted work: NULL cannot be part of a key."""


class EntitlementRow(Row):
    """A seat or licence that a user holds; what all active users hold has no rows."""

    __tablename__ = "entitlements"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    pool: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, primary_key=True)
    since: Mapped[datetime]
    __table_args__ = (
        Index("ix_entitlements_user_id", "tenant_id", "user_id"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )


class WorkItemRow(Row):
    """A thing of the host application that users own; ``former_owner`` lost it by being deactivated."""

    __tablename__ = "work_items"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    owner: Mapped[str | None] = mapped_column(Key)
    created_by: Mapped[str | None] = mapped_column(Key)
    state: Mapped[str]
    scope: Mapped[str]
    transferable: Mapped[bool]
    reason: Mapped[str | None]
    former_owner: Mapped[str | None] = mapped_column(Key)
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_work_items_owner", "tenant_id", "owner", "type", "state", "scope"),
        Index("ix_work_items_former_owner", "tenant_id", "former_owner"),
        Index("ix_work_items_scope", "tenant_id", "type", "scope", "state"),
    )


class WorkCountRow(Row):
    """How much work somebody owns, where the host application tells no more than that."""

    __tablename__ = "work_counts"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Key, primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class PrecheckRow(Row):
    """Where the host application is asked before a user leaves; ``sealed`` is the secret that signs the question."""

    __tablename__ = "prechecks"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    sealed: Mapped[str]
    updated_at: Mapped[datetime]
