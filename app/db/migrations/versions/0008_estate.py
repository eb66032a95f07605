"""Keep what users hold and own at the host application, and where it is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables, and count active users by an index."""
    op.create_index(
        "ix_users_active",
        "users",
        ["tenant_id"],
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "entitlements",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_entitlements_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "pool", "scope", "user_id", name=op.f("pk_entitlements")),
    )
    op.create_index("ix_entitlements_user_id", "entitlements", ["tenant_id", "user_id"])
    op.create_table(
        "work_items",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("owner", Key(), nullable=True),
        sa.Column("created_by", Key(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("transferable", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("former_owner", Key(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "type", "id", name=op.f("pk_work_items")),
    )
    op.create_index("ix_work_items_owner", "work_items", ["tenant_id", "owner", "type", "state", "scope"])
    op.create_index("ix_work_items_former_owner", "work_items", ["tenant_id", "former_owner"])
    op.create_index("ix_work_items_scope", "work_items", ["tenant_id", "type", "scope", "state"])
    op.create_table(
        "work_counts",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("owner", Key(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "owner", "type", "state", "scope", name=op.f("pk_work_counts")),
    )
    op.create_table(
        "prechecks",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_prechecks")),
    )
    for table in ("entitlements", "work_items", "work_counts", "prechecks"):
        isolate(table)
