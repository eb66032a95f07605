"""Tenants and their policies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row


class TenantRow(Row):
    """A customer of the host application; the only table that belongs to no tenant."""

    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    policy_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class PolicyRow(Row):
    """One version of a tenant's policy document."""

    __tablename__ = "policies"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    author: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
