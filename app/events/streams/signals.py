"""Name the signals that are really sent, and what is told in each (CAEP 1.0, RISC 1.0, RFC 9967, SSF 1.0 §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.db.deliveries import Delivery
from app.db.work import Work
from app.events.catalogue import CAEP, CATALOGUE, RISC, SSF
from app.events.streams.provisioning import (
    ASYNC_RESPONSE,
    CREATE_NOTICE,
    PATCH_NOTICE,
    PUT_NOTICE,
    changed,
    completed,
    created,
    notices,
)
from app.events.webhooks.people import person
from app.lifecycle.states import State

VERIFICATION = SSF + "verification"
STREAM_UPDATED = SSF + "stream-updated"
SESSION_REVOKED = CAEP + "session-revoked"
TOKEN_CLAIMS_CHANGE = CAEP + "token-claims-change"
ACCOUNT_ENABLED = RISC + "account-enabled"
SUPPORTED = tuple(
    dict.fromkeys(signal for event in CATALOGUE.values() for signal in event.signals if not signal.startswith(SSF))
)
"""All that a receiver can ask for."""
USUAL = tuple(signal for signal in SUPPORTED if signal.startswith((CAEP, RISC)))
"""What a receiver is told that does not say what it wants."""
OF_RECEIVER = (VERIFICATION, STREAM_UPDATED)
"""What is told of the stream itself, whatever was asked for."""
INITIATORS = {"connection": "admin", "api": "admin", "operator": "admin", "system": "policy"}
REASONS = {
    "signed_out": "The session was signed out.",
    "directory_suspended": "The directory of the user was suspended.",
    "signal": "Another party ended the sessions.",
}
ENDED = "Access of the user was ended."
MEMBER = "#"
CLAIMS = ("roles", "entitlements")
"""Attributes that tokens of a user may carry."""

Payload = dict[str, Any]


def forms(work: Work, wanted: Sequence[str], type_: str, payload: Mapping[str, Any]) -> list[str]:
    """Return the signals of an event that a stream wants; changed claims are told of each user."""
    signals = [each for each in CATALOGUE[type_].signals if each in wanted and _fits(payload, each)]
    members = [member for member in payload.get("members", ()) if _lives(work, member)]
    of_each = TOKEN_CLAIMS_CHANGE if "members" in payload else None
    return [
        form
        for signal in signals
        for form in ([f"{signal}{MEMBER}{m}" for m in members] if signal == of_each else [signal])
    ]


def _fits(payload: Mapping[str, Any], signal: str) -> bool:
    """Tell whether what happened is what a signal says, of those that this type of event may be told by."""
    if signal == TOKEN_CLAIMS_CHANGE and "changed" in payload:
        return any(name in CLAIMS for name in payload["changed"])
    if signal == ACCOUNT_ENABLED:
        return bool(payload.get("state", State.ACTIVE) == State.ACTIVE)
    return notices(payload, signal)


def payload(work: Work, signal: str, user_id: str, delivery: Delivery) -> Payload:
    """Return what is told beside the subject."""
    tell = _PAYLOADS.get(signal)
    return tell(work, user_id, delivery) if tell else {}


def _lives(work: Work, member: str) -> bool:
    user = work.users.find(member)
    return user is not None and user.state is not State.PURGED


def _caep(delivery: Delivery) -> Payload:
    """Return what every CAEP event may carry (CAEP 1.0 §2)."""
    actor = delivery.payload["actor"]
    himself = actor.get("user_id") == delivery.subject_id
    return {
        "event_timestamp": int(delivery.created_at.timestamp()),
        "initiating_entity": "user" if himself else INITIATORS[actor["type"]],
    }


def _session_revoked(_work: Work, _user_id: str, delivery: Delivery) -> Payload:
    cause = delivery.payload.get("cause", delivery.type.replace(".", "_"))
    reason = REASONS.get(cause, ENDED)
    return {**_caep(delivery), "reason_admin": {"en": reason}}


def _claims_changed(work: Work, user_id: str, delivery: Delivery) -> Payload:
    if "changed" in delivery.payload:
        document = found.document if (found := person(work, user_id)) else {}
        names = [name for name in CLAIMS if name in delivery.payload["changed"]]
        return {**_caep(delivery), "claims": {name: _values(document.get(name)) for name in names}}
    direct, indirect = work.memberships.groups_of(user_id)
    names = sorted({str(name) for _, name in (*direct, *indirect)})
    return {**_caep(delivery), "claims": {"groups": names}}


def _values(entries: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return sorted({entry["value"] for entry in entries or () if entry.get("value")})


def _verification(_work: Work, _user_id: str, delivery: Delivery) -> Payload:
    return {"state": delivery.payload["state"]} if "state" in delivery.payload else {}


def _updated(_work: Work, _user_id: str, delivery: Delivery) -> Payload:
    if "reason" in delivery.payload:
        return {"status": "paused", "reason": delivery.payload["reason"]}
    return {"status": "enabled"}


_PAYLOADS: Mapping[str, Callable[[Work, str, Delivery], Payload]] = {
    SESSION_REVOKED: _session_revoked,
    TOKEN_CLAIMS_CHANGE: _claims_changed,
    CREATE_NOTICE: created,
    PATCH_NOTICE: changed,
    PUT_NOTICE: changed,
    ASYNC_RESPONSE: completed,
    VERIFICATION: _verification,
    STREAM_UPDATED: _updated,
}
