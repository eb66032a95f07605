"""Let the host application read what identity providers asked, and what they were answered."""

from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import UserId
from app.api.requests import Said, said_in_query
from app.db.request_log import Request, Sought
from app.identity.scopes import LOGS
from app.lifecycle.clock import iso
from app.runtime import runtime

Moment = Annotated[AwareDatetime, Field(strict=False)]
Status = Annotated[str, StringConstraints(pattern=r"^[1-5]([0-9]{2}|xx)$")]


class Wanted(Said):
    """Which requests are wanted; ``status`` is one such as 409 or all such as 4xx; ``next`` is ``before`` of a page."""

    user: UserId | None = None
    connection: UserId | None = None
    status: Status | None = None
    since: Moment | None = None
    until: Moment | None = None
    before: UserId | None = None
    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 50


def page() -> Response:
    """Return requests, the latest first."""
    principal, said = caller(LOGS), said_in_query(Wanted)
    statuses = between(said.status) if said.status else None
    sought = Sought(said.user, said.connection, statuses, said.since, said.until, said.before)
    with runtime().database.reading(principal.tenant_id) as work:
        found = work.request_log.page(sought, said.limit)
    following = found[-1].id if len(found) == said.limit else None
    return answer(200, {"requests": [_told(each) for each in found], "next": following})


def between(status: str) -> tuple[int, int]:
    """Return the first and the last status that is meant."""
    return int(status.replace("x", "0")), int(status.replace("x", "9"))


def _told(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "at": iso(request.at),
        "connection": request.connection_id,
        "method": request.method,
        "path": request.path,
        "query": request.query.split(),
        "subject": request.subject_id,
        "status": request.status,
        "duration_ms": request.duration_ms,
        "tolerances": request.tolerances.split(),
        "error": request.error,
        "detail": request.detail,
        "remedies": orjson.loads(request.remedies) if request.remedies else [],
    }
