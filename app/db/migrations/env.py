"""Run migrations on the connection that `app.db.migrate` opened."""

from alembic import context

from app.db.rows import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
