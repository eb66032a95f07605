"""Count the users in a state by an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Put the index on all states in the place of the one on active users."""
    op.drop_index("ix_users_active", "users")
    op.create_index("ix_users_state", "users", ["tenant_id", "state"])


def downgrade() -> None:
    """Put the old one back."""
    active = sa.text("state = 'active'")
    op.drop_index("ix_users_state", "users")
    op.create_index("ix_users_active", "users", ["tenant_id"], sqlite_where=active, postgresql_where=active)
