"""A unit of work in memory, which writes down every write."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from app.db.sessions import Session
from app.lifecycle.access import Ended
from app.lifecycle.effects import Owe
from app.lifecycle.estate import Estate
from app.lifecycle.ports import AuditEntry, Event, Profile, UserRecord
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Namesake
from tests.lifecycle.calm import Calm
from tests.lifecycle.memory_groups import Memberships

NUMBERS = count(1)
Pairs = frozenset[tuple[str, str]]


@dataclass
class Users:
    """Users in a dictionary."""

    writes: list[str]
    records: dict[str, UserRecord] = field(default_factory=dict)
    lookups: dict[str, Pairs] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def lock(self, user_id: str) -> UserRecord | None:
        """Return a user."""
        return self.records.get(user_id)

    def namesake(self, user_name_key: str) -> Namesake | None:
        """Return the live user that has the userName."""
        live = (user for user in self.records.values() if user.state in VISIBLE)
        return next((Namesake(user.id, user.state) for user in live if user.user_name_key == user_name_key), None)

    def relatives(self, external_id: str | None, user_name_key: str) -> list[UserRecord]:
        """Return whom a creation might mean or collide with."""
        known = [user for user in self.records.values() if user.state is not State.PURGED]
        same = [u for u in known if u.user_name_key == user_name_key or (external_id and u.external_id == external_id)]
        return same[::-1]

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles some other active user holds."""
        others = [user for user in self.records.values() if user.state is State.ACTIVE and user.id != user_id]
        return frozenset(role for other in others for role in other.roles).intersection(roles)

    def add(self, record: UserRecord, profile: Profile) -> None:
        """Insert a user."""
        self.writes.append("users.add")
        self.records[record.id], self.lookups[record.id] = record, profile.lookups

    def update(
        self, user_id: str, changes: Mapping[str, Any], profile: Profile | None, before: UserRecord | None = None
    ) -> None:
        """Write changed facts and a profile."""
        assert before in (None, self.records[user_id])
        self.writes.append("users.update")
        known = {name: value for name, value in changes.items() if name in UserRecord.__slots__}
        self.facts.setdefault(user_id, {}).update(changes)
        if profile is not None:
            names = ("user_name", "user_name_key", "external_id", "display_name", "document", "roles")
            known |= {name: getattr(profile, name) for name in names}
            self.lookups[user_id] = profile.lookups
        self.records[user_id] = replace(self.records[user_id], **known)

    def lose_roles(self, user_id: str) -> str:
        """Take all roles from a user."""
        self.writes.append("users.lose_roles")
        document = json.dumps({**json.loads(self.records[user_id].document), "roles": ""})
        self.records[user_id] = replace(self.records[user_id], document=document, roles=frozenset())
        return document

    def anonymise(self, user_id: str, shown_as: str | None) -> int:
        """Erase everything that says who the user was."""
        keys = len(self.lookups[user_id])
        self.update(user_id, {"former_groups": ()}, Profile("", "", None, shown_as, None, "{}", {}, frozenset()))
        return keys

    def due(self, now: datetime, limit: int, after: str = "") -> list[str]:
        """Return whose time has come."""
        due = [user.id for user in self.records.values() if user.purge_after and user.purge_after <= now]
        return [user_id for user_id in sorted(due) if user_id > after][:limit]


@dataclass
class Sessions:
    """Sessions in a list."""

    writes: list[str]
    users: dict[str, UserRecord]
    sessions: list[Session] = field(default_factory=list)

    def add(self, session: Session, token_hash: str | None) -> None:  # noqa: ARG002
        """Register a session."""
        self.sessions.append(session)
        self.users[session.user_id] = replace(self.users[session.user_id], signed_in=True)

    def of(self, user_id: str, alive_at: datetime) -> list[Session]:  # noqa: ARG002
        """Return the open sessions of a user."""
        return [each for each in self.sessions if each.user_id == user_id and each.ended_at is None]

    def end_all(
        self, user_id: str, at: datetime, cause: str, deferred: tuple[str, ...] = (), spared: tuple[str, ...] = ()
    ) -> Ended:
        """End the sessions of a user."""
        found = [session for session in self.of(user_id, at) if session.kind not in spared]
        later = [session for session in found if session.kind in deferred and (session.expires_at or at) > at]
        ended = [session for session in found if session not in later]
        self.writes.extend(["sessions.end"] * len(ended))
        self.sessions = [replace(s, ended_at=at, end_cause=cause) if s in ended else s for s in self.sessions]
        self.sessions = [replace(s, deferred_at=at) if s in later else s for s in self.sessions]
        return Ended(len(ended), len(later))

    def end_of(self, user_ids: Sequence[str], at: datetime, cause: str, spared: tuple[str, ...]) -> dict[str, int]:
        """End the sessions of several users."""
        return {user_id: self.end_all(user_id, at, cause, spared=spared).now for user_id in user_ids}

    def forget(self, user_id: str) -> int:
        """Erase the sessions of a user."""
        kept = [session for session in self.sessions if session.user_id != user_id]
        self.sessions, count = kept, len(self.sessions) - len(kept)
        return count


