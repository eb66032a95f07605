"""Reviews of who has access: begin one, decide about each user, and close it."""

from typing import Annotated, Any, Literal, TypeAlias

from flask import Response
from pydantic import Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import Meant, Unsaid, UserId, acting
from app.api.requests import Said, said_in_body, said_in_query
from app.api.users import Reason
from app.db.reviews import PAGE, Review, Standing
from app.db.work import Work
from app.identity.scopes import LIFECYCLE
from app.reviews.carrying_out import carry_out
from app.reviews.reviewing import Decided, Reviewing
from app.reviews.telling import look_up, shown, shown_user
from app.runtime import runtime

Place: TypeAlias = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")]
MOST_BYTES = 512 * 1024


class Listing(Said):
    """From below which id a list goes on."""

    before: Place | None = None


class Look(Said):
    """Which users are wanted, and from behind which id on."""

    standing: Standing | None = None
    after: Place = ""


class Decision(Said):
    """What becomes of the access of a user; taking it away has a reason."""

    user: UserId
    decision: Literal["keep", "deactivate"]
    reason: Reason | Literal["still_needed"] | None = None


class Decisions(Meant):
    """Decisions that are taken together."""

    decisions: Annotated[list[Decision], Field(min_length=1, max_length=1000)]


def of_tenant() -> Response:
    """Return reviews, the latest first."""
    principal, said = caller(LIFECYCLE), said_in_query(Listing)
    with runtime().database.reading(principal.tenant_id) as work:
        found = [_shown(work, each) for each in work.reviews.page(said.before)]
    return answer(200, {"reviews": found, "before": found[-1]["id"] if len(found) == PAGE else None})


def begin() -> Response:
    """Begin a review of everybody who has access now."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Unsaid), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        return answer(201, _shown(work, Reviewing(work, here.clock, acting(principal, work, said)).begin()))


def show(review_id: str) -> Response:
    """Return where a review stands."""
    principal = caller(LIFECYCLE)
    with runtime().database.reading(principal.tenant_id) as work:
        return answer(200, _shown(work, look_up(work, review_id)))


def users(review_id: str) -> Response:
    """Return a page of the users under review, and where the next begins."""
    principal, said = caller(LIFECYCLE), said_in_query(Look)
    with runtime().database.reading(principal.tenant_id) as work:
        look_up(work, review_id)
        found = work.reviews.users(review_id, () if said.standing is None else (said.standing,), said.after)
    following = found[-1].user_id if len(found) == PAGE else None
    return answer(200, {"users": [shown_user(each) for each in found], "after": following})


def decide(review_id: str) -> Response:
    """Keep decisions, all of them or none."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Decisions, MOST_BYTES), runtime()
    decided = [Decided(each.user, each.decision, each.reason) for each in said.decisions]
    with here.database.unit_of_work(principal.tenant_id) as work:
        Reviewing(work, here.clock, acting(principal, work, said)).decide(review_id, decided)
        return answer(200, _shown(work, look_up(work, review_id)))


def close(review_id: str) -> Response:
    """End the deciding, and do what was decided."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Unsaid), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        Reviewing(work, here.clock, acting(principal, work, said)).close(review_id)
    carry_out(here, principal.tenant_id, review_id, principal.actor("api"))
    return show(review_id)


def _shown(work: Work, review: Review) -> dict[str, Any]:
    return shown(work, review, runtime().clock.now())
