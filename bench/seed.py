"""Fill a service quickly: the lifecycle decides on each user as ever, and the rows are written by the thousand.

The document of a user is what the SCIM door stores of it; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask
from sqlalchemy import insert

from app import create_app
from app.config import Settings
from app.db.migrate import upgrade
from app.db.records import Tenant
from app.db.rows import UserLookupRow, UserRow
from app.db.work import Work
from app.identity.onboarding import Onboarding
from app.lifecycle.commands import Actor
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import AuditEntry, Event, Profile, UserRecord
from app.lifecycle.service import Lifecycle
from app.runtime import EXTENSION, Runtime
from app.scim.kinds import Kind
from app.scim.mapping import profile_of
from app.scim.views import EXTENSION as RULES
from bench import bodies
from bench.databases import settle
from bench.target import ENTRA, HOST, SCIM, Door

TENANT = "bench"
SECRET = "bench-bench-bench-bench-bench-bench"  # noqa: S105 - it guards nothing
OPERATOR = Actor("operator", None, "bench", "cli")


class Gathered:
    """Stand for the users, the audit trail and the outbox of a unit of work, and keep what is added to them.

    Nobody has been here before, so that nobody is found.
    """

    def __init__(self, work: Work) -> None:
        """Pass all else on to ``work``."""
        self._work = work
        self.txn = work.txn
        self.new_id = work.new_id
        self.policies = work.policies
        self.users = self
        self.estate = None
        self.audit = self.outbox = Heap()
        self.rows: list[dict[str, Any]] = []
        self.lookups: list[dict[str, Any]] = []

    def relatives(self, _external_id: str | None, _user_name_key: str) -> list[UserRecord]:
        """Find nobody."""
        return []

    def add(self, record: UserRecord, profile: Profile) -> None:
        """Keep a user."""
        facts = {name: getattr(record, name) for name in UserRecord.__slots__}
        facts |= {name: getattr(profile, name) for name in Profile.__slots__ if name != "lookups"}
        tenant = {"tenant_id": self._work.tenant_id}
        self.rows.append({**facts, **tenant, "former_groups": None})
        self.lookups += [{**tenant, "path": path, "key": key, "user_id": record.id} for path, key in profile.lookups]

    def write(self) -> None:
        """Write all that was kept."""
        self._work.connection.execute(insert(UserRow), self.rows)
        self._work.connection.execute(insert(UserLookupRow), self.lookups)
        self._work.audit.add(self.audit.entries)
        self._work.outbox.add(self.audit.events)


class Heap:
    """Keep audit entries and events."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.events: list[Event] = []

    def add(self, things: Sequence[Any]) -> None:
        """Keep what is added."""
        for thing in things:
            (self.entries if isinstance(thing, AuditEntry) else self.events).append(thing)


class ServiceStock:
    """Fill the service's database."""

    def __init__(self, database_url: str) -> None:
        """Bring the database to its schema, and create a tenant in it."""
        upgrade(database_url)
        self._url = database_url
        self._app = create_app(
            Settings(
                database_url=database_url, secret_keys=(SECRET,), throttle_connection_rate=0, throttle_tenant_rate=0
            )
        )
        runtime: Runtime = self._app.extensions[EXTENSION]
        self._database, self._clock = runtime.database, runtime.clock
        self._office = Onboarding(runtime.database, runtime.clock, OPERATOR)
        self._tenant = self._office.create_tenant(TENANT)
        self._let_deletions_through()
        okta = self._office.connect(self._tenant, "okta", "okta")
        self._actor = Actor("connection", okta.connection.id, okta.connection.name, "scim")
        self._token = okta.token

    @property
    def app(self) -> Flask:
        """Return the application, for those who want to ask it in this process."""
        return self._app

    @property
    def tenant(self) -> Tenant:
        """Return the tenant that is filled."""
        return self._tenant

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.close()

    def doors(self) -> dict[str, Door]:
        """Return where to ask, and with which tokens."""
        entra = self._office.connect(self._tenant, "entra", "entra").token
        host = self._office.create_api_token(self._tenant, "host application").token
        scim = f"/t/{TENANT}/scim/v2"
        return {SCIM: Door(scim, self._token), ENTRA: Door(scim, entra), HOST: Door(f"/t/{TENANT}", host)}

    def _let_deletions_through(self) -> None:
        """Let nobody have to approve that a workload deletes more users than an identity provider usually does."""
        policy = TenantPolicy.default().turned({"scim": {"mass_change": {"deletions": "off"}}}).model_dump_json()
        with self._database.unit_of_work(self._tenant.id) as work:
            work.policies.add(2, policy, author="bench", reason=None, created_at=self._clock.now())

    def users(self, numbers: range) -> list[str]:
        """Create users, and return their ids in the same order."""
        kind = self._app.extensions[RULES]["okta", False].kinds["User"]
        with self._database.unit_of_work(self._tenant.id) as work:
            gathered = Gathered(work)
            lifecycle = Lifecycle(gathered, self._clock, self._actor)  # type: ignore[arg-type]
            profiles = (_profile(kind, number) for number in numbers)
            connection = str(self._actor.id)
            ids = [lifecycle.provision(connection, profile, active=True).record.id for profile in profiles]
            gathered.write()
        return ids

    def fill(self, group_id: str, members: Sequence[tuple[str, str]]) -> None:
        """Put members into a group, by the names that the service knows them by."""
        with self._database.unit_of_work(self._tenant.id) as work:
            work.memberships.add(group_id, work.memberships.resolve(id_ for id_, _ in members).values())
        settle(self._url)


def _profile(kind: Kind, number: int) -> Profile:
    document = bodies.user(number)
    del document["active"]
    return profile_of(kind, document)
