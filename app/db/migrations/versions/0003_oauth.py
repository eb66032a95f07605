"""Let connections prove themselves by client secrets and JWTs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant

revision = "0003"
down_revision = "0002"
ACCESS = sa.text("kind = 'access'")


def upgrade() -> None:
    """Add how a connection proves itself, and what it needs for that."""
    op.add_column("connections", sa.Column("auth", sa.Text(), nullable=False, server_default="token"))
    op.add_column("credentials", sa.Column("last_used_at", Instant(), nullable=True))
    op.create_index("ix_credentials_connection_id", "credentials", ["tenant_id", "connection_id"])
    op.create_index(
        "ix_credentials_expires_at",
        "credentials",
        ["tenant_id", "expires_at"],
        sqlite_where=ACCESS,
        postgresql_where=ACCESS,
    )
    _create_trusts()
    op.create_table(
        "seen_jtis",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "jti", name=op.f("pk_seen_jtis")),
    )
    op.create_index("ix_seen_jtis_expires_at", "seen_jtis", ["tenant_id", "expires_at"])
    for table in ("trusts", "seen_jtis"):
        isolate(table)


def _create_trusts() -> None:
    op.create_table(
        "trusts",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("algorithms", sa.Text(), nullable=False),
        sa.Column("required_claims", sa.Text(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=True),
        sa.Column("jwks_uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name=op.f("fk_trusts_tenant_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", name=op.f("pk_trusts")),
    )
    op.create_index("ix_trusts_issuer", "trusts", ["tenant_id", "issuer"])


def downgrade() -> None:
    """Undo it."""
    op.drop_table("seen_jtis")
    op.drop_table("trusts")
    op.drop_index("ix_credentials_expires_at", table_name="credentials")
    op.drop_index("ix_credentials_connection_id", table_name="credentials")
    op.drop_column("credentials", "last_used_at")
    op.drop_column("connections", "auth")
