"""Answer what no surface answers, as problem details without internals (RFC 9457)."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, json
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

log = structlog.get_logger("app")
RETRY_AFTER = "1"


def install(app: Flask) -> None:
    """Let ``app`` answer unknown routes, wrong methods and its own failures."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(Exception, _failed)


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """Return problem details that name the request, so that its log line can be found."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    document["request_id"] = g.get("request_id")
    body = json.dumps({name: value for name, value in document.items() if value is not None})
    return Response(body, status, content_type="application/problem+json")


def _refused(error: HTTPException) -> Response:
    answer = error.get_response()
    if error.code is None or error.code < 400:
        return Response(answer.get_data(), answer.status, answer.headers)
    told = problem(error.code, error.name)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in answer.headers:
            told.headers[name] = answer.headers[name]
    return told


def _unavailable(error: Exception) -> Response:
    log.error("database unavailable", error=type(error).__name__, request_id=g.get("request_id"))
    told = problem(503, ServiceUnavailable().name, "The database does not answer; retry in a moment.")
    told.headers["Retry-After"] = RETRY_AFTER
    return told


def _failed(error: Exception) -> Response:
    log.error("request failed", exc_info=error, request_id=g.get("request_id"))
    return problem(500, InternalServerError().name)
