"""Keep reviews of who has access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reviews",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("overdue_told_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reviews")),
    )
    unfinished = sa.text("completed_at IS NULL")
    op.create_index(
        "ux_reviews_unfinished",
        "reviews",
        ["tenant_id"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_table(
        "reviewed",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("review_id", Key(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "review_id"], ["reviews.tenant_id", "reviews.id"], name=op.f("fk_reviewed_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_reviewed_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "user_id", name=op.f("pk_reviewed")),
    )
    for table in ("reviews", "reviewed"):
        isolate(table)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("reviewed")
    op.drop_table("reviews")
