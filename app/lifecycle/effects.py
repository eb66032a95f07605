"""Name the effects of a decision: data that the service carries out in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class EndAccess:
    """End sessions and tokens of the user now; `cause` is kept as their `end_cause`.

    Those of a kind that is ``deferred`` go on until they expire, if ever they do; those of a kind that is ``spared``
    rest while the user is not active.
    """

    cause: str
    deferred: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emit:
    """Write an event about the user to the outbox; `data` is JSON without personal data."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeaveGroups:
    """Remove the user from its groups and remember them for a restore."""


@dataclass(frozen=True, slots=True)
class ReinstateGroups:
    """Put the user back into the remembered groups that still exist."""


@dataclass(frozen=True, slots=True)
class LoseRoles:
    """Take all roles from the user."""


@dataclass(frozen=True, slots=True)
class ForgetGroups:
    """Remove the user from its groups for good."""


@dataclass(frozen=True, slots=True)
class Anonymise:
    """Destroy the personal data of the user; ``shown_as`` stands where its name stood, None keeps the name."""

    shown_as: str | None


@dataclass(frozen=True, slots=True)
class ReleaseEntitlement:
    """Take an entitlement from the user and give it back to its pool."""

    pool: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class TakeEntitlement:
    """Give the user an entitlement out of a pool."""

    pool: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class MarkTransferable:
    """Let others claim work of the user; no ``states`` means all, no ``scope`` anywhere."""

    type: str
    states: tuple[str, ...] = ()
    scope: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Unassign:
    """Let nobody own work of the user."""

    type: str
    states: tuple[str, ...] = ()
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Reassign:
    """Give all work of a type to another user."""

    type: str
    to: str


@dataclass(frozen=True, slots=True)
class RemoveWork:
    """Forget all work of a type that the user owns."""

    type: str


@dataclass(frozen=True, slots=True)
class GiveBackWork:
    """Let the user own again what it lost by being deactivated, as far as nobody took it over."""

    type: str


@dataclass(frozen=True, slots=True)
class Owe:
    """Keep in sight what still stands in the way of a command that was not refused for it."""

    code: str
    guard: str
    detail: Mapping[str, Any]
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Close the open obligations of the user: they have become void."""


OnWork: TypeAlias = MarkTransferable | Unassign | Reassign | RemoveWork | GiveBackWork
Effect: TypeAlias = (
    EndAccess
    | Emit
    | LeaveGroups
    | ReinstateGroups
    | LoseRoles
    | ForgetGroups
    | Anonymise
    | ReleaseEntitlement
    | TakeEntitlement
    | OnWork
    | Owe
    | Settle
)
