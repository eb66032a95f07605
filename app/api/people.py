"""Look through users, ask what they may do, and act on several at once, as the policy has it."""

from typing import Annotated, Any, Literal, TypeAlias

from flask import Response
from pydantic import Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import Meant, Unsaid, UserId, acting
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.api.users import DeletionReason, LegalBasis
from app.db.records import Listed
from app.db.work import Work
from app.events.prechecks import Answers, answered
from app.identity.scopes import LIFECYCLE
from app.lifecycle.clock import iso
from app.lifecycle.consent import Consent
from app.lifecycle.eligibility import PERMISSIONS, may
from app.lifecycle.policy import Permission, TenantPolicy
from app.lifecycle.refusals import Refused, never_signed_in, not_active, not_offered, signed_in_before, unknown_user
from app.lifecycle.selection import Offer, listed_states, offered
from app.lifecycle.service import Lifecycle, Outcome, policy_of
from app.lifecycle.states import VISIBLE, State
from app.runtime import runtime

List: TypeAlias = Literal["all", "active", "inactive"]
Ids: TypeAlias = Annotated[list[UserId], Field(min_length=1, max_length=1000)]
PAGE = 100


class Look(Said):
    """Which list is wanted, whose names start with ``q``, and from behind which id on."""

    list: List | None = None
    q: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    after: Annotated[str, StringConstraints(max_length=64)] = ""


class Asked(Said):
    """What is asked of several users."""

    users: Ids
    actions: Annotated[tuple[Permission, ...], Field(min_length=1, strict=False)] = PERMISSIONS


class Selected(Said):
    """Users that are selected together."""

    ids: Ids


class Together(Meant):
    """What is to happen to users that are selected together."""

    action: Offer
    ids: Ids
    reason: DeletionReason | None = None
    legal_basis: LegalBasis | None = None


def listing() -> Response:
    """Return a page of a list of users, and which lists there are."""
    principal, said = caller(LIFECYCLE), said_in_query(Look)
    with runtime().database.reading(principal.tenant_id) as work:
        policy = _policy(work)
        lists = listed_states(policy)
        name: str = said.list or next(iter(lists))
        if name not in lists:
            raise BadRequest(400, "INVALID_REQUEST", f"The lists of this policy are: {', '.join(lists)}.")
        found = work.listings.page(lists[name], said.q, said.after, PAGE)
    following = found[-1].id if len(found) == PAGE else None
    users = [_listed(each, policy) for each in found]
    return answer(200, {"list": name, "lists": list(lists), "users": users, "after": following})


def eligibility(user_id: str) -> Response:
    """Return what a user may do now."""
    principal = caller(LIFECYCLE)
    with runtime().database.reading(principal.tenant_id) as work:
        user, policy = work.users.find(user_id), _policy(work)
    if user is None or user.state is State.PURGED:
        raise Refused([unknown_user(user_id)])
    return answer(200, _may(user_id, user.state, policy, PERMISSIONS))


def eligibilities() -> Response:
    """Return what several users may do now; one that does not exist may nothing."""
    principal, said = caller(LIFECYCLE), said_in_body(Asked)
    with runtime().database.reading(principal.tenant_id) as work:
        states, policy = work.listings.states(said.users), _policy(work)
    return answer(200, {"users": [_may(id_, states.get(id_), policy, said.actions) for id_ in said.users]})


def offers() -> Response:
    """Return what is offered for users that are selected together."""
    principal, said = caller(LIFECYCLE), said_in_body(Selected)
    with runtime().database.reading(principal.tenant_id) as work:
        states = _states(work, said.ids)
        policy = _policy(work)
    counts = {state.value: list(states.values()).count(state) for state in (State.ACTIVE, State.INACTIVE)}
    return answer(200, {"actions": offered(list(states.values()), policy), "selected": counts})


def together() -> Response:
    """Act on users that are selected together, each in a transaction of its own."""
    principal, said = caller(LIFECYCLE), said_in_body(Together)
    with runtime().database.reading(principal.tenant_id) as work:
        actions = offered(list(_states(work, said.ids).values()), _policy(work))
    if said.action not in actions:
        raise Refused([not_offered(said.action, actions)])
    told = [_one(principal.tenant_id, said, id_) for id_ in dict.fromkeys(said.ids)]
    done = sum("state" in each for each in told)
    return answer(200, {"done": done, "refused": len(told) - done, "users": told})


def welcome(user_id: str) -> Response:
    """Ask the host application to welcome somebody who has never signed in."""
    return _invite(user_id, "user.welcome_requested", before=False)


def password_reset(user_id: str) -> Response:
    """Ask the host application to let somebody who has signed in before choose a new password."""
    return _invite(user_id, "user.password_reset_requested", before=True)


def _invite(user_id: str, event: str, *, before: bool) -> Response:
    principal, said, here = caller(LIFECYCLE), said_in_body(Unsaid), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        lifecycle = Lifecycle(work, here.clock, acting(principal, work, said))
        if (user := lifecycle.find(user_id)).state is not State.ACTIVE:
            raise Refused([not_active(user.state)])
        if work.listings.signed_in_before(user_id) is not before:
            raise Refused([never_signed_in() if before else signed_in_before()])
        lifecycle.journal.record("User", user_id, [(event, {})])
    return answer(202, {"id": user_id, "requested": event})


def _one(tenant_id: int, said: Together, user_id: str) -> dict[str, Any]:
    """Act on one of several users, and say what came of it."""
    principal, here = caller(LIFECYCLE), runtime()

    def attempt(answers: Answers) -> Outcome:
        with here.database.unit_of_work(tenant_id) as work:
            work.answers = answers
            actor, consent = acting(principal, work, said), Consent(said.consent().confirmed)
            return _acted(Lifecycle(work, here.clock, actor, consent=consent), said, user_id)

    try:
        outcome = answered(here, tenant_id, attempt)
    except Refused as refused:
        return {"id": user_id, "code": refused.first.code, "detail": refused.first.detail}
    return {"id": user_id, "state": outcome.record.state}


def _acted(users: Lifecycle, said: Together, user_id: str) -> Outcome:
    record = users.find(user_id)
    if said.action == "delete":
        return users.delete(record, said.reason, said.legal_basis)
    if said.action == "deactivate":
        return users.deactivate(record, said.reason or "other")
    return users.change(record, active=True)


def _policy(work: Work) -> TenantPolicy:
    return policy_of(work.policies.current()[1])


def _states(work: Work, ids: list[str]) -> dict[str, State]:
    """Return the states of selected users, or refuse one that is not there to be selected."""
    states = {id_: state for id_, state in work.listings.states(ids).items() if state in VISIBLE}
    for id_ in ids:
        if id_ not in states:
            raise Refused([unknown_user(id_)])
    return states


def _may(user_id: str, state: State | None, policy: TenantPolicy, asked: tuple[Permission, ...]) -> dict[str, Any]:
    shown = None if state is State.PURGED else state
    return {"id": user_id, "state": shown, "may": {each: may(state, each, policy) for each in asked}}


def _listed(user: Listed, policy: TenantPolicy) -> dict[str, Any]:
    return {
        "id": user.id,
        "user_name": user.user_name,
        "display_name": user.display_name,
        "state": user.state,
        "since": user.since and iso(user.since),
        "reason": user.reason,
        "signed_in_before": bool(user.signed_in_before),
        "actions": offered([user.state], policy),
        "invitation": _invitation(user),
    }


def _invitation(user: Listed) -> str | None:
    """Return which manual invitation fits the history of an active user."""
    if user.state is not State.ACTIVE:
        return None
    return "password_reset" if user.signed_in_before else "welcome"
