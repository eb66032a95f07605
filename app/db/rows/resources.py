"""Resources of an operator's types, and the values that are had once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key, SearchJson

HELD = text("held")


class ResourceRow(Row):
    """A resource of a type that an operator's files declare."""

    __tablename__ = "resources"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    version: Mapped[int]
    external_id: Mapped[str | None] = mapped_column(Key)
    document: Mapped[str]
    search: Mapped[dict[str, Any]] = mapped_column(SearchJson)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (Index("ix_resources_external_id", "tenant_id", "type", "external_id", "id"),)


class ResourceKeyRow(Row):
    """A unique value of a resource; deleted users keep theirs in case they return, until somebody else wants them."""

    __tablename__ = "resource_keys"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Key, primary_key=True)
    resource_id: Mapped[str] = mapped_column(Key, primary_key=True)
    scope: Mapped[str] = mapped_column(Key, primary_key=True)
    path: Mapped[str] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    held: Mapped[bool]
    __table_args__ = (
        Index(
            "ux_resource_keys_key",
            "tenant_id",
            "scope",
            "path",
            "key",
            unique=True,
            sqlite_where=HELD,
            postgresql_where=HELD,
        ),
    )
