"""Show a user's state, and change it at the wish of the host application."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from flask import Response

from app.api.door import answer, caller
from app.api.meaning import Meant, Unsaid, acting
from app.api.requests import said_in_body, said_in_query
from app.events.prechecks import Answers, answered
from app.identity.scopes import LIFECYCLE
from app.lifecycle.clock import iso
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import Refused, unknown_user
from app.lifecycle.service import Lifecycle, Outcome
from app.lifecycle.states import State
from app.runtime import runtime

Reason: TypeAlias = Literal["leaver", "long_leave", "contract_end", "restructure", "security", "other"]
DeletionReason: TypeAlias = Reason | Literal["created_in_error", "privacy_request"]
LegalBasis: TypeAlias = Literal[
    "consent_withdrawn", "objection", "no_longer_needed", "unlawful_processing", "legal_obligation"
]
"""On what grounds data is erased (GDPR Article 17 (1))."""


class Deactivation(Meant):
    """Why access ends; after ``security`` no identity provider can give it back."""

    reason: Reason = "other"


class Deletion(Meant):
    """Why a user is deleted, and for a privacy request, on which legal basis."""

    reason: DeletionReason | None = None
    legal_basis: LegalBasis | None = None


class Restoration(Meant):
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
    said = said_in_body(Deactivation)
    return carried_out(said, lambda users: users.deactivate(users.find(user_id), said.reason))


def reactivate(user_id: str) -> Response:
    """Give access again; sessions that were ended stay ended."""
    return carried_out(said_in_body(Unsaid), lambda users: users.change(users.find(user_id), active=True))


def delete(user_id: str) -> Response:
    """Tombstone a user where the policy allows it."""
    said = said_in_query(Deletion)
    return carried_out(said, lambda users: users.delete(users.find(user_id), said.reason, said.legal_basis))


def restore(user_id: str) -> Response:
    """Bring a tombstoned user back."""
    said = said_in_body(Restoration)
    return carried_out(said, lambda users: users.restore(user_id, active=said.active))


def carried_out(said: Meant, command: Callable[[Lifecycle], Outcome]) -> Response:
    """Carry out a command in the name of whoever is said to act."""
    principal, here = caller(LIFECYCLE), runtime()

    def attempt(answers: Answers) -> Outcome:
        with here.database.unit_of_work(principal.tenant_id) as work:
            work.answers = answers
            return command(Lifecycle(work, here.clock, acting(principal, work, said), consent=said.consent()))

    return answer(200, _shown(answered(here, principal.tenant_id, attempt).record))


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
        "deactivate_at": record.deactivate_at and iso(record.deactivate_at),
    }
