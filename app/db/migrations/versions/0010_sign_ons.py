"""Know more of sessions and credentials, and where users sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns and the table."""
    for name in ("idp_iss", "idp_sub", "idp_sid"):
        op.add_column("sessions", sa.Column(name, sa.Text(), nullable=True))
    for name in ("last_seen_at", "deferred_at"):
        op.add_column("sessions", sa.Column(name, Instant(), nullable=True))
    op.add_column("sessions", sa.Column("idle_s", sa.Integer(), nullable=True))
    for name in ("idp_sub", "idp_sid"):
        known = sa.text(f"{name} IS NOT NULL")
        columns = ["tenant_id", "idp_iss", name]
        op.create_index(f"ix_sessions_{name}", "sessions", columns, sqlite_where=known, postgresql_where=known)
    op.create_table(
        "sign_ons",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("algorithms", sa.Text(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=True),
        sa.Column("jwks_uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name=op.f("fk_sign_ons_tenant_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "connection_id", name=op.f("pk_sign_ons")),
    )
    op.create_index("ix_sign_ons_issuer", "sign_ons", ["tenant_id", "issuer"])
    isolate("sign_ons")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("sign_ons")
    for name in ("idp_sub", "idp_sid"):
        op.drop_index(f"ix_sessions_{name}", table_name="sessions")
    for name in ("idle_s", "deferred_at", "last_seen_at", "idp_sid", "idp_sub", "idp_iss"):
        op.drop_column("sessions", name)
