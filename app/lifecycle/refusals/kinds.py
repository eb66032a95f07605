"""Say no in words that an administrator reading them in Okta or Entra can act upon.

Refusal
├── Conflict                        a state that somebody can change
│   ├── INVALID_STATE               the command is not possible in this state
│   ├── LAST_OWNER                  nobody else holds a protected role
│   ├── USER_ACTIVE                 only inactive users are deleted
│   ├── RETENTION                   inactive, but not for long enough
│   ├── PURGE_NOT_DUE               deleted, but still to be kept
│   ├── PURGE_UNAPPROVED            too few persons agreed to the purge
│   ├── REACTIVATION_CLOSED         inactive for too long
│   ├── LAST_ENTITLEMENT_IN_SCOPE   work of the scope still needs somebody entitled
│   ├── OWNED_WORK                  work is still assigned
│   ├── WORK_TAKEN                  somebody else owns the work
│   ├── PRECHECK                    the host application objects, or does not answer
│   ├── USER_NAME_TAKEN             an active user has the userName
│   ├── EMAIL_OF_INACTIVE           an inactive user has the userName
│   ├── VALUE_TAKEN                 another resource has a value that is unique
│   ├── CONFIRMATION_REQUIRED       nobody has confirmed it
│   ├── NOT_OFFERED                 not possible for users that were selected together
│   ├── SIGNED_IN_BEFORE            a welcome is for newcomers
│   ├── NEVER_SIGNED_IN             a password reset is for those who know the application
│   ├── REVIEW_UNFINISHED           another review is not completed
│   ├── REVIEW_UNDECIDED            nobody has decided about some users under review
│   ├── SID_TAKEN                   there was a session of that id before
│   ├── TOO_MANY_WEBHOOKS           there are as many endpoints as there may be
│   ├── TOO_MANY_LOGOUT_CLIENTS     there are as many clients as there may be
│   └── LOGOUT_CLIENT_TAKEN         the client is registered already
├── Forbidden                       policy or role says no
│   ├── MANAGED_EXTERNALLY          an identity provider manages the users
│   ├── ACTOR_NOT_PERMITTED         who acts may not act on this user
│   ├── APPROVER_IS_REQUESTER       who asked for a deletion does not approve the purge
│   ├── DEACTIVATED_BY_OPERATOR     access was taken away for security
│   ├── DELETION_UNSUPPORTED        users are never deleted here
│   ├── LEGAL_HOLD                  the data has to stay
│   ├── SEAT_LIMIT                  no seat is left
│   ├── NOT_REASSIGNABLE            work of the type is not given away in one go
│   ├── NOT_SEPARABLE               the entitlement goes with the user alone
│   ├── NOT_ACTIVE                  only active users sign in
│   └── DIRECTORY_SUSPENDED         nobody signs in while the directory is suspended
├── Missing
│   ├── UNKNOWN_USER                no such user, or no longer
│   ├── UNKNOWN_HOLD                no such hold
│   ├── UNKNOWN_OBLIGATION          no such obligation
│   ├── UNKNOWN_WORK                no such work
│   ├── UNKNOWN_ENTITLEMENT         the user holds nothing of that pool
│   ├── UNKNOWN_PRECHECK            the application is not asked
│   ├── UNKNOWN_SESSION             no such session
│   ├── UNKNOWN_REVIEW              no such review
│   ├── UNKNOWN_SURGE               no such surge of deletions
│   ├── UNKNOWN_WEBHOOK             no such endpoint
│   ├── UNKNOWN_LOGOUT_CLIENT       no such client is told of sign-outs
│   └── UNKNOWN_DELIVERY            nothing such was told to the endpoint
├── Invalid
│   └── REASON_REQUIRED             a deletion has to say why
├── Stale
│   └── CHANGED                     not what the preflight looked at any more
└── Delayed
    └── MASS_CHANGE_HELD            too many deletions by identity providers, about which somebody decides
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias

Kind: TypeAlias = Literal["conflict", "forbidden", "not_found", "invalid", "stale", "held"]


class Code(StrEnum):
    """The machine words of refusals, in guard order: the first of several is decisive."""

    UNKNOWN_USER = "UNKNOWN_USER"
    CHANGED = "CHANGED"
    UNKNOWN_HOLD = "UNKNOWN_HOLD"
    UNKNOWN_OBLIGATION = "UNKNOWN_OBLIGATION"
    UNKNOWN_ENTITLEMENT = "UNKNOWN_ENTITLEMENT"
    UNKNOWN_WORK = "UNKNOWN_WORK"
    INVALID_STATE = "INVALID_STATE"
    MANAGED_EXTERNALLY = "MANAGED_EXTERNALLY"
    ACTOR_NOT_PERMITTED = "ACTOR_NOT_PERMITTED"
    APPROVER_IS_REQUESTER = "APPROVER_IS_REQUESTER"
    DEACTIVATED_BY_OPERATOR = "DEACTIVATED_BY_OPERATOR"
    DELETION_UNSUPPORTED = "DELETION_UNSUPPORTED"
    LEGAL_HOLD = "LEGAL_HOLD"
    LAST_OWNER = "LAST_OWNER"
    USER_ACTIVE = "USER_ACTIVE"
    RETENTION = "RETENTION"
    PURGE_NOT_DUE = "PURGE_NOT_DUE"
    PURGE_UNAPPROVED = "PURGE_UNAPPROVED"
    REACTIVATION_CLOSED = "REACTIVATION_CLOSED"
    NOT_SEPARABLE = "NOT_SEPARABLE"
    LAST_ENTITLEMENT_IN_SCOPE = "LAST_ENTITLEMENT_IN_SCOPE"
    OWNED_WORK = "OWNED_WORK"
    PRECHECK = "PRECHECK"
    SEAT_LIMIT = "SEAT_LIMIT"
    NOT_REASSIGNABLE = "NOT_REASSIGNABLE"
    WORK_TAKEN = "WORK_TAKEN"
    USER_NAME_TAKEN = "USER_NAME_TAKEN"
    EMAIL_OF_INACTIVE = "EMAIL_OF_INACTIVE"
    VALUE_TAKEN = "VALUE_TAKEN"
    REASON_REQUIRED = "REASON_REQUIRED"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    MASS_CHANGE_HELD = "MASS_CHANGE_HELD"
    NOT_OFFERED = "NOT_OFFERED"
    SIGNED_IN_BEFORE = "SIGNED_IN_BEFORE"
    NEVER_SIGNED_IN = "NEVER_SIGNED_IN"
    NOT_ACTIVE = "NOT_ACTIVE"
    DIRECTORY_SUSPENDED = "DIRECTORY_SUSPENDED"
    SID_TAKEN = "SID_TAKEN"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"
    TOO_MANY_WEBHOOKS = "TOO_MANY_WEBHOOKS"
    TOO_MANY_LOGOUT_CLIENTS = "TOO_MANY_LOGOUT_CLIENTS"
    LOGOUT_CLIENT_TAKEN = "LOGOUT_CLIENT_TAKEN"
    UNKNOWN_PRECHECK = "UNKNOWN_PRECHECK"
    REVIEW_UNFINISHED = "REVIEW_UNFINISHED"
    REVIEW_UNDECIDED = "REVIEW_UNDECIDED"
    UNKNOWN_REVIEW = "UNKNOWN_REVIEW"
    UNKNOWN_SURGE = "UNKNOWN_SURGE"
    UNKNOWN_WEBHOOK = "UNKNOWN_WEBHOOK"
    UNKNOWN_LOGOUT_CLIENT = "UNKNOWN_LOGOUT_CLIENT"
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
    retry_after: int | None = None

    kind: ClassVar[Kind] = "conflict"


class Conflict(Refusal):
    """A refusal that ends when somebody changes a state."""

    kind: ClassVar[Kind] = "conflict"


class Forbidden(Refusal):
    """A refusal by policy or role."""

    kind: ClassVar[Kind] = "forbidden"


class Missing(Refusal):
    """A refusal because there is no such thing."""

    kind: ClassVar[Kind] = "not_found"


class Invalid(Refusal):
    """A refusal because something was not said."""

    kind: ClassVar[Kind] = "invalid"


class Stale(Refusal):
    """A refusal because what was looked at has changed since."""

    kind: ClassVar[Kind] = "stale"


class Delayed(Refusal):
    """A refusal until somebody has decided, worth trying again after ``retry_after`` seconds (RFC 9110 §10.2.3)."""

    kind: ClassVar[Kind] = "held"


class Refused(Exception):  # noqa: N818
    """Carry the refusals of a command, the decisive one first, and the id of the user it was about."""

    def __init__(self, refusals: Sequence[Refusal], user_id: str | None = None) -> None:
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        self.user_id = user_id
        super().__init__("; ".join(f"{refusal.code}: {refusal.detail}" for refusal in self.refusals))

    @property
    def first(self) -> Refusal:
        """Return the refusal that sets the status of the answer."""
        return self.refusals[0]
