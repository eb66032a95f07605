"""Run the whole application on a migrated database, with two tenants in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app import create_app
from app.config import Settings
from app.db.records import Connection
from app.identity import issuing
from app.identity.scopes import OFFERED
from app.lifecycle.commands import Actor, Channel
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Profile
from app.lifecycle.service import Lifecycle
from app.runtime import EXTENSION, Runtime
from tests.clock import FixedClock

ISSUER = "https://scim.example.com"
NUMBERS = count(1)


@dataclass(frozen=True)
class TenantUnderTest:
    """A tenant with a policy, which hands out tokens and users."""

    runtime: Runtime
    slug: str
    id: int

    @classmethod
    def create(cls, runtime: Runtime, slug: str, **knobs: object) -> "TenantUnderTest":
        """Create a tenant under the default policy with these knobs turned."""
        now = runtime.clock.now()
        policy = TenantPolicy.load(knobs).model_dump_json()
        with runtime.database.tenants() as tenants:
            tenant = tenants.add(slug, slug.title(), now)
        with runtime.database.unit_of_work(tenant.id) as work:
            work.policies.add(1, policy, author="test", reason=None, created_at=now)
        return cls(runtime, slug, tenant.id)

    def scim_token(self, dialect: str = "strict", scopes: str = "scim", name: str | None = None) -> str:
        """Create a connection and return a token of it."""
        now = self.runtime.clock.now()
        with self.runtime.database.unit_of_work(self.id) as work:
            connection = Connection(work.new_id(), name or f"{dialect}-{next(NUMBERS)}", dialect, scopes, now)
            work.connections.add(connection)
            return issuing.issue_to_connection(work, now, connection).token

    def api_token(self, scopes: str = " ".join(OFFERED["api"])) -> str:
        """Return a token of the host application, for all that it may do unless said otherwise."""
        with self.runtime.database.unit_of_work(self.id) as work:
            return issuing.issue_to_host(work, self.runtime.clock.now(), "Host application", scopes.split()).token

    def user(
        self, user_name: str = "", *, active: bool = True, roles: tuple[str, ...] = (), channel: Channel = "scim"
    ) -> str:
        """Provision a user as a connection would, or through another channel, and return its id."""
        name = user_name or f"user-{next(NUMBERS)}"
        lookups = frozenset(("roles.value", role.lower()) for role in roles)
        search = {"username": name.lower(), "roles": [{"value": role.lower()} for role in roles]}
        document = json.dumps({"userName": name, **({"roles": [{"value": role} for role in roles]} if roles else {})})
        profile = Profile(name, name.lower(), None, None, None, document, search, lookups)
        actor = Actor("system", None, "test", channel)
        with self.runtime.database.unit_of_work(self.id) as work:
            return Lifecycle(work, self.runtime.clock, actor).provision("okta", profile, active=active).record.id

    def bearer(self, token: str) -> dict[str, str]:
        """Return the header that shows a token."""
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session", autouse=True)
def _routes_are_compiled_once() -> Iterator[None]:
    """Compile the routes once a process: every test has an application of its own, of the same hundred routes."""
    compile_builder = Rule._compile_builder
    made: dict[tuple[Any, ...], Any] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, append_unknown, *sorted((rule.defaults or {}).items()))
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


def settings_of(database_url: str, **others: Any) -> Settings:
    """Return the settings of a server on a database."""
    # the clock of most tests stands still, so that no bucket would ever fill again
    unthrottled = dict.fromkeys(("throttle_connection_rate", "throttle_tenant_rate", "throttle_failures_per_minute"), 0)
    secret_keys = ("0123456789abcdef" * 4,)
    common = {"database_url": database_url, "public_url": ISSUER, "secret_keys": secret_keys, **unthrottled}
    return Settings(**{**common, **others})


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return the settings of a server on the database of this test."""
    return settings_of(database_url)


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """Return the application as it is served."""
    app = create_app(settings, clock=clock)
    yield app
    app.extensions[EXTENSION].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client that speaks HTTP to the application without a network."""
    return app.test_client()


@pytest.fixture
def acme(app: Flask) -> TenantUnderTest:
    """Return a tenant."""
    return TenantUnderTest.create(app.extensions[EXTENSION], "acme")


@pytest.fixture
def globex(app: Flask) -> TenantUnderTest:
    """Return another tenant, which must never notice the first."""
    return TenantUnderTest.create(app.extensions[EXTENSION], "globex")
