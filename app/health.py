"""Tell the platform whether this process lives, and whether it may be sent requests."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from app.db.migrate import is_current
from app.problems import problem
from app.runtime import runtime

log = structlog.get_logger("app")
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer while the process can; it asks nothing else, since a restart mends nothing else."""
    return _ok("alive")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Answer 200 when the database can be reached and has the schema of this version, 503 otherwise."""
    try:
        current = is_current(runtime().database.engine)
    except SQLAlchemyError as error:
        log.warning("not ready", error=type(error).__name__)
        return _not_ready("The database cannot be reached.")
    return _ok("ready") if current else _not_ready("The database has another schema; run: scim-lifecycle db upgrade")


def _ok(status: str) -> Response:
    return Response(f'{{"status":"{status}"}}', content_type="application/json", headers={"Cache-Control": "no-store"})


def _not_ready(detail: str) -> Response:
    told = problem(503, "Service Unavailable", detail)
    told.headers["Retry-After"] = "5"
    return told
