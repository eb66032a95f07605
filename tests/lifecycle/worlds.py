"""Give the service a tenant to act in: in memory, on SQLite or on PostgreSQL, behind the same words."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from app.db.engine import open_engine
from app.db.records import GroupRecord, Member
from app.db.sessions import Session
from app.db.work import Database
from app.lifecycle.commands import Actor
from app.lifecycle.ports import Profile
from app.lifecycle.service import Lifecycle
from tests.clock import FixedClock
from tests.lifecycle.memory import MemoryWork
from tests.lifecycle.people import IDP, policy

CONNECTION = "okta"


def profile(name: str = "Ada", *, external_id: str | None = None, roles: tuple[str, ...] = ()) -> Profile:
    """Return what a surface would keep of a user of that name."""
    key = name.lower()
    document = f'{{"userName":"{name}","externalId":"{external_id}","roles":"{" ".join(roles)}"}}'
    lookups = frozenset(("roles.value", role.lower()) for role in roles)
    return Profile(name, key, external_id, f"Dr. {name}", f"dr. {key}", document, {"username": key}, lookups)


class Store(Protocol):
    """Where the rows are."""

    def begin(self) -> AbstractContextManager[Any]:
        """Open a unit of work."""

    def group(self, group_id: str) -> None:
        """Create a group."""


@dataclass
class Memory:
    """Rows in memory."""

    work: MemoryWork

    def begin(self) -> AbstractContextManager[Any]:
        """Open a unit of work."""
        return self.work.begin()

    def group(self, group_id: str) -> None:
        """Create a group."""
        self.work.memberships.groups[group_id] = {}


@dataclass
class Rows:
    """Rows in a database."""

    database: Database
    clock: FixedClock
    tenant_id: int

    def begin(self) -> AbstractContextManager[Any]:
        """Open a unit of work."""
        return self.database.unit_of_work(self.tenant_id)

    def group(self, group_id: str) -> None:
        """Create a group."""
        now = self.clock.now()
        with self.database.unit_of_work(self.tenant_id) as work:
            key = group_id.lower()
            record = GroupRecord(group_id, CONNECTION, 1, group_id, key, key, None, "{}", {}, now, now)
            work.groups.add(record)


@dataclass
class World:
    """A tenant in which time passes only when told, and somebody acts."""

    store: Store
    clock: FixedClock

    @contextmanager
    def acting(self, actor: Actor = IDP) -> Iterator[Lifecycle]:
        """Act in one unit of work."""
        with self.store.begin() as work:
            yield Lifecycle(work, self.clock, actor)

    def user(self, name: str = "Ada", *, active: bool = True, **facts: Any) -> str:
        """Provision a user and return its id."""
        with self.acting() as users:
            return users.provision(CONNECTION, profile(name, **facts), active=active).record.id

    def deactivate(self, user_id: str, reason: str = "leaver", actor: Actor = IDP) -> bool:
        """Deactivate a user, and tell whether that changed it."""
        with self.acting(actor) as users:
            return users.deactivate(users.find(user_id), reason).changed

    def delete(self, user_id: str) -> None:
        """Delete a user as an identity provider does."""
        with self.acting() as users:
            users.delete(users.find(user_id))

    def join(self, user_id: str, *group_ids: str) -> None:
        """Put a user into groups."""
        for group_id in group_ids:
            self.store.group(group_id)
            with self.store.begin() as work:
                work.memberships.add(group_id, [Member(user_id, "User", "Dr. Ada")])

    def members(self, group_id: str) -> list[Any]:
        """Return the members of a group."""
        with self.store.begin() as work:
            return list(work.memberships.of_group(group_id))

    def sign_in(self, user_id: str, sid: str) -> None:
        """Open a session in the user's present epoch."""
        with self.store.begin() as work:
            epoch, now = work.users.lock(user_id).session_epoch, self.clock.now()
            work.sessions.add(Session(sid, user_id, "local", None, None, epoch, now, None), None)

    def open_sessions(self, user_id: str) -> list[str]:
        """Return the ids of the sessions that have not ended."""
        with self.store.begin() as work:
            return [session.id for session in work.sessions.of(user_id, self.clock.now())]

    def record(self, user_id: str) -> Any:
        """Return the row of a user."""
        with self.store.begin() as work:
            return work.users.lock(user_id)

    def told(self, user_id: str, since: int = 0) -> list[tuple[str, dict[str, Any]]]:
        """Return the audit trail of a user from an entry on, once the outbox has been seen to say the same.

        The versions that it tells of count up, and are left out.
        """
        with self.store.begin() as work:
            entries, events = work.audit.of(user_id), work.outbox.of(user_id)
        assert [(e.action, e.txn, e.at) for e in entries] == [(e.type, e.txn, e.created_at) for e in events]
        told = [(entry.action, dict(entry.detail)) for entry in entries]
        versions = [version for _, data in told if (version := data.pop("version", None)) is not None]
        assert versions == sorted(versions)
        assert {1, self.record(user_id).version} >= {*versions[:1], *versions[-1:]}
        return told[since:]


@contextmanager
def memory(clock: FixedClock, **knobs: Any) -> Iterator[World]:
    """Lend a world in memory."""
    yield World(Memory(MemoryWork(policy(**knobs).model_dump_json())), clock)


@contextmanager
def stored(url: str, clock: FixedClock, **knobs: Any) -> Iterator[World]:
    """Lend a world in a database."""
    with closing(Database(open_engine(url))) as database:
        with database.tenants() as tenants:
            tenant = tenants.add("acme", "Acme", clock.now())
        with database.unit_of_work(tenant.id) as work:
            document = policy(**knobs).model_dump_json()
            work.policies.add(1, document, author="test", reason=None, created_at=clock.now())
        yield World(Rows(database, clock, tenant.id), clock)


def writes(world: World) -> list[str]:
    """Return what the last unit of work wrote in memory."""
    assert isinstance(world.store, Memory)
    return world.store.work.writes
