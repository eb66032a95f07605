"""Say no in words that an administrator reading them in Okta or Entra can act upon.

Refusal
├── Conflict                    a state that somebody can change
│   ├── INVALID_STATE           the command is not possible in this state
│   ├── LAST_OWNER              nobody else holds a protected role
│   ├── USER_ACTIVE             only inactive users are deleted
│   ├── RETENTION               inactive, but not for long enough
│   ├── PURGE_NOT_DUE           deleted, but still to be kept
│   ├── USER_NAME_TAKEN         an active user has the userName
│   ├── EMAIL_OF_INACTIVE       an inactive user has the userName
│   ├── SID_TAKEN               there was a session of that id before
│   └── TOO_MANY_WEBHOOKS       there are as many endpoints as there may be
├── Forbidden                   policy or role says no
│   ├── DEACTIVATED_BY_OPERATOR access was taken away for security
│   ├── DELETION_UNSUPPORTED    users are never deleted here
│   └── NOT_ACTIVE              only active users sign in
└── Missing
    ├── UNKNOWN_USER            no such user, or no longer
    ├── UNKNOWN_SESSION         no such session
    ├── UNKNOWN_WEBHOOK         no such endpoint
    └── UNKNOWN_DELIVERY        nothing such was told to the endpoint
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias

from app.lifecycle.clock import iso

Kind: TypeAlias = Literal["conflict", "forbidden", "not_found"]


class Code(StrEnum):
    """The machine words of refusals, in guard order: the first of several is decisive."""

    UNKNOWN_USER = "UNKNOWN_USER"
    INVALID_STATE = "INVALID_STATE"
    DEACTIVATED_BY_OPERATOR = "DEACTIVATED_BY_OPERATOR"
    DELETION_UNSUPPORTED = "DELETION_UNSUPPORTED"
    LAST_OWNER = "LAST_OWNER"
    USER_ACTIVE = "USER_ACTIVE"
    RETENTION = "RETENTION"
    PURGE_NOT_DUE = "PURGE_NOT_DUE"
    USER_NAME_TAKEN = "USER_NAME_TAKEN"
    EMAIL_OF_INACTIVE = "EMAIL_OF_INACTIVE"
    NOT_ACTIVE = "NOT_ACTIVE"
    SID_TAKEN = "SID_TAKEN"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"
    TOO_MANY_WEBHOOKS = "TOO_MANY_WEBHOOKS"
    UNKNOWN_WEBHOOK = "UNKNOWN_WEBHOOK"
    UNKNOWN_DELIVERY = "UNKNOWN_DELIVERY"


@dataclass(frozen=True)
class Refusal:
    """A guard's no: a code for machines, a detail and remedies for people, and what stands in the way."""

    code: str
    detail: str
    guard: str
    remedies: tuple[str, ...] = ()
    blocking: tuple[Mapping[str, Any], ...] = ()
    retryable: bool = True
    resource_id: str | None = None

    kind: ClassVar[Kind] = "conflict"


class Conflict(Refusal):
    """A refusal that ends when somebody changes a state."""

    kind: ClassVar[Kind] = "conflict"


class Forbidden(Refusal):
    """A refusal by policy or role."""

    kind: ClassVar[Kind] = "forbidden"


class Missing(Refusal):
    """A refusal because there is no such user."""

    kind: ClassVar[Kind] = "not_found"


