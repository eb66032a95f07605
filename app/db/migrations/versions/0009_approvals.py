"""Keep who agreed that a deleted user is purged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "purge_approvals",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("approved_by", Key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_purge_approvals_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "approved_by", "at", name=op.f("pk_purge_approvals")),
    )
    isolate("purge_approvals")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("purge_approvals")
