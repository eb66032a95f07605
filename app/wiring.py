"""Open what a process needs, from its settings."""

from __future__ import annotations

from app.config import Settings
from app.db.engine import open_engine
from app.db.work import Database
from app.lifecycle.clock import Clock, SystemClock
from app.outbound import Destinations, Outbound
from app.runtime import Runtime


def open_runtime(settings: Settings, clock: Clock | None = None) -> Runtime:
    """Return the settings, the database, the clock and the way out of a process."""
    outbound = Outbound(Destinations.of(settings.outbound_allow, settings.outbound_ports))
    engine = open_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        lock_timeout_ms=settings.lock_timeout_ms,
    )
    return Runtime(settings, Database(engine), clock or SystemClock(), outbound)
