"""Users and the keys they are looked up by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key, SearchJson

LIVE = text("state IN ('active', 'inactive')")
GONE = text("state NOT IN ('active', 'inactive')")
SCHEDULED = text("state = 'active' AND deactivate_at IS NOT NULL")


class UserRow(Row):
    """A user: what is searched, unique or decided upon as columns, the SCIM representation as one document."""

    __tablename__ = "users"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[str | None]
    state: Mapped[str]
    active_assigned: Mapped[bool]
    reason: Mapped[str | None]
    version: Mapped[int]
    user_name: Mapped[str]
    user_name_key: Mapped[str] = mapped_column(Key)
    external_id: Mapped[str | None] = mapped_column(Key)
    display_name: Mapped[str | None]
    display_name_key: Mapped[str | None] = mapped_column(Key)
    document: Mapped[str]
    search: Mapped[dict[str, Any]] = mapped_column(SearchJson)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]
    deactivate_at: Mapped[datetime | None]
    tombstoned_at: Mapped[datetime | None]
    purge_after: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    session_epoch: Mapped[int]
    signed_in: Mapped[bool | None]
    tokens_valid_after: Mapped[datetime | None]
    former_groups: Mapped[str | None]
    __table_args__ = (
        Index(
            "ux_users_user_name",
            "tenant_id",
            "user_name_key",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_users_user_name", "tenant_id", "user_name_key"),
        Index("ix_users_state", "tenant_id", "state"),
        Index("ix_users_external_id", "tenant_id", "external_id", "id"),
        Index("ix_users_display_name", "tenant_id", "display_name_key", "id"),
        Index(
            "ix_users_purge_after",
            "tenant_id",
            "purge_after",
            sqlite_where=text("state = 'tombstoned'"),
            postgresql_where=text("state = 'tombstoned'"),
        ),
        Index(
            "ix_users_deactivate_at",
            "tenant_id",
            "deactivate_at",
            sqlite_where=SCHEDULED,
            postgresql_where=SCHEDULED,
        ),
    )


class UserLookupRow(Row):
    """A key that users are looked up by, of a multi-valued attribute such as ``emails.value``."""

    __tablename__ = "user_lookups"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key, primary_key=True)
    __table_args__ = (Index("ix_user_lookups_user_id", "tenant_id", "user_id", "path", "key"),)
