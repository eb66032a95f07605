"""Know of a user who has no sessions without looking for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Leave open for those who are there whether they have sessions."""
    op.add_column("users", sa.Column("signed_in", sa.Boolean(), nullable=True))
