"""Log one line a request and count requests; never a query, a token or a body, which may hold personal data."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

import orjson
import structlog
from flask import Flask, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client import REGISTRY as PROCESS
from prometheus_client.multiprocess import MultiProcessCollector
from structlog.typing import Processor
from uuid_utils import uuid7

from app.config import Settings
from app.lines import EXTENSION as LINES
from app.lines import Lines
from app.runtime import present

REQUEST_ID = "X-Request-Id"
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_LABELS = ("method", "route", "status")
_REQUEST_ID = "HTTP_X_REQUEST_ID"

Line = dict[str, Any]
Tell = Callable[[Line], None]

log = structlog.get_logger("request")
REQUESTS = Counter("scim_http_requests_total", "Requests answered.", _LABELS)
TOLERANCES = Counter("scim_tolerances_total", "Requests that a dialect had to forgive.", ("dialect", "tolerance"))
DURATIONS = Histogram("scim_http_request_duration_seconds", "Time from request to answer.", ("method", "route"))


def install(app: Flask, settings: Settings) -> None:
    """Give each request an id, a line in the log and, if wanted, a place in the metrics."""
    configure(settings)
    app.before_request(_begin)
    lines = app.extensions[LINES] = Lines()
    end, tell = _end_measured if settings.metrics_enabled else _end, teller(settings, lines)
    app.after_request(lambda response: end(tell, response))
    if settings.metrics_enabled:
        app.add_url_rule("/metrics", "metrics", metrics)


def configure(settings: Settings) -> None:
    """Send structured logs, those of libraries too, to standard error."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *renderer(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_standard_error,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer(settings)],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def _standard_error(*_names: str) -> structlog.WriteLogger:
    """Return what writes an entry at once, so that processes do not write into each other's lines."""
    return structlog.WriteLogger(sys.stderr)


def renderer(settings: Settings) -> list[Processor]:
    """Return what writes a log entry: aligned for people at a terminal, as JSON for machines, unless told otherwise."""
    if not _for_people(settings):
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    plain = structlog.dev.plain_traceback
    # repr keeps a line break in a path from forging a second entry
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain, repr_native_str=True)]


def _for_people(settings: Settings) -> bool:
    return settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())


def _json(entry: Any, **_options: Any) -> str:
    return _encoded(entry).decode()


def _encoded(entry: Any) -> bytes:
    return orjson.dumps(entry, default=str, option=orjson.OPT_UTC_Z)


def teller(settings: Settings, lines: Lines) -> Tell:
    """Return what writes the line of a request; for machines not by structlog, which would cost half of a read."""
    if getattr(logging, settings.log_level.upper()) > logging.INFO:
        return lambda _line: None
    return _tell_people if _for_people(settings) else partial(_tell_machines, lines)


def _tell_people(line: Line) -> None:
    log.info("request", **line)


def _tell_machines(lines: Lines, line: Line) -> None:
    lines.tell(_encoded({**line, "event": "request", "level": "info", "timestamp": datetime.now(UTC)}))


def metrics() -> Response:
    """Answer with all counts."""
    return Response(generate_latest(_counts()), content_type=CONTENT_TYPE_LATEST)


def serve_counts(port: int) -> None:
    """Serve all counts on this machine alone, beside a worker."""
    start_http_server(port, "127.0.0.1", _counts())


def _counts() -> CollectorRegistry:
    """Return the counts, those of the other worker processes too."""
    if not os.environ.get(MULTIPROCESS):
        return PROCESS
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _begin() -> None:
    about, asked = present()
    about.started = perf_counter()
    given = asked.environ.get(_REQUEST_ID)
    about.request_id = given if given and _SANE_ID.fullmatch(given) else str(uuid7())


def _end(tell: Tell, response: Response) -> Response:
    about, asked = present()
    response.headers.add(REQUEST_ID, about.request_id)
    if asked.path not in _QUIET:
        tell(_line(about, asked, response.status_code))
    return response


def _line(about: Any, asked: Request, status: int) -> Line:
    principal = about.get("principal")
    forgiven = about.get("tolerances")
    line = {
        "method": asked.method,
        "route": _route(about, asked),
        "path": asked.path,
        "status": status,
        "duration_ms": round((perf_counter() - about.started) * 1000, 2),
        "tenant": about.get("tenant") or (asked.view_args or {}).get("tenant"),
        "principal": principal and principal.id,
        "request_id": about.request_id,
    }
    return {**line, "tolerances": sorted(set(forgiven))} if forgiven else line


def _end_measured(tell: Tell, response: Response) -> Response:
    about, asked = present()
    method, route = asked.method if asked.method in _METHODS else "other", _route(about, asked)
    REQUESTS.labels(method, route, response.status_code).inc()
    DURATIONS.labels(method, route).observe(perf_counter() - about.started)
    for tolerance in set(about.get("tolerances") or ()):
        TOLERANCES.labels(about.principal.dialect, tolerance).inc()
    return _end(tell, response)


def _route(about: Any, asked: Request) -> str:
    """Return the template of the address, which holds no ids, so that it may label metrics."""
    finer: str | None = about.get("route")
    if finer:
        return finer
    return asked.url_rule.rule if asked.url_rule else "unknown"
