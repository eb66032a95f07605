"""Do what was decided in a review, by the command that anybody would give."""

from __future__ import annotations

from app.db.reviews import DONE, LEFT
from app.db.work import Work
from app.events.prechecks import Answers, answered
from app.lifecycle.commands import Actor
from app.lifecycle.consent import Consent
from app.lifecycle.refusals import Refused
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from app.reviews.reviewing import Reviewing
from app.runtime import Runtime

BATCH = 100


def carry_out(runtime: Runtime, tenant_id: int, review_id: str, actor: Actor) -> int:
    """Deactivate whom a closed review says, one transaction each, and complete it; return how many were."""
    done, after = 0, ""
    while batch := _waiting(runtime, tenant_id, review_id, after):
        done += sum(_carry_out_one(runtime, tenant_id, review_id, user_id, actor) for user_id in batch)
        after = batch[-1]
    with runtime.database.unit_of_work(tenant_id) as work:
        Reviewing(work, runtime.clock, actor).complete(review_id)
    return done


def _waiting(runtime: Runtime, tenant_id: int, review_id: str, after: str) -> list[str]:
    with runtime.database.reading(tenant_id) as work:
        return [each.user_id for each in work.reviews.users(review_id, ("waiting", "refused"), after, BATCH)]


def _carry_out_one(runtime: Runtime, tenant_id: int, review_id: str, user_id: str, actor: Actor) -> bool:

    def attempt(answers: Answers) -> bool:
        with runtime.database.unit_of_work(tenant_id) as work:
            work.answers = answers
            return _deactivated(work, runtime, review_id, user_id, actor)

    try:
        return answered(runtime, tenant_id, attempt)
    except Refused as refused:
        with runtime.database.unit_of_work(tenant_id) as work:
            work.reviews.carried_out(review_id, user_id, str(refused.first.code))
        return False


def _deactivated(work: Work, runtime: Runtime, review_id: str, user_id: str, actor: Actor) -> bool:
    """Deactivate a user unless somebody else has; its row is held first, so that each decision is done once."""
    users = Lifecycle(work, runtime.clock, actor, consent=Consent(confirmed=True))
    record, known = users.any(user_id), work.reviews.one(review_id, user_id)
    if known is None or known.decision != "deactivate" or known.outcome in {DONE, LEFT}:
        return False
    active = record.state is State.ACTIVE
    if active:
        users.deactivate(record, known.reason or "other")
    work.reviews.carried_out(review_id, user_id, DONE if active else LEFT)
    return active
