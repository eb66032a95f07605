"""Give each tenant keys to sign with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of signing keys."""
    op.create_table(
        "signing_keys",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed_private_jwk", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("retires_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "kid", name=op.f("pk_signing_keys")),
    )
    isolate("signing_keys")


def downgrade() -> None:
    """Undo it."""
    op.drop_table("signing_keys")
