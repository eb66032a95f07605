"""Keep legal holds, and what somebody still has to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "holds",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=True),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_holds_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_user_id", "holds", ["tenant_id", "user_id"])
    op.create_table(
        "obligations",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("guard", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due", Instant(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_obligations_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_obligations")),
    )
    op.create_index(
        "ux_obligations_open",
        "obligations",
        ["tenant_id", "user_id", "code"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    isolate("holds")
    isolate("obligations")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("obligations")
    op.drop_table("holds")
