"""Hold the facts about a user that a guard may look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from app.lifecycle.surges import Surge

SECURITY_REASONS = frozenset({"security"})


def folded(roles: Iterable[str]) -> frozenset[str]:
    """Return roles in the form in which they compare: without regard to case."""
    return frozenset(role.casefold() for role in roles)


@dataclass(frozen=True, slots=True)
class Namesake:
    """The live user that already has the userName."""

    id: str
    state: State


@dataclass(frozen=True, slots=True)
class WorkCount:
    """How much work of a type, in a state and a scope, somebody owns; None has no scope."""

    type: str
    state: str
    scope: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """An entitlement that the user holds.

    ``alone`` tells that no other active user holds one in the scope; ``blocked_by`` is the work of the scope that
    needs somebody entitled; ``leaving`` that the new profile no longer assigns it.
    """

    pool: str
    scope: str | None = None
    alone: bool = False
    blocked_by: tuple[WorkCount, ...] = ()
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entitlement that the profile assigns and the user does not hold; ``taken`` are those given out."""

    pool: str
    scope: str | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host application said when it was asked; each blocker is JSON without personal data."""

    reached: bool = True
    blockers: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A user as the guards see it; `sole_roles` are the protected roles that no other active user holds.

    ``sole_groups`` are the keys of the protected groups that it is in and no other active user is, ``managed_by``
    names its identity provider, ``on_hold`` tells that its data has to stay, ``work`` is what it owns, ``answer`` what
    the host application said of this command; None, or nothing, where it was not asked; ``surge`` why a deletion by an
    identity provider has to wait.
    """

    id: str | None
    state: State | None
    reason: str | None = None
    deactivated_at: datetime | None = None
    tombstoned_at: datetime | None = None
    purge_after: datetime | None = None
    roles: frozenset[str] = frozenset()
    sole_roles: frozenset[str] = frozenset()
    sole_groups: frozenset[str] = frozenset()
    namesake: Namesake | None = None
    managed_by: str | None = None
    on_hold: bool = False
    approved_by: tuple[str, ...] = ()
    work: tuple[WorkCount, ...] = ()
    held: tuple[Held, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    answer: Answer | None = None
    deactivate_at: datetime | None = None
    surge: Surge | None = None

    @classmethod
    def absent(cls, user_id: str | None = None, namesake: Namesake | None = None) -> Self:
        """Return the subject of a creation: a user that does not exist yet."""
        return cls(id=user_id, state=None, namesake=namesake)

    @property
    def secured(self) -> bool:
        """Tell whether an operator took access away for security."""
        return self.reason in SECURITY_REASONS

    def holds_alone(self, protected: Iterable[str]) -> tuple[str, ...]:
        """Return which of the protected roles this user holds and no other active user does."""
        alone = folded(self.roles) & folded(self.sole_roles)
        return tuple(role for role in protected if role.casefold() in alone)

    def after(self, changes: Mapping[str, Any], roles: frozenset[str] | None = None) -> Self:
        """Return the subject as these changes, and these roles if any, leave it."""
        known = {field.name for field in fields(self)}
        kept = {name: value for name, value in changes.items() if name in known}
        return replace(self, **kept, roles=self.roles if roles is None else roles)


def succession(
    predecessor: Subject,
    same_external_id: bool,  # noqa: FBT001
    same_user_name: bool,  # noqa: FBT001
    policy: TenantPolicy,
) -> bool:
    """Decide whether a creation by the same connection brings the predecessor back under its id."""
    reuse = policy.identity.email_reuse
    if predecessor.state is State.INACTIVE:
        return same_external_id and reuse != "reactivate_only"
    if predecessor.state is State.TOMBSTONED:
        return same_external_id or (same_user_name and reuse != "free")
    return False
