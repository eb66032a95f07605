"""The tables; every key of a tenant's table starts with ``tenant_id``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, MetaData, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.types import Instant, Key, SearchJson, Sequence

LIVE = text("state IN ('active', 'inactive')")


class Row(DeclarativeBase):
    """Declare what all tables share: names of constraints that migrations can address."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant, str: Text}


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


class ConnectionRow(Row):
    """One identity provider's link to a tenant."""

    __tablename__ = "connections"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dialect: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class CredentialRow(Row):
    """A bearer token of a connection (``kind`` scim) or of the host application (``kind`` api), as its hash."""

    __tablename__ = "credentials"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    kind: Mapped[str]
    connection_id: Mapped[str | None]
    name: Mapped[str]
    scopes: Mapped[str]
    last_four: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["connections.tenant_id", "connections.id"]),
    )


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
    tombstoned_at: Mapped[datetime | None]
    purge_after: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    session_epoch: Mapped[int]
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
        Index("ix_users_external_id", "tenant_id", "external_id", "id"),
        Index("ix_users_display_name", "tenant_id", "display_name_key", "id"),
        Index(
            "ix_users_purge_after",
            "tenant_id",
            "purge_after",
            sqlite_where=text("state = 'tombstoned'"),
            postgresql_where=text("state = 'tombstoned'"),
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


class SessionRow(Row):
    """A session of a user at the host application; alive only while its epoch is the user's."""

    __tablename__ = "sessions"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key)
    token_hash: Mapped[str | None]
    kind: Mapped[str]
    client: Mapped[str | None]
    device: Mapped[str | None]
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_cause: Mapped[str | None]
    __table_args__ = (
        Index("ix_sessions_user_id", "tenant_id", "user_id"),
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
    )


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
    __table_args__ = (Index("ix_audit_subject_id", "tenant_id", "subject_id"),)


class OutboxRow(Row):
    """An event to be told, in the order it happened; written with the change."""

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
    __table_args__ = (Index("ix_outbox_subject_id", "tenant_id", "subject_id"),)
