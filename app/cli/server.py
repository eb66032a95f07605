"""Serve the application with gunicorn: several processes, threads in each, a calm end on SIGTERM."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any

from gunicorn import glogging  # type: ignore[import-untyped]
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine  # type: ignore[import-untyped]
from gunicorn.util import write_nonblock  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from app import create_app
from app.cli.counts import MEMORY, MULTIPROCESS, shared_counts
from app.config import Settings
from app.identity.logbook import keep_writing as keep_logging
from app.identity.usage import keep_writing
from app.lines import keep_writing as keep_telling

if TYPE_CHECKING:
    from flask import Flask

LONGEST_REQUEST_LINE = 8190
GRACE_S = 30
YOUNG = 10_000
"""After so many new objects the collector looks for circles; a request makes hundreds, and hardly any circle."""
OVERLONG = {
    LimitRequestLine: (414, "URI Too Long", f"The URL is longer than {LONGEST_REQUEST_LINE} bytes; use POST /.search."),
    LimitRequestHeaders: (431, "Request Header Fields Too Large", "The headers are too large."),
}


def options(host: str, port: int, workers: int, threads: int) -> dict[str, Any]:
    """Return gunicorn's settings; what it offers beyond serving is off."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": Worker,
        "logger_class": Log,
        "preload_app": False,
        "keepalive": 75,
        "timeout": 60,
        "graceful_timeout": GRACE_S,
        "limit_request_line": LONGEST_REQUEST_LINE,
        "limit_request_fields": 100,
        "max_requests": 200_000,
        "max_requests_jitter": 20_000,
        "worker_tmp_dir": str(MEMORY) if os.access(MEMORY, os.W_OK) else None,
        "control_socket_disable": True,
        # a client behind a local proxy must not choose where its request lands, nor who it seems to be
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "worker_exit": _end,
        "child_exit": _forget_counts,
        "proc_name": "scim-lifecycle",
    }


class Server(BaseApplication):  # type: ignore[misc]
    """Run gunicorn from here, with the settings that were checked before the first fork."""

    def __init__(self, settings: Settings, chosen: dict[str, Any], *, telling: bool = False) -> None:
        self.settings = settings
        self.chosen = chosen
        self.telling = telling
        self.endings: list[Callable[[], None]] = []
        super().__init__()

    def load_config(self) -> None:
        """Hand over our settings; gunicorn's own files and variables are not read."""
        for name, value in self.chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in a worker, so that no process shares a database connection."""
        app = create_app(self.settings)
        keep_writing(app)
        self.endings += [keep_logging(app), keep_telling(app)]
        if self.telling:
            self.endings.insert(0, _tell(app))
        # what was loaded stays: the collector of garbage need not walk it again for each request
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)
        return app


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answer a URL that no parser reads to its end as a SCIM error, since long filters make such URLs."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Write the answer that the application cannot give (RFC 7644 §3.12)."""
        if type(exc) not in OVERLONG:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Refused a request of %s: %s", (addr or ("", 0))[0], type(exc).__name__)
        write_nonblock(client, _refusal(*OVERLONG[type(exc)]))


class Log(glogging.Logger):  # type: ignore[misc]
    """Let gunicorn's messages look like all others."""

    def setup(self, cfg: Any) -> None:
        """Leave the writing to the root logger."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def run(settings: Settings, chosen: dict[str, Any], *, telling: bool = False) -> None:
    """Serve until told to stop; ``telling``, tell events from the same process, which must be the only one."""
    with shared_counts() if settings.metrics_enabled else nullcontext():
        # the folder of shared counts is looked for when the library is imported
        from app.telemetry import configure

        configure(settings)
        Server(settings, chosen, telling=telling).run()


def _tell(app: Flask) -> Callable[[], None]:
    """Work beside the requests, and return what lets that end: what is being sent is sent to its end."""
    from app.cli.worker import hired
    from app.runtime import EXTENSION

    worker = hired(app.extensions[EXTENSION])
    thread = Thread(target=worker.run, name="worker", daemon=True)
    thread.start()

    def end() -> None:
        worker.stop()
        thread.join(GRACE_S)

    return end


def _end(_server: Any, worker: Any) -> None:
    """Let what goes on beside the requests come to its end, after the last of them."""
    for end in worker.app.endings:
        end()


def _refusal(status: int, reason: str, detail: str) -> bytes:
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    body = json.dumps({"schemas": [schema], "status": str(status), "detail": detail})
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


def _forget_counts(_server: Any, worker: Any) -> None:
    if os.environ.get(MULTIPROCESS):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
