"""Approve a purge, prove it, and hear that the host application shows the label."""

from typing import Any

from flask import Response

from app.api.door import answer, caller
from app.api.meaning import Meant, UserId, acting
from app.api.requests import Said, said_in_body
from app.db.audit_trail import Asked, Kept
from app.db.work import Work
from app.identity.oauth.metadata import issuer_of
from app.identity.scopes import AUDIT, LIFECYCLE
from app.identity.signing import Signing
from app.lifecycle.clock import iso
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import Refused, approver_is_requester, invalid_state, unknown_user
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from app.runtime import runtime

RECEIPT = "erasure-receipt+jwt"


class Approving(Meant):
    """Which person approves: a user of the host application, who is active."""

    actor: UserId


class Nothing(Said):
    """A request that is said by its address alone."""


def approve(user_id: str) -> Response:
    """Note that a person agrees to the purge of a deleted user; whoever asked for the deletion cannot."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Approving), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        record = _in_state(work, user_id, State.TOMBSTONED, "Only the purge of a deleted user is approved.")
        users = Lifecycle(work, here.clock, acting(principal, work, said))
        requested_by = _requester(work, user_id)
        if requested_by == said.actor:
            raise Refused([approver_is_requester()], user_id)
        if said.actor not in work.approvals.of(user_id, record.tombstoned_at or users.now):
            work.approvals.add(user_id, said.actor, users.now)
            users.journal.record("User", user_id, [("purge.approved", {"requested_by": requested_by})])
        approved = work.approvals.of(user_id, record.tombstoned_at or users.now)
        told = {"approved_by": list(approved), "needed": users.policy.delete.approvals, "requested_by": requested_by}
    return answer(200, {"user": user_id, **told})


def confirm_relabel(user_id: str) -> Response:
    """Hear that the host application shows the label where the name of a purged user stood."""
    principal, here = caller(LIFECYCLE), runtime()
    said_in_body(Nothing)
    with here.database.unit_of_work(principal.tenant_id) as work:
        _in_state(work, user_id, State.PURGED, "Nothing is relabelled before the user is purged.")
        ordered = _last(work, user_id, "attribution.relabel")
        if ordered is None:
            detail = "The policy keeps the name on content: there is nothing to relabel."
            raise Refused([invalid_state(detail, State.PURGED, "ignore")], user_id)
        if _last(work, user_id, "attribution.confirmed") is None:
            users = Lifecycle(work, here.clock, principal.actor("api"))
            users.journal.record("User", user_id, [("attribution.confirmed", {"label": ordered.entry.detail["label"]})])
            work.flush()
        return answer(200, {"user": user_id, **_relabelled(work, user_id)})


def receipt(user_id: str) -> Response:
    """Return what was erased of a user, signed with the tenant's key."""
    principal, here = caller(AUDIT), runtime()
    with here.database.reading(principal.tenant_id) as work:
        _in_state(work, user_id, State.PURGED, "There is a receipt once the user is purged.")
        claims = _claims(work, user_id)
    claims = {"iss": issuer_of(here.settings.public_url, principal.tenant), "sub": user_id, **claims}
    return answer(200, {**claims, "receipt": Signing.of(here).sign(principal.tenant_id, claims, RECEIPT)})


def _in_state(work: Work, user_id: str, state: State, otherwise: str) -> UserRecord:
    """Return a user that is in a state, and hold its row."""
    record = work.users.lock(user_id)
    if record is None:
        raise Refused([unknown_user(user_id)])
    if record.state is not state:
        raise Refused([invalid_state(otherwise, record.state, "wait")], user_id)
    return record


def _last(work: Work, user_id: str, action: str) -> Kept | None:
    """Return the latest entry of an action on a user."""
    return next(iter(work.audit_trail.page(Asked(subject=user_id, action=action), 1)), None)


def _requester(work: Work, user_id: str) -> str | None:
    """Return who asked for the deletion: a person if one was named, or else the credential."""
    deleted = _last(work, user_id, "user.deleted")
    if deleted is None:
        return None
    person: str | None = deleted.entry.detail.get("acting_user")
    return person or deleted.entry.actor_id


def _relabelled(work: Work, user_id: str) -> dict[str, Any]:
    ordered, confirmed = (_last(work, user_id, f"attribution.{deed}") for deed in ("relabel", "confirmed"))
    return {
        "label": ordered and ordered.entry.detail["label"],
        "ordered_at": ordered and iso(ordered.entry.at),
        "confirmed_at": confirmed and iso(confirmed.entry.at),
    }


def _claims(work: Work, user_id: str) -> dict[str, Any]:
    """Return what a receipt says: all of it stands in the audit trail."""
    purged, deleted = _last(work, user_id, "user.purged"), _last(work, user_id, "user.deleted")
    if purged is None or deleted is None:
        raise Refused([unknown_user(user_id)])
    done, asked = purged.entry, deleted.entry
    return {
        "jti": purged.id,
        "iat": int(done.at.timestamp()),
        "txn": done.txn,
        "purged_at": iso(done.at),
        "policy_version": done.policy_version,
        "scope": done.detail["scope"],
        "erased": done.detail.get("erased"),
        "requested_by": _requester(work, user_id),
        "requested_at": iso(asked.at),
        "reason": asked.reason,
        "legal_basis": asked.detail.get("legal_basis"),
        "approved_by": done.detail.get("approved_by", []),
        "relabel": _relabelled(work, user_id),
        "audit": {"position": purged.position, "hash": purged.hash},
    }
