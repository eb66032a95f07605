"""Row-level security, which each migration that makes a tenant's table turns on."""

from alembic import op


def isolate(table: str) -> None:
    """Let a PostgreSQL connection see and write only the rows of the tenant it is bound to."""
    if op.get_bind().dialect.name != "postgresql":
        return
    bound = "tenant_id = NULLIF(current_setting('scim_lifecycle.tenant', true), '')::int"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant_isolation ON {table} USING ({bound}) WITH CHECK ({bound})")
