"""Legal holds, and what somebody still has to do."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import UserId
from app.api.requests import Said, said_in_body, said_in_query
from app.db.records import Hold, Obligation
from app.db.work import Work
from app.identity.principals import Principal
from app.identity.scopes import HOLDS, LIFECYCLE
from app.lifecycle.clock import iso
from app.lifecycle.journal import Journal
from app.lifecycle.refusals import Refused, unknown_hold, unknown_obligation, unknown_user
from app.lifecycle.states import State
from app.runtime import runtime

Reference: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
PAGE = 200


class NewHold(Said):
    """Why data has to stay; ``reference`` is the number of a matter, never a name."""

    reason: Literal["litigation", "investigation", "regulatory", "other"]
    reference: Reference | None = None


class Released(Said):
    """Why a hold is released."""

    reason: Literal["closed", "expired", "mistake", "other"]


class HandedOver(Said):
    """Who has to clear an obligation, and until when."""

    owner: UserId | None = None
    due: Annotated[AwareDatetime, Field(strict=False)] | None = None


class Listing(Said):
    """From behind which id a list goes on."""

    after: Annotated[str, StringConstraints(max_length=64)] = ""


def place(user_id: str) -> Response:
    """Keep the data of a user from being destroyed."""
    principal, said, here = caller(HOLDS), said_in_body(NewHold), runtime()
    now = here.clock.now()
    with here.database.unit_of_work(principal.tenant_id) as work:
        user = work.users.lock(user_id)
        if user is None or user.state is State.PURGED:
            raise Refused([unknown_user(user_id)])
        hold = Hold(work.new_id(), user_id, said.reason, said.reference, now, principal.id)
        work.holds.add(hold)
        _journal(work, principal, now).record("User", user_id, [("hold.placed", {"hold": hold.id})])
    return answer(201, _hold(hold))


def holds_of_user(user_id: str) -> Response:
    """Return the holds on a user, also those released."""
    principal = caller(HOLDS)
    with runtime().database.reading(principal.tenant_id) as work:
        _known(work, user_id)
        holds = work.holds.of(user_id)
    return answer(200, {"holds": [_hold(hold) for hold in holds]})


def release(hold_id: str) -> Response:
    """Release a hold; one that was released stays as it is."""
    principal, said, here = caller(HOLDS), said_in_body(Released), runtime()
    now = here.clock.now()
    with here.database.unit_of_work(principal.tenant_id) as work:
        hold = work.holds.lock(hold_id)
        if hold is None:
            raise Refused([unknown_hold()])
        if hold.released_at is None:
            work.holds.release(hold_id, now, principal.id, said.reason)
            told = {"hold": hold_id, "reason": said.reason}
            _journal(work, principal, now).record("User", hold.user_id, [("hold.released", told)])
            hold = work.holds.lock(hold_id) or hold
    return answer(200, _hold(hold))


def obligations_of_user(user_id: str) -> Response:
    """Return the obligations of a user, also those settled."""
    principal = caller(LIFECYCLE)
    with runtime().database.reading(principal.tenant_id) as work:
        _known(work, user_id)
        obligations = work.obligations.of(user_id)
    return answer(200, {"obligations": [_obligation(each) for each in obligations]})


def obligations() -> Response:
    """Return a page of what is open, and where the next begins."""
    principal, said = caller(LIFECYCLE), said_in_query(Listing)
    with runtime().database.reading(principal.tenant_id) as work:
        found = work.obligations.page(said.after, PAGE)
    following = found[-1].id if len(found) == PAGE else None
    return answer(200, {"obligations": [_obligation(each) for each in found], "after": following})


def hand_over(obligation_id: str) -> Response:
    """Say who has to clear an obligation, and until when."""
    principal, said = caller(LIFECYCLE), said_in_body(HandedOver)
    with runtime().database.unit_of_work(principal.tenant_id) as work:
        obligation = work.obligations.find(obligation_id)
        if obligation is None:
            raise Refused([unknown_obligation()])
        work.obligations.hand_over(obligation_id, said.owner, said.due)
        obligation = work.obligations.find(obligation_id) or obligation
    return answer(200, _obligation(obligation))


def _known(work: Work, user_id: str) -> None:
    if work.users.find(user_id) is None:
        raise Refused([unknown_user(user_id)])


def _journal(work: Work, principal: Principal, now: datetime) -> Journal:
    return Journal(work, principal.actor("api"), now, policy_version=None)


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "user": hold.user_id,
        "reason": hold.reason,
        "reference": hold.reference,
        "placed_at": iso(hold.placed_at),
        "placed_by": hold.placed_by,
        "released_at": hold.released_at and iso(hold.released_at),
        "released_by": hold.released_by,
        "release_reason": hold.release_reason,
    }


def _obligation(obligation: Obligation) -> dict[str, Any]:
    return {
        "id": obligation.id,
        "user": obligation.user_id,
        "code": obligation.code,
        "guard": obligation.guard,
        **obligation.detail,
        "since": iso(obligation.since),
        "due": obligation.due and iso(obligation.due),
        "owner": obligation.owner,
        "settled_at": obligation.settled_at and iso(obligation.settled_at),
    }
