"""Seal the audit trail into a chain, and refuse to change either."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key, Sequence

revision = "0007"
down_revision = "0006"

APPEND_ONLY = ("audit", "audit_links")
REFUSAL = "The audit trail is only added to."


def upgrade() -> None:
    """Create the tables, and the triggers that refuse to change what is written."""
    op.create_table(
        "audit_links",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("position", Sequence, nullable=False),
        sa.Column("entry_id", Key(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "position", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_audit_links_tenant_id")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("position", Sequence, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_heads")),
    )
    isolate("audit_links")
    isolate("audit_heads")
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        _refuse_on_sqlite()


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_to_change_audit() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit()"
        )


def _refuse_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def downgrade() -> None:
    """Drop the tables and the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER append_only ON audit")
    else:
        op.execute("DROP TRIGGER audit_refuses_update")
        op.execute("DROP TRIGGER audit_refuses_delete")
    op.drop_table("audit_heads")
    op.drop_table("audit_links")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_audit()")
