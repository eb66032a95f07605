"""Create the tables of the foundation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db.migrations.isolation import isolate
from app.db.types import Instant, Key, SearchJson

TENANT_TABLES = (
    "policies",
    "connections",
    "credentials",
    "users",
    "user_lookups",
    "groups",
    "members",
    "sessions",
    "audit",
    "outbox",
)
revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables of the foundation."""
    op.create_table('audit',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', Key(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('txn', sa.Text(), nullable=False),
    sa.Column('actor_type', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Text(), nullable=True),
    sa.Column('actor_name', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('policy_version', sa.Integer(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_audit'))
    )
    op.create_index('ix_audit_subject_id', 'audit', ['tenant_id', 'subject_id'], unique=False)

    op.create_table('connections',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('dialect', sa.Text(), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_connections')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_connections_tenant_id_name'))
    )
    op.create_table('groups',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', Key(), nullable=False),
    sa.Column('connection_id', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('display_name_key', Key(), nullable=False),
    sa.Column('unique_key', Key(), nullable=True),
    sa.Column('external_id', Key(), nullable=True),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('search', SearchJson, nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_groups')),
    sa.UniqueConstraint('tenant_id', 'unique_key', name=op.f('uq_groups_tenant_id_unique_key'))
    )
    op.create_index('ix_groups_display_name', 'groups', ['tenant_id', 'display_name_key', 'id'], unique=False)
    op.create_index('ix_groups_external_id', 'groups', ['tenant_id', 'external_id', 'id'], unique=False)

    op.create_table('outbox',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('txn', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Text(), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_outbox'))
    )
    op.create_index('ix_outbox_subject_id', 'outbox', ['tenant_id', 'subject_id'], unique=False)

    op.create_table('policies',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'version', name=op.f('pk_policies'))
    )
    op.create_table('tenants',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('policy_version', sa.Integer(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenants')),
    sa.UniqueConstraint('slug', name=op.f('uq_tenants_slug'))
    )
    op.create_table('user_lookups',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('key', Key(), nullable=False),
    sa.Column('user_id', Key(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'path', 'key', 'user_id', name=op.f('pk_user_lookups'))
    )
    op.create_index('ix_user_lookups_user_id', 'user_lookups', ['tenant_id', 'user_id', 'path', 'key'], unique=False)

    op.create_table('users',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', Key(), nullable=False),
    sa.Column('connection_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column("active_assigned", sa.Boolean(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('user_name', sa.Text(), nullable=False),
    sa.Column('user_name_key', Key(), nullable=False),
    sa.Column('external_id', Key(), nullable=True),
    sa.Column('display_name', sa.Text(), nullable=True),
    sa.Column('display_name_key', Key(), nullable=True),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('search', SearchJson, nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('deactivated_at', Instant(), nullable=True),
    sa.Column('tombstoned_at', Instant(), nullable=True),
    sa.Column('purge_after', Instant(), nullable=True),
    sa.Column('purged_at', Instant(), nullable=True),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('tokens_valid_after', Instant(), nullable=True),
    sa.Column('former_groups', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_users'))
    )
    op.create_index('ix_users_display_name', 'users', ['tenant_id', 'display_name_key', 'id'], unique=False)
    op.create_index('ix_users_external_id', 'users', ['tenant_id', 'external_id', 'id'], unique=False)
    op.create_index('ix_users_purge_after', 'users', ['tenant_id', 'purge_after'], unique=False, sqlite_where=sa.text("state = 'tombstoned'"), postgresql_where=sa.text("state = 'tombstoned'"))
    op.create_index('ix_users_user_name', 'users', ['tenant_id', 'user_name_key'], unique=False)
    op.create_index('ux_users_user_name', 'users', ['tenant_id', 'user_name_key'], unique=True, sqlite_where=sa.text("state IN ('active', 'inactive')"), postgresql_where=sa.text("state IN ('active', 'inactive')"))

    op.create_table('credentials',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('connection_id', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=False),
    sa.Column('last_four', sa.Text(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=True),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'connection_id'], ['connections.tenant_id', 'connections.id'], name=op.f('fk_credentials_tenant_id_connection_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_credentials')),
    sa.UniqueConstraint('tenant_id', 'token_hash', name=op.f('uq_credentials_tenant_id_token_hash'))
    )
    op.create_table('members',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('group_id', Key(), nullable=False),
    sa.Column('member_id', Key(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('display', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'group_id'], ['groups.tenant_id', 'groups.id'], name=op.f('fk_members_tenant_id_group_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'group_id', 'member_id', name=op.f('pk_members'))
    )
    op.create_index('ix_members_member_id', 'members', ['tenant_id', "member_id", "group_id"], unique=False)
    op.create_index('ix_members_nested', 'members', ['tenant_id', 'group_id', 'member_id'], unique=False, sqlite_where=sa.text("type = 'Group'"), postgresql_where=sa.text("type = 'Group'"))

    op.create_table('sessions',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('id', Key(), nullable=False),
    sa.Column('user_id', Key(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('client', sa.Text(), nullable=True),
    sa.Column('device', sa.Text(), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=True),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('end_cause', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_sessions_tenant_id_user_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('tenant_id', 'token_hash', name=op.f('uq_sessions_tenant_id_token_hash'))
    )
    op.create_index('ix_sessions_user_id', 'sessions', ['tenant_id', 'user_id'], unique=False)
    for table in TENANT_TABLES:
        isolate(table)


def downgrade() -> None:
    """Undo it."""
    op.drop_index('ix_sessions_user_id', table_name='sessions')

    op.drop_table('sessions')
    op.drop_index('ix_members_nested', table_name='members', sqlite_where=sa.text("type = 'Group'"), postgresql_where=sa.text("type = 'Group'"))
    op.drop_index('ix_members_member_id', table_name='members')

    op.drop_table('members')
    op.drop_table('credentials')
    op.drop_index('ux_users_user_name', table_name='users', sqlite_where=sa.text("state IN ('active', 'inactive')"), postgresql_where=sa.text("state IN ('active', 'inactive')"))
    op.drop_index('ix_users_user_name', table_name='users')
    op.drop_index('ix_users_purge_after', table_name='users', sqlite_where=sa.text("state = 'tombstoned'"), postgresql_where=sa.text("state = 'tombstoned'"))
    op.drop_index('ix_users_external_id', table_name='users')
    op.drop_index('ix_users_display_name', table_name='users')

    op.drop_table('users')
    op.drop_index('ix_user_lookups_user_id', table_name='user_lookups')

    op.drop_table('user_lookups')
    op.drop_table('tenants')
    op.drop_table('policies')
    op.drop_index('ix_outbox_subject_id', table_name='outbox')

    op.drop_table('outbox')
    op.drop_index('ix_groups_external_id', table_name='groups')
    op.drop_index('ix_groups_display_name', table_name='groups')

    op.drop_table('groups')
    op.drop_table('connections')
    op.drop_index('ix_audit_subject_id', table_name='audit')

    op.drop_table('audit')
