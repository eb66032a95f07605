"""Say what somebody wants done to a user, and who wants it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

ActorKind: TypeAlias = Literal["connection", "api", "operator", "system"]
Channel: TypeAlias = Literal["scim", "api", "cli", "worker"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door.

    ``user_id`` is the user of the host application in whose name it acts, and ``roles`` are those of that user;
    with None nobody is named, and the rules about roles do not bind.
    """

    kind: ActorKind
    id: str | None
    name: str
    channel: Channel
    user_id: str | None = None
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When access is to end by itself; None is never."""

    at: datetime | None

    def due(self, now: datetime) -> bool:
        """Tell whether that moment has come."""
        return self.at is not None and self.at <= now


@dataclass(frozen=True, slots=True)
class Provision:
    """Create a user, or stage one with `active=False`."""

    actor: Actor
    active: bool = True
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """Change attributes; `roles` are those held afterwards, None when they are not touched.

    ``joined`` and ``left`` are the keys of the displayNames of groups, where membership alone changes.
    """

    actor: Actor
    roles: frozenset[str] | None = None
    joined: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deactivate:
    """End access, reversibly."""

    actor: Actor
    reason: str = "scim"
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Reactivate:
    """Give an inactive user access again."""

    actor: Actor
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a user out of the directory and start the way to purging."""

    actor: Actor
    reason: str | None = None
    legal_basis: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring a deleted or inactive user back under the same id."""

    actor: Actor
    active: bool = True
    reinstate_groups: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Purge:
    """Destroy the personal data of a deleted user, for good."""

    actor: Actor
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """Give an entitlement to an active user."""

    actor: Actor
    pool: str


@dataclass(frozen=True, slots=True)
class Release:
    """Take an entitlement from a user, who stays as active as before."""

    actor: Actor
    pool: str
    confirmed: bool = False


Command: TypeAlias = Provision | Change | Deactivate | Reactivate | Delete | Restore | Purge | Assign | Release
