"""Keep the resources of an operator's types, unique values, and when a user's access is to end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key, SearchJson

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables of resources and of unique values, and the column of users."""
    op.create_table(
        "resources",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("type", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("external_id", Key(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("search", SearchJson, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "type", "id", name=op.f("pk_resources")),
    )
    op.create_index("ix_resources_external_id", "resources", ["tenant_id", "type", "external_id", "id"])
    op.create_table(
        "resource_keys",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("type", Key(), nullable=False),
        sa.Column("resource_id", Key(), nullable=False),
        sa.Column("scope", Key(), nullable=False),
        sa.Column("path", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "type", "resource_id", "scope", "path", "key", name=op.f("pk_resource_keys")
        ),
    )
    held = sa.text("held")
    op.create_index(
        "ux_resource_keys_key",
        "resource_keys",
        ["tenant_id", "scope", "path", "key"],
        unique=True,
        sqlite_where=held,
        postgresql_where=held,
    )
    for table in ("resources", "resource_keys"):
        isolate(table)
    op.add_column("users", sa.Column("deactivate_at", Instant(), nullable=True))
    scheduled = sa.text("state = 'active' AND deactivate_at IS NOT NULL")
    op.create_index(
        "ix_users_deactivate_at",
        "users",
        ["tenant_id", "deactivate_at"],
        sqlite_where=scheduled,
        postgresql_where=scheduled,
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_users_deactivate_at", "users")
    op.drop_column("users", "deactivate_at")
    op.drop_table("resource_keys")
    op.drop_table("resources")
