"""Show a user's state, and change it at the wish of the host application."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from flask import Response

from app.api.door import answer, caller
from app.api.requests import Said, said_in_body, said_in_query
from app.identity.principals import Principal
from app.identity.scopes import LIFECYCLE
from app.lifecycle.clock import iso
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import Refused, unknown_user
from app.lifecycle.service import Lifecycle, Outcome
from app.lifecycle.states import State
from app.runtime import runtime

Reason: TypeAlias = Literal["leaver", "long_leave", "contract_end", "restructure", "security", "other"]


class Deactivation(Said):
    """Why access ends; after ``security`` no identity provider can give it back."""

    reason: Reason = "other"


class Deletion(Said):
    """Why a user is deleted."""

    reason: Reason | None = None


class Nothing(Said):
    """A command that is said by its address alone."""


class Restoration(Said):
    """Whether the user comes back with access."""

    active: bool = True


def show(user_id: str) -> Response:
    """Return the state of a user."""
    principal = caller(LIFECYCLE)
    with runtime().database.reading(principal.tenant_id) as work:
        record = work.users.find(user_id)
    if record is None or record.state is State.PURGED:
        raise Refused([unknown_user(user_id)])
    return answer(200, _shown(record))


def deactivate(user_id: str) -> Response:
    """End access, reversibly."""
    principal, said = caller(LIFECYCLE), said_in_body(Deactivation)
    return _carried_out(principal, lambda users: users.deactivate(users.find(user_id), said.reason))


def reactivate(user_id: str) -> Response:
    """Give access again; sessions that were ended stay ended."""
    principal, _ = caller(LIFECYCLE), said_in_body(Nothing)
    return _carried_out(principal, lambda users: users.change(users.find(user_id), active=True))


def delete(user_id: str) -> Response:
    """Tombstone a user where the policy allows it."""
    principal, said = caller(LIFECYCLE), said_in_query(Deletion)
    return _carried_out(principal, lambda users: users.delete(users.find(user_id), said.reason))


def restore(user_id: str) -> Response:
    """Bring a tombstoned user back."""
    principal, said = caller(LIFECYCLE), said_in_body(Restoration)
    return _carried_out(principal, lambda users: users.restore(user_id, active=said.active))


def _carried_out(principal: Principal, command: Callable[[Lifecycle], Outcome]) -> Response:
    here = runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        outcome = command(Lifecycle(work, here.clock, principal.actor("api")))
    return answer(200, _shown(outcome.record))


def _shown(record: UserRecord) -> dict[str, Any]:
    """Return what the host application may know; ``since`` is when access ended, null while it has not."""
    moments = {State.INACTIVE: record.deactivated_at, State.TOMBSTONED: record.tombstoned_at}
    since = moments.get(record.state)
    return {
        "id": record.id,
        "state": record.state,
        "since": since and iso(since),
        "reason": record.reason,
        "purge_after": record.purge_after and iso(record.purge_after),
    }
