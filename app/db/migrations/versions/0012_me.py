"""Let a connection stand for a user."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column."""
    op.add_column("connections", sa.Column("user_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("connections", "user_id")
