"""Groups and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key, SearchJson


class GroupRow(Row):
    """A group without its members; ``unique_key`` is set while the tenant's policy wants display names unique."""

    __tablename__ = "groups"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[str | None]
    version: Mapped[int]
    display_name: Mapped[str]
    display_name_key: Mapped[str] = mapped_column(Key)
    unique_key: Mapped[str | None] = mapped_column(Key)
    external_id: Mapped[str | None] = mapped_column(Key)
    document: Mapped[str]
    search: Mapped[dict[str, Any]] = mapped_column(SearchJson)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("tenant_id", "unique_key"),
        Index("ix_groups_display_name", "tenant_id", "display_name_key", "id"),
        Index("ix_groups_external_id", "tenant_id", "external_id", "id"),
    )


class MemberRow(Row):
    """One member of one group."""

    __tablename__ = "members"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(Key, primary_key=True)
    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    type: Mapped[str]
    display: Mapped[str | None]
    __table_args__ = (
        Index("ix_members_member_id", "tenant_id", "member_id", "group_id"),
        Index(
            "ix_members_nested",
            "tenant_id",
            "group_id",
            "member_id",
            sqlite_where=text("type = 'Group'"),
            postgresql_where=text("type = 'Group'"),
        ),
        ForeignKeyConstraint(["tenant_id", "group_id"], ["groups.tenant_id", "groups.id"], ondelete="CASCADE"),
    )
