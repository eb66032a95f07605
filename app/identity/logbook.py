"""Remember the requests of identity providers, and write them down every few moments, beside the requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from threading import Lock

import structlog
from flask import Flask, current_app
from flask.sansio.app import App
from sqlalchemy.exc import SQLAlchemyError

from app.beside import every
from app.db.request_log import Request
from app.runtime import EXTENSION as RUNTIME
from app.runtime import Runtime

EXTENSION = "scim-lifecycle-logbook"
INTERVAL_S = 2.0
MOST = 20_000
"""So many requests wait to be written; what comes on top, while the database is away, is not kept."""
MOST_OF_STRANGERS = 100
"""So many of those without a valid token, so that nobody fills the database from outside."""


class Logbook:
    """Gather requests until they are written."""

    def __init__(self, runtime: Runtime) -> None:
        """Write to the database of ``runtime``."""
        self._runtime = runtime
        self._noted: list[tuple[int, Request]] = []
        self._strangers = 0
        self._lock = Lock()
        self.keeps = runtime.settings.request_log_days > 0

    def note(self, tenant_id: int, request: Request) -> None:
        """Remember a request."""
        if request.connection_id is None:
            self._strangers += 1
            if self._strangers > MOST_OF_STRANGERS:
                return
        if len(self._noted) < MOST:
            self._noted.append((tenant_id, request))

    def write(self) -> None:
        """Write down what was noted; what a busy database refuses is written the next time."""
        with self._lock:
            noted, self._noted, self._strangers = self._noted, [], 0
            by_tenant: dict[int, list[Request]] = defaultdict(list)
            for tenant_id, request in noted:
                by_tenant[tenant_id].append(request)
            for tenant_id, requests in sorted(by_tenant.items()):
                try:
                    with self._runtime.database.unit_of_work(tenant_id) as work:
                        work.request_log.add(requests)
                except SQLAlchemyError as error:
                    structlog.get_logger("app.identity").warning("requests not written", error=type(error).__name__)
                    self._noted[:0] = [(tenant_id, request) for request in requests]


def logbook() -> Logbook:
    """Return the logbook of this process."""
    found: Logbook = current_app.extensions[EXTENSION]
    return found


def keep_writing(app: Flask) -> Callable[[], None]:
    """Start what writes every few moments, and return what writes the last of it."""
    book: Logbook = app.extensions[EXTENSION]
    every(INTERVAL_S, book.write, "logbook")
    return book.write


def install(app: App) -> None:
    """Let the application note requests."""
    app.extensions[EXTENSION] = Logbook(app.extensions[RUNTIME])
