"""Bring a database to the schema of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from app.db.engine import open_engine
from app.db.transactions import transaction

_ADVISORY_LOCK = 0x5C1317


def upgrade(url: str) -> None:
    """Apply the missing migrations; two that run at once wait for each other."""
    engine = open_engine(url)
    try:
        # Alembic asks SQLAlchemy whether a transaction is open, and would otherwise commit by itself
        with engine.connect() as connection, connection.begin(), transaction(connection):
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            command.upgrade(_config(connection), "head")
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the schema of this version."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config
