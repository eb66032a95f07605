"""Name the effects of a decision: data that the service carries out in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class EndAccess:
    """End every session and token of the user now; `cause` is kept as their `end_cause`."""

    cause: str


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
class Anonymise:
    """Destroy the personal data of the user and show `label` where its name stood."""

    label: str


Effect: TypeAlias = EndAccess | Emit | LeaveGroups | ReinstateGroups | Anonymise
