"""Tell endpoints of events, and do chores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key, Sequence

revision = "0004"
down_revision = "0003"

WAITING, PENDING = sa.text("position IS NULL"), sa.text("state = 'pending'")
TABLES = ("attempts", "deliveries", "endpoints", "relays", "chores")
RING = """
CREATE FUNCTION scim_lifecycle_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM endpoints) THEN
        PERFORM pg_notify('scim_lifecycle', current_setting('scim_lifecycle.tenant', true));
    END IF;
    RETURN NULL;
END $$
"""
BELL = """
CREATE TRIGGER ring AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION scim_lifecycle_ring()
"""


def upgrade() -> None:
    """Create the tables, and let PostgreSQL ring when an event is committed to a tenant that tells anybody."""
    op.add_column("outbox", sa.Column("position", Sequence, nullable=True))
    op.create_index(
        "ix_outbox_waiting", "outbox", ["tenant_id", "seq"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        "relays",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("position", Sequence, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_relays")),
    )
    op.create_table(
        "endpoints",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "deliveries",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", Key(), nullable=False),
        sa.Column("position", Sequence, nullable=False),
        sa.Column("form", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("event_seq", Sequence, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["endpoints.tenant_id", "endpoints.id"],
            name=op.f("fk_deliveries_tenant_id_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "endpoint_id", "position", "form", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_deliveries_tenant_id_id")),
    )
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["tenant_id", "endpoint_id", "position", "form"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["tenant_id", "created_at"])
    op.create_table(
        "attempts",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["deliveries.tenant_id", "deliveries.id"],
            name=op.f("fk_attempts_tenant_id_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "delivery_id", "id", name=op.f("pk_attempts")),
    )
    op.create_table(
        "chores",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_chores")),
    )
    for table in TABLES:
        isolate(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(RING)
        op.execute(BELL)


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ring ON outbox")
        op.execute("DROP FUNCTION scim_lifecycle_ring()")
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_column("outbox", "position")
