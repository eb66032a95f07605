"""Every way to end access, and every kind of credential: dead at the first check after the answer."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from app.chores.leaving import deactivate_due
from app.cli import main
from app.config import Settings
from app.events.catalogue import CAEP
from app.identity.proofs import Proof
from app.lifecycle.clock import iso
from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.identity.oauth_clients import connecting, public, rsa, signed
from tests.service import TenantUnderTest
from tests.sessions.providers import KINDS, NOW, HostApplication, Provider

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OFF = {"op": "replace", "path": "active", "value": False}
OPAQUE, HASHED, JWT = "opaque token", "registered hash", "JWT of the host"
KEY = "ghp_of_the_host"


class Scene:
    """A user with a credential of every kind, and all who may end its access."""

    def __init__(self, client: FlaskClient, tenant: TenantUnderTest) -> None:
        self.tenant = tenant
        assert isinstance(tenant.runtime.clock, FixedClock)
        self.clock = tenant.runtime.clock
        self.provider, self.host = Provider.of(client, tenant), HostApplication.of(client, tenant)
        self.user = self.provider.user("ada")
        self.shown = self.host.sids(self.user)
        self.shown[OPAQUE] = self.host.register(self.user, token=True)["token"]
        self.host.register(self.user, kind="api_key", token_sha256=sha256(KEY.encode()).hexdigest())
        self.shown[HASHED] = KEY

    def living(self) -> set[str]:
        """Return the kinds of credentials that may go on."""
        form = {"user_id": self.user, "issued_at": str(NOW)}
        answer = self.host.call("POST", "/oauth/introspect", data=form).get_json()
        assert answer["active"] is True or answer == {"active": False}
        return self.host.living(self.shown) | ({JWT} if answer["active"] else set())

    def bulk(self, method: str, **operation: Any) -> int:
        """Send one operation in bulk, and return its status."""
        operations = [{"method": method, "path": f"/Users/{self.user}", **operation}]
        answer = self.provider.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
        return int(answer.get_json()["Operations"][0]["status"])

    def put(self) -> int:
        """Replace the user by one that is not active."""
        body = {"schemas": [SCHEMA], "userName": "ada@example.com", "externalId": "00uada", "active": False}
        return self.provider.scim("PUT", f"/Users/{self.user}", body).status_code

    def api(self, method: str, path: str, **body: Any) -> int:
        """Send a command of the host application."""
        said = {"json": body} if body or method == "POST" else {}
        return self.host.call(method, f"/api/v1{path}", **said).status_code

    def command(self) -> int:
        """Deactivate at the desk of the operator."""
        done = CliRunner().invoke(main, ["user", "deactivate", self.user, "--tenant", self.tenant.slug, "--json"])
        return 200 if json.loads(done.stdout)["state"] == "inactive" else done.exit_code

    def scheduled(self) -> int:
        """Let a moment come at which access ends."""
        moment = iso(self.clock.advance(seconds=30))
        self.clock.advance(seconds=-30)
        status = self.api("PUT", f"/users/{self.user}/deactivate-at", at=moment)
        assert JWT in self.living()
        self.clock.advance(seconds=30)
        assert deactivate_due(self.tenant.runtime, self.tenant.id) == 1
        return status

    def service(self) -> int:
        """Deactivate from within, as the console does."""
        with self.tenant.runtime.database.unit_of_work(self.tenant.id) as work:
            lifecycle = Lifecycle(work, self.clock, Actor("operator", None, "test", "cli"))
            return 200 if lifecycle.deactivate(lifecycle.find(self.user), "security").changed else 409

    def signal(self) -> int:
        """Push a security event token (CAEP 1.0 §3.1)."""
        proof = Proof("transmitter", issuer="https://signals.example", audience="us", jwks=public(rsa()))
        connecting(self.tenant).create("signals", "strict", proof=proof)
        said = {"iss": "https://signals.example", "aud": "us", "iat": NOW, "jti": "one"}
        subject = {"format": "opaque", "id": self.user}
        token = signed({**said, "sub_id": subject, "events": {CAEP + "session-revoked": {}}}, typ="secevent+jwt")
        headers = {"Content-Type": "application/secevent+jwt"}
        return self.host.http.post(f"/t/{self.tenant.slug}/ssf/receive", data=token, headers=headers).status_code


Way = Callable[[Scene], int]
WAYS: dict[str, tuple[Way, int]] = {
    "PATCH": (lambda s: s.provider.patch(f"/Users/{s.user}", OFF).status_code, 200),
    "PATCH without a path": (
        lambda s: s.provider.patch(f"/Users/{s.user}", {"op": "replace", "value": {"active": False}}).status_code,
        200,
    ),
    "PUT": (Scene.put, 200),
    "DELETE": (lambda s: s.provider.scim("DELETE", f"/Users/{s.user}").status_code, 204),
    "PATCH in bulk": (lambda s: s.bulk("PATCH", data={"schemas": [PATCH], "Operations": [OFF]}), 200),
    "DELETE in bulk": (lambda s: s.bulk("DELETE"), 204),
    "deactivation by API": (lambda s: s.api("POST", f"/users/{s.user}/deactivate"), 200),
    "deletion by API": (lambda s: s.api("DELETE", f"/users/{s.user}?reason=other&confirm=true"), 200),
    "several by API": (lambda s: s.api("POST", "/users/bulk", action="deactivate", ids=[s.user]), 200),
    "command line": (Scene.command, 200),
    "service": (Scene.service, 200),
    "a moment that was set": (Scene.scheduled, 200),
    "global token revocation": (
        lambda s: s.provider.revoke({"format": "email", "email": "ada@example.com"}).status_code,
        204,
    ),
    "back-channel logout": (lambda s: s.provider.log_out(sub="00uada").status_code, 200),
    "security event": (Scene.signal, 202),
}


@pytest.fixture
def scene(client: FlaskClient, app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a user of a tenant where a logout ends keys too, and the active may be deleted."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", settings.secret_keys[0])
    runtime = app.extensions[EXTENSION]
    knobs = {"sessions": {"logout_ends": "everything"}, "delete": {"mode": "any"}}
    return Scene(client, TenantUnderTest.create(runtime, "strict", **knobs))


@pytest.mark.parametrize("way", WAYS)
def test_all_is_dead_at_the_first_check(way: str, scene: Scene) -> None:
    """Of each kind there is one that lives before, and none after."""
    assert scene.living() == {*KINDS, OPAQUE, HASHED, JWT}
    end, status = WAYS[way]
    assert end(scene) == status
    assert scene.living() == set()


def test_the_undo_of_a_window_revives_no_session(scene: Scene) -> None:
    """The user is active again, with the keys that a deactivation only suspends; the rest from before stays dead."""
    since = iso(scene.clock.now())
    scene.clock.advance(seconds=30)
    assert scene.provider.patch(f"/Users/{scene.user}", OFF).status_code == 200
    assert scene.api("POST", "/mass-changes/undo", since=since) == 200
    assert scene.provider.scim("GET", f"/Users/{scene.user}").get_json()["active"] is True
    assert scene.living() == {"api_key", "personal_token", HASHED}
