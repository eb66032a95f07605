"""Keep what identity providers asked, and what they were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "requests",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("subject_id", Key(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("tolerances", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("remedies", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_requests")),
    )
    known = sa.text("subject_id IS NOT NULL")
    op.create_index(
        "ix_requests_subject_id",
        "requests",
        ["tenant_id", "subject_id", "id"],
        sqlite_where=known,
        postgresql_where=known,
    )
    isolate("requests")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("requests")