class Refused(Exception):  # noqa: N818
    """Carry the refusals of a command, the decisive one first."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        super().__init__("; ".join(f"{refusal.code}: {refusal.detail}" for refusal in self.refusals))

    @property
    def first(self) -> Refusal:
        """Return the refusal that sets the status of the answer."""
        return self.refusals[0]


def unknown_user(user_id: str | None) -> Missing:
    """Refuse because there is no such user, or no longer (RFC 7644 §3.6)."""
    detail = f"There is no user {user_id}." if user_id else "There is no such user."
    return Missing(Code.UNKNOWN_USER, detail, guard="state", retryable=False)


def invalid_state(detail: str, state: str, *remedies: str) -> Conflict:
    """Refuse a command that makes no sense in this state."""
    blocking = ({"type": "state", "value": state},)
    return Conflict(Code.INVALID_STATE, detail, guard="state", remedies=remedies, blocking=blocking)


def deactivated_by_operator() -> Forbidden:
    """Refuse to let an identity provider lift a deactivation made for security."""
    return Forbidden(
        Code.DEACTIVATED_BY_OPERATOR,
        "An operator deactivated this user for security, and an identity provider cannot lift that. "
        "Ask an operator of this application to reactivate the user, then retry.",
        guard="actors",
        remedies=("operator_reactivates",),
        retryable=False,
    )


def deletion_unsupported() -> Forbidden:
    """Refuse every deletion where the policy knows none."""
    return Forbidden(
        Code.DELETION_UNSUPPORTED,
        "Users are never deleted here; set active=false.",
        guard="delete.mode",
        remedies=("deactivate",),
        retryable=False,
    )


def last_owner(roles: Sequence[str], message: str | None) -> Conflict:
    """Refuse to take away the last active holder of a protected role."""
    names = " and ".join(roles)
    detail = message or f"This is the only {names}. Make another active user {names}, then retry."
    blocking = tuple({"type": "role", "value": role, "count": 1} for role in roles)
    return Conflict(Code.LAST_OWNER, detail, guard="protect_last", remedies=("assign_role",), blocking=blocking)


def user_active() -> Conflict:
    """Refuse to delete a user that is still active."""
    detail = "Deactivate the user first: set active=false, then delete."
    return Conflict(Code.USER_ACTIVE, detail, guard="delete.mode", remedies=("deactivate",))


def retention(until: datetime) -> Conflict:
    """Refuse to delete a user that has not been inactive for long enough."""
    return Conflict(
        Code.RETENTION,
        f"May be deleted after {until:%Y-%m-%d}. Leave the user inactive until then, and retry.",
        guard="delete.min_days_inactive",
        remedies=("wait",),
        blocking=({"type": "retention", "until": iso(until)},),
    )


def purge_not_due(until: datetime | None) -> Conflict:
    """Refuse to destroy the data of a user that is still to be kept."""
    if until is None:
        detail = "The policy keeps deleted users for good. Allow deletion in the policy first."
        return Conflict(Code.PURGE_NOT_DUE, detail, guard="delete.mode", remedies=("change_policy",))
    return Conflict(
        Code.PURGE_NOT_DUE,
        f"May be purged after {until:%Y-%m-%d}. Wait until then, and retry.",
        guard="delete.min_days_inactive",
        remedies=("wait",),
        blocking=({"type": "retention", "until": iso(until)},),
    )


def user_name_taken(user_id: str) -> Conflict:
    """Refuse a userName that a live user has (RFC 7643 §4.1.1)."""
    return Conflict(
        Code.USER_NAME_TAKEN,
        f"The userName belongs to user {user_id}. Link to that user, or choose another userName.",
        guard="identity.user_name",
        remedies=("link_existing", "choose_other_user_name"),
        blocking=({"type": "user", "id": user_id, "state": "active"},),
        resource_id=user_id,
    )


def email_of_inactive(user_id: str) -> Conflict:
    """Refuse a userName that an inactive user has, and name the user to reactivate."""
    return Conflict(
        Code.EMAIL_OF_INACTIVE,
        f"The userName belongs to the inactive user {user_id}. Set active=true on that user instead of creating one.",
        guard="identity.email_reuse",
        remedies=("reactivate_existing",),
        blocking=({"type": "user", "id": user_id, "state": "inactive"},),
        resource_id=user_id,
    )


def not_active(state: str) -> Forbidden:
    """Refuse a session to anyone who is not active."""
    remedy = "reactivate" if state == "inactive" else "restore"
    return Forbidden(
        Code.NOT_ACTIVE,
        f"This user is {state} and may not sign in. To give access again, {remedy} the user.",
        guard="state",
        remedies=(remedy,),
        blocking=({"type": "state", "value": state},),
    )


def sid_taken(sid: str) -> Conflict:
    """Refuse a session id that was used before: a dead session must not seem to live on in another."""
    detail = f"There is or was a session {sid}. Choose another sid, or leave it out."
    return Conflict(Code.SID_TAKEN, detail, guard="sessions", remedies=("choose_other_sid",), retryable=False)


def unknown_session(sid: str) -> Missing:
    """Refuse because there is no such session."""
    return Missing(Code.UNKNOWN_SESSION, f"There is no session {sid}.", guard="sessions", retryable=False)


def too_many_webhooks(most: int) -> Conflict:
    """Refuse one more endpoint."""
    detail = f"There are {most} webhooks, as many as a tenant may have. Delete one, then retry."
    return Conflict(Code.TOO_MANY_WEBHOOKS, detail, guard="webhooks", remedies=("delete_webhook",))


def unknown_webhook() -> Missing:
    """Refuse because there is no such endpoint."""
    return Missing(Code.UNKNOWN_WEBHOOK, "There is no such webhook.", guard="webhooks", retryable=False)


def unknown_delivery(delivery_id: str) -> Missing:
    """Refuse because the endpoint was never to be told that."""
    detail = f"There is no delivery {delivery_id} of this webhook."
    return Missing(Code.UNKNOWN_DELIVERY, detail, guard="webhooks", retryable=False)
