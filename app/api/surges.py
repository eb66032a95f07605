"""Mass changes by identity providers: what is held, what was decided about it, and what is undone."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import Meant, acting
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.db.work import Work
from app.identity.scopes import LIFECYCLE
from app.lifecycle.breaker import Breaker, Decision
from app.lifecycle.clock import iso
from app.lifecycle.refusals import Refused, unknown_surge
from app.lifecycle.surges import SurgeRecord, SurgeState
from app.lifecycle.undoing import Undoing
from app.runtime import runtime

Place = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Instant = Annotated[AwareDatetime, Field(strict=False)]


class Listing(Said):
    """Which mass changes are listed, and from below which id on."""

    state: SurgeState | None = None
    before: Place | None = None


class Page(Said):
    """From behind which id a list goes on."""

    after: Place = ""


class Decided(Meant):
    """Why it was decided so."""

    reason: Line


class Window(Meant):
    """Between which moments it was, and from behind which user the work goes on."""

    since: Instant
    until: Instant | None = None
    after: Place = ""


def of_tenant() -> Response:
    """Return mass changes, the latest first."""
    principal, said = caller(LIFECYCLE), said_in_query(Listing)
    with runtime().database.reading(principal.tenant_id) as work:
        found = [_shown(work, each) for each in work.surges.page(said.state, said.before)]
    return answer(200, {"mass_changes": found})


def show(surge_id: str) -> Response:
    """Return a mass change, and a page of the users whose deletion it holds or held."""
    principal, said = caller(LIFECYCLE), said_in_query(Page)
    with runtime().database.reading(principal.tenant_id) as work:
        surge = work.surges.find(surge_id)
        if surge is None:
            raise Refused([unknown_surge()])
        held = work.surges.held(surge_id, said.after)
        told = _shown(work, surge)
    users = [{"id": each.user_id, "connection": each.connection_id, "asked_at": iso(each.asked_at)} for each in held]
    return answer(
        200, {**told, "users": users, "after": users[-1]["id"] if len(users) < told["held"] and users else None}
    )


def approve(surge_id: str) -> Response:
    """Let through what is held, and what comes for as long as the window."""
    return _decide(surge_id, "approved")


def reject(surge_id: str) -> Response:
    """Let nothing through of what is held."""
    return _decide(surge_id, "rejected")


def undo() -> Response:
    """Give back what identity providers took away between two moments."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Window), runtime()
    until = said.until or here.clock.now()
    if until <= said.since:
        raise BadRequest(400, "INVALID_REQUEST", "until must be later than since.")
    with here.database.reading(principal.tenant_id) as work:
        actor = acting(principal, work, said)
    opened = partial(here.database.unit_of_work, principal.tenant_id)
    done = Undoing(opened, here.clock, actor, said.since, until).undo(said.after)
    refused = [{"id": id_, "code": each.code, "detail": each.detail} for id_, each in done.refused.items()]
    told = {"restored": done.restored, "reactivated": done.reactivated, "refused": refused, "after": done.after}
    return answer(200, {"since": iso(said.since), "until": iso(until), **told})


def _decide(surge_id: str, decided: Decision) -> Response:
    principal, said, here = caller(LIFECYCLE), said_in_body(Decided), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        surge = Breaker(work, here.clock, acting(principal, work, said)).decide(surge_id, decided, said.reason)
        return answer(200, _shown(work, surge))


def _shown(work: Work, surge: SurgeRecord) -> dict[str, Any]:
    return {
        "id": surge.id,
        "kind": surge.kind,
        "state": surge.state,
        "began_at": iso(surge.began_at),
        "count": surge.count,
        "window_minutes": surge.window_minutes,
        "held": work.surges.holds(surge.id),
        "let_until": _moment(surge.let_until),
        "decided_at": _moment(surge.decided_at),
        "decided_by": surge.decided_by,
        "reason": surge.reason,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
