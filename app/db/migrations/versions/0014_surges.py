"""Keep when identity providers took away too many users at once, and count what they take away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key

revision = "0014"
down_revision = "0013"
COUNTED = {"ix_audit_deleted": "user.deleted", "ix_audit_deactivated": "user.deactivated"}


def upgrade() -> None:
    """Create the tables, and the indexes by which changes of a while are counted."""
    op.create_table(
        "surges",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("let_until", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_surges")),
    )
    held = sa.text("state = 'held'")
    op.create_index(
        "ux_surges_held", "surges", ["tenant_id", "kind"], unique=True, sqlite_where=held, postgresql_where=held
    )
    op.create_index("ix_surges_began_at", "surges", ["tenant_id", "kind", "began_at"])
    op.create_table(
        "held_deletions",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("surge_id", Key(), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "surge_id"], ["surges.tenant_id", "surges.id"], name=op.f("fk_held_deletions_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name=op.f("fk_held_deletions_tenant_id_user_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "surge_id", "user_id", name=op.f("pk_held_deletions")),
    )
    op.create_index("ix_held_deletions_user_id", "held_deletions", ["tenant_id", "user_id"])
    for table in ("surges", "held_deletions"):
        isolate(table)
    for name, action in COUNTED.items():
        where = sa.text(f"action = '{action}' AND actor_type = 'connection'")
        op.create_index(name, "audit", ["tenant_id", "at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Undo it."""
    for name in COUNTED:
        op.drop_index(name, "audit")
    op.drop_table("held_deletions")
    op.drop_table("surges")
