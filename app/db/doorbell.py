"""Hear at once when an event has been committed: PostgreSQL rings, SQLite is looked at."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog
from psycopg import Connection as Psycopg
from psycopg import Error as PsycopgError
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.db.rows import OutboxRow

CHANNEL = "scim_lifecycle"
LOOK_EVERY = 0.05
LISTEN_FOR = 1.0
RECONNECT_AFTER = 1.0
_NEW = select(OutboxRow.tenant_id).where(OutboxRow.position.is_(None)).distinct()

log = structlog.get_logger("doorbell")
Heard = Callable[[int], None]


def listen(engine: Engine, heard: Heard, stop: Event) -> None:
    """Tell ``heard`` the tenant of each new event until told to stop; whoever listens must also look now and then."""
    wait = _listen if engine.dialect.name == "postgresql" else _look
    while not stop.is_set():
        try:
            wait(engine, heard, stop)
        except (SQLAlchemyError, PsycopgError, OSError) as error:
            log.warning("doorbell out of order", error=str(error).partition("\n")[0])
            stop.wait(RECONNECT_AFTER)


def call(connection: Connection, tenant_id: int) -> None:
    """Let those who listen look at a tenant; who looks at SQLite will see by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, str(tenant_id))))


def _listen(engine: Engine, heard: Heard, stop: Event) -> None:
    """Wait for notifications, on a connection of its own."""
    borrowed = engine.raw_connection()
    connection = borrowed.driver_connection
    borrowed.detach()
    try:
        if not isinstance(connection, Psycopg):
            raise TypeError("Only psycopg hears notifications.")
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            for rung in connection.notifies(timeout=LISTEN_FOR, stop_after=1):
                heard(int(rung.payload))
    finally:
        borrowed.close()


def _look(engine: Engine, heard: Heard, stop: Event) -> None:
    """Look for events without a place; the index of these is empty most of the time."""
    with engine.connect() as connection:
        while not stop.wait(LOOK_EVERY):
            for tenant_id in connection.execute(_NEW).scalars().all():
                heard(tenant_id)