@dataclass
class Access:
    """The epochs of users."""

    users: dict[str, UserRecord]

    def revoke(self, user_ids: Sequence[str], at: datetime) -> list[str]:  # noqa: ARG002
        """Raise the epoch of users."""
        found = [id_ for id_ in user_ids if id_ in self.users and self.users[id_].state in VISIBLE]
        for id_ in found:
            self.users[id_] = replace(self.users[id_], session_epoch=self.users[id_].session_epoch + 1)
        return found


@dataclass
class Duties:
    """Legal holds as a set of users, and open obligations by user."""

    writes: list[str]
    held: set[str] = field(default_factory=set)
    owed: dict[str, list[Owe]] = field(default_factory=dict)
    asked: int = 0

    def standing(self, user_id: str) -> bool:
        """Tell whether the data of a user has to stay."""
        self.asked += 1
        return user_id in self.held

    def forget(self, user_id: str) -> int:  # noqa: ARG002
        """Erase nothing: a set of users refers to nothing."""
        return 0

    def redact(self, user_id: str) -> int:
        """Erase nothing: nobody was told."""
        return self.forget(user_id)

    def open(self, user_id: str, owed: Sequence[Owe], at: datetime) -> list[str]:  # noqa: ARG002
        """Keep obligations of a user."""
        kept = self.owed.setdefault(user_id, [])
        new = [each for each in owed if each.code not in {known.code for known in kept}]
        self.writes.extend("obligations.open" for _ in new)
        kept.extend(new)
        return [str(each.code) for each in new]

    def settle(self, user_id: str, at: datetime, codes: Collection[str] | None = None) -> list[str]:  # noqa: ARG002
        """Close obligations of a user."""
        kept = self.owed.pop(user_id, [])
        self.writes.extend("obligations.settle" for _ in kept)
        self.owed[user_id] = [each for each in kept if codes is not None and each.code not in codes]
        return [str(each.code) for each in kept if codes is None or each.code in codes]


@dataclass
class Approvals:
    """Who approved, and when."""

    kept: list[tuple[str, str, datetime]] = field(default_factory=list)

    def of(self, user_id: str, since: datetime) -> tuple[str, ...]:
        """Return who approved since a moment."""
        return tuple(sorted({who for whom, who, at in self.kept if whom == user_id and at >= since}))


@dataclass
class Trail:
    """Audit entries, or events, in a list."""

    writes: list[str]
    kept: list[Any] = field(default_factory=list)

    def add(self, entries: Sequence[AuditEntry] | Sequence[Event]) -> None:
        """Append entries."""
        self.writes.extend(type(entry).__name__ for entry in entries)
        self.kept.extend(entries)

    def of(self, subject_id: str) -> list[Any]:
        """Return what was written about a subject."""
        return [entry for entry in self.kept if entry.subject_id == subject_id]


@dataclass
class MemoryWork:
    """One tenant in memory; ``writes`` names every write, ``locks`` counts locks of the tenant."""

    policy: str
    writes: list[str] = field(default_factory=list)
    locks: int = 0
    txn: str = ""
    estate: Estate | None = None

    def __post_init__(self) -> None:
        self.users = Users(self.writes)
        self.memberships = Memberships(self.writes, self.users.records)
        self.sessions = Sessions(self.writes, self.users.records)
        self.access = Access(self.users.records)
        self.audit, self.outbox = Trail(self.writes), Trail(self.writes)
        self.policies = self.connections = self
        self.holds = self.obligations = self.deliveries = Duties(self.writes)
        self.approvals = Approvals()

        self.surges = Calm()

    def name_of(self, connection_id: str) -> str | None:
        """Return the name of a connection."""
        return connection_id.title()

    def current(self) -> tuple[int, str]:
        """Return the policy."""
        return 1, self.policy

    def new_id(self) -> str:
        """Return the next id."""
        return f"user-{next(NUMBERS):06}"

    def lock(self) -> None:
        """Count."""
        self.locks += 1

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Enclose nothing: what is in memory is not undone."""
        yield

    @contextmanager
    def begin(self) -> Iterator["MemoryWork"]:
        """Begin a transaction, in which nothing is written yet."""
        self.writes.clear()
        self.locks, self.txn = 0, f"txn-{next(NUMBERS)}"
        yield self
