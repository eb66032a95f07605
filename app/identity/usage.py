"""Note when credentials are used, and write it down once a minute, beside the requests."""

from __future__ import annotations

from collections import defaultdict
from threading import Event, Thread

import structlog
from flask import Flask, current_app
from flask.sansio.app import App
from sqlalchemy.exc import SQLAlchemyError

from app.beside import every
from app.runtime import EXTENSION as RUNTIME
from app.runtime import Runtime

EXTENSION = "scim-lifecycle-usage"
INTERVAL_S = 60.0


class Usage:
    """Remember which credentials were used since it was last written down."""

    def __init__(self, runtime: Runtime) -> None:
        """Write to the database of ``runtime``."""
        self._runtime = runtime
        self._used: set[tuple[int, str]] = set()

    def note(self, tenant_id: int, credential_id: str) -> None:
        """Remember that a credential is in use."""
        self._used.add((tenant_id, credential_id))

    def write(self) -> None:
        """Write down what was used; what a busy database refuses is written when it is used again."""
        used, self._used = self._used, set()
        by_tenant: dict[int, list[str]] = defaultdict(list)
        for tenant_id, credential_id in sorted(used):
            by_tenant[tenant_id].append(credential_id)
        for tenant_id, ids in by_tenant.items():
            try:
                with self._runtime.database.unit_of_work(tenant_id) as work:
                    work.credentials.used(ids, self._runtime.clock.now())
            except SQLAlchemyError as error:
                structlog.get_logger("app.identity").warning("last use not written", error=type(error).__name__)


def usage() -> Usage:
    """Return what this process has noted."""
    found: Usage = current_app.extensions[EXTENSION]
    return found


def keep_writing(app: Flask, stop: Event | None = None, interval: float = INTERVAL_S) -> Thread:
    """Start what writes once a minute until the process ends, or ``stop`` is set."""
    return every(interval, app.extensions[EXTENSION].write, "last-use", stop)


def install(app: App) -> None:
    """Let the application note what is used."""
    app.extensions[EXTENSION] = Usage(app.extensions[RUNTIME])
