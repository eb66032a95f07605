"""Say what the service needs of the world: a unit of work bound to one tenant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from app.lifecycle.access import Access, Sessions
from app.lifecycle.keeping import Approvals, Deliveries, Holds, Obligations
from app.lifecycle.states import State
from app.lifecycle.subject import Namesake
from app.lifecycle.surges import Surges

if TYPE_CHECKING:
    from app.lifecycle.estate import Estate

UniqueKey: TypeAlias = tuple[str, str, str]
"""A value that is had once: the resource type it is unique in (empty for all), its attribute, its key."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a surface wants kept of a user; opaque to the domain but for names, keys and roles.

    ``document`` is JSON text, ``search`` the mirror that filters run on, ``lookups`` the ``(path, key)`` pairs
    a user is found by, ``roles`` the keys of the roles held. ``active_assigned`` is false once a client removed the
    attribute ``active`` (RFC 7644 §3.5.2.2): it is shown no more, and the state stays as it was. ``unique`` are the
    values that nobody else may have, None where no schema asks for that. ``rekeyed`` is false where the look-ups are
    known to be those from before.
    """

    user_name: str
    user_name_key: str
    external_id: str | None
    display_name: str | None
    display_name_key: str | None
    document: str
    search: Mapping[str, Any]
    lookups: frozenset[tuple[str, str]]
    active_assigned: bool = True
    unique: frozenset[UniqueKey] | None = None
    rekeyed: bool = True

    @property
    def roles(self) -> frozenset[str]:
        """Return the keys of the roles held."""
        return frozenset(key for path, key in self.lookups if path == "roles.value")

    @property
    def shown_as(self) -> str:
        """Return the name that lists of members show."""
        return self.display_name or self.user_name


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user as it is stored; ``signed_in`` is false while no session has begun since all were ended.

    It is None where that is not known, and kept under the lock of the row that whoever begins a session takes too.
    """

    id: str
    connection_id: str | None
    state: State
    active_assigned: bool
    reason: str | None
    version: int
    user_name: str
    user_name_key: str
    external_id: str | None
    display_name: str | None
    document: str
    created_at: datetime
    updated_at: datetime
    deactivated_at: datetime | None
    tombstoned_at: datetime | None
    purge_after: datetime | None
    session_epoch: int
    signed_in: bool | None
    former_groups: tuple[str, ...]
    roles: frozenset[str]
    deactivate_at: datetime | None = None

    @property
    def shown_as(self) -> str:
        """Return the name that lists of members show."""
        return self.display_name or self.user_name


class Users(Protocol):
    """The users of the tenant."""

    def lock(self, user_id: str) -> UserRecord | None:
        """Return a user in whatever state and hold its row until the transaction ends."""

    def namesake(self, user_name_key: str) -> Namesake | None:
        """Return the live user that has the userName."""

    def relatives(self, external_id: str | None, user_name_key: str) -> list[UserRecord]:
        """Return whom a creation might mean or collide with, purged users apart, the latest first.

        These are the users with the same externalId or userName; their rows are held until the transaction ends.
        """

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) some other active user holds."""

    def add(self, record: UserRecord, profile: Profile) -> None:
        """Insert a user."""

    def update(
        self, user_id: str, changes: Mapping[str, Any], profile: Profile | None, before: UserRecord | None = None
    ) -> None:
        """Write changed facts and, if given, a whole new profile, or what differs in it from ``before``."""

    def lose_roles(self, user_id: str) -> str:
        """Take all roles from a user, and return the document without them."""

    def anonymise(self, user_id: str, shown_as: str | None) -> int:
        """Erase everything that says who the user was but ``shown_as``; return how many look-up keys are gone."""

    def due(self, now: datetime, limit: int, after: str = "") -> list[str]:
        """Return the ids, behind ``after``, of tombstoned users under no hold whose time to be purged has come."""


class Memberships(Protocol):
    """Who is in which group."""

    def leave_all(self, member_id: str) -> list[str]:
        """Take a member out of all its groups, and return their ids."""

    def rejoin(self, member_id: str, display: str, group_ids: Sequence[str]) -> None:
        """Put a user back into those of the groups that still exist."""

    def rename(self, member_id: str, display: str | None) -> None:
        """Let all memberships of a member show its new name."""

    def among(self, member_id: str, keys: Collection[str]) -> frozenset[str]:
        """Return the keys of the displayNames, of these, of groups that a member is in directly."""

    def staffed(self, keys: Collection[str], but: str = "") -> frozenset[str]:
        """Return the keys of the displayNames, of these, of groups with an active member, one user left aside."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who (``actor_*``) did what (``action``) to whom (``subject_*``), and why; never personal data."""

    at: datetime
    txn: str
    actor_type: str
    actor_id: str | None
    actor_name: str
    action: str
    subject_type: str
    subject_id: str
    reason: str | None
    policy_version: int | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, to be told to whoever asked; never personal data."""

    created_at: datetime
    txn: str
    type: str
    subject_type: str
    subject_id: str
    payload: Mapping[str, Any]


class Audit(Protocol):
    """The audit trail of the tenant."""

    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Append entries."""


class Outbox(Protocol):
    """The events of the tenant."""

    def add(self, events: Sequence[Event]) -> None:
        """Append events in the order given."""


class Connections(Protocol):
    """The identity providers' links to the tenant."""

    def name_of(self, connection_id: str) -> str | None:
        """Return the name of a connection."""


class Policies(Protocol):
    """The versions of the tenant's policy."""

    def current(self) -> tuple[int, str]:
        """Return the version in force and its JSON document."""


class Work(Protocol):
    """One transaction of one tenant."""

    @property
    def txn(self) -> str:
        """Return the id that all rows of this change share."""

    @property
    def users(self) -> Users:
        """Return the users of the tenant."""

    @property
    def memberships(self) -> Memberships:
        """Return who is in which group."""

    @property
    def sessions(self) -> Sessions:
        """Return the sessions of the tenant's users."""

    @property
    def access(self) -> Access:
        """Return what decides whether users may go on."""

    @property
    def holds(self) -> Holds:
        """Return the legal holds of the tenant."""

    @property
    def approvals(self) -> Approvals:
        """Return who agreed to which purge."""

    @property
    def deliveries(self) -> Deliveries:
        """Return what was told to whom."""

    @property
    def obligations(self) -> Obligations:
        """Return what somebody still has to do."""

    @property
    def estate(self) -> Estate | None:
        """Return what users hold and own at the host application, where that is known."""

    @property
    def connections(self) -> Connections:
        """Return the identity providers' links to the tenant."""

    @property
    def audit(self) -> Audit:
        """Return the audit trail of the tenant."""

    @property
    def outbox(self) -> Outbox:
        """Return the events of the tenant."""

    @property
    def policies(self) -> Policies:
        """Return the versions of the tenant's policy."""

    @property
    def surges(self) -> Surges:
        """Return what identity providers took away lately."""

    def new_id(self) -> str:
        """Return an id that sorts behind those made before."""

    def lock(self) -> None:
        """Let no other transaction of this tenant pass a decision that looks at several users."""

    def savepoint(self) -> AbstractContextManager[object]:
        """Enclose changes that may be undone without undoing the whole transaction."""
