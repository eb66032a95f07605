"""A suspended directory: nobody has access, whoever has to know is told, and everything comes back as it was."""

from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.config import Settings
from app.db.rows import AuditRow, OutboxRow
from app.events.catalogue import CAEP
from app.identity import logbook
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.identity.oauth_clients import NOW
from tests.scim_client import USER, ScimClient, tables
from tests.service import TenantUnderTest
from tests.ssf.conftest import Answer, Party
from tests.ssf.test_receiving import peer, send, signal
from tests.ssf.tokens import event, read

__all__ = ["peer"]
REVOKED = CAEP + "session-revoked"
Said = dict[str, Any]


class Host:
    """The host application and an identity provider of a tenant, with a user who has signed in."""

    def __init__(self, receiver: Party) -> None:
        """Sign a user in."""
        self.web, self.tenant = receiver.web, receiver.tenant
        self.token, self.provider = self.tenant.api_token(), self.tenant.scim_token()
        self.user_id = self.tenant.user("ada@example.com")
        signed_in = self.register()
        assert signed_in.status == 201
        self.sid = signed_in.body["sid"]

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask the API."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        typed = bearer if body is None else {**bearer, "Content_Type": "application/json"}
        return self.web.ask(method, f"/t/{self.tenant.slug}/api/v1{path}", body, **typed)

    def turn(self, verb: str, **said: Any) -> Said:
        """Suspend or resume."""
        answer = self.ask("POST", f"/directory/{verb}", {"reason": "contract_ended", **said})
        assert answer.status == 200, answer
        body: Said = answer.body
        return body

    def register(self) -> Answer:
        """Let a session begin."""
        return self.ask("POST", f"/users/{self.user_id}/sessions", {})

    def scim(self, method: str = "GET", path: str = "/Users", body: Any = None) -> Answer:
        """Send a SCIM request."""
        named = {"Authorization": f"Bearer {self.provider}", "Content_Type": "application/scim+json"}
        return self.web.ask(method, f"/t/{self.tenant.slug}/scim/v2{path}", body, **named)

    def introspected(self) -> list[Said]:
        """Return what is said of the session, by each way to ask, and of a JWT that was issued just now."""
        named = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/x-www-form-urlencoded"}
        url, issued = f"/t/{self.tenant.slug}/oauth/introspect", f"user_id={self.user_id}&issued_at={NOW + 9}"
        one, other = (self.web.ask("POST", url, text, **named).body for text in (f"token={self.sid}", issued))
        questions = [{"token": self.sid}, {"user_id": self.user_id, "issued_at": NOW + 9}]
        answers: list[Said] = self.ask("POST", "/sessions/introspect", {"questions": questions}).body["answers"]
        return [one, other, *answers]

    def may(self) -> bool:
        """Tell whether the user may sign in, as AuthZEN has it."""
        asked = {
            "subject": {"type": "user", "id": self.user_id},
            "action": {"name": "login"},
            "resource": {"type": "app", "id": "a"},
        }
        named = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"}
        answer = self.web.ask("POST", f"/t/{self.tenant.slug}/access/v1/evaluation", asked, **named)
        decision: bool = answer.body["decision"]
        return decision


@pytest.fixture
def host(receiver: Party) -> Host:
    """Return the parties of a tenant."""
    return Host(receiver)


def test_nobody_has_access_until_it_is_resumed(host: Host) -> None:
    """Identity providers read 403, sessions are not active, none begins; then all is as it was, the session too."""
    assert host.ask("GET", "/directory").body == {"state": "active"}
    assert (host.may(), {each["active"] for each in host.introspected()}) == (True, {True})
    assert host.turn("suspend") == {"state": "suspended", "changed": True}
    refused = host.scim()
    assert (refused.status, refused.headers["content-type"]) == (403, "application/scim+json")
    assert (refused.body["status"], "suspended" in refused.body["detail"]) == ("403", True)
    assert "www-authenticate" not in refused.headers
    assert host.scim("POST", body={"schemas": [USER], "userName": "eve"}).status == 403
    assert host.introspected() == [{"active": False}] * 4
    assert host.may() is False
    for answer in (
        host.register(),
        host.ask("POST", "/sessions", {"sessions": [{"user_id": host.user_id}]}),
        host.ask("GET", f"/users/{host.user_id}/sign-in"),
    ):
        assert (answer.status, answer.body.get("code")) == (403, "DIRECTORY_SUSPENDED"), answer
    assert host.ask("GET", f"/users/{host.user_id}").body["id"] == host.user_id
    assert host.ask("GET", "/directory").body == {"state": "suspended"}
    assert host.turn("resume") == {"state": "active", "changed": True}
    assert (host.scim().status, host.may(), host.register().status) == (200, True, 201)
    assert {each["active"] for each in host.introspected()} == {True}


def test_it_is_told_once_however_often_it_is_asked(host: Host, receiver: Party) -> None:
    """Audit trail and events have one entry for each turn, with the reason; receivers are told of the whole tenant."""
    stream = receiver.stream(events_requested=[REVOKED])
    assert [host.turn("suspend")["changed"] for _ in range(2)] == [True, False]
    (token,) = receiver.poll(stream).body["sets"].values()
    claims = read(receiver, token)
    assert claims["sub_id"] == {"format": "complex", "tenant": {"format": "opaque", "id": "acme"}}
    signal_, payload = event(claims)
    assert (signal_, payload["reason_admin"]) == (REVOKED, {"en": "The directory of the user was suspended."})
    assert [host.turn("resume")["changed"] for _ in range(2)] == [True, False]
    found = tables(host.tenant)
    for table in (AuditRow.__tablename__, OutboxRow.__tablename__):
        for happened in ("directory.suspended", "directory.resumed"):
            (row,) = (row for row in found[table] if f"'{happened}'" in row)
            assert "contract_ended" in str(row)


def test_receivers_go_on_listening(host: Host, receiver: Party) -> None:
    """A stream is polled, verified, and told of what happens meanwhile; an access token is bought for that."""
    stream = receiver.stream(events_requested=[REVOKED])
    host.turn("suspend")
    receiver = receiver.renewed()
    assert receiver.ask("POST", "verify", {"stream_id": stream["stream_id"]}).status == 204
    receiver.deactivate(host.user_id)
    subjects = [read(receiver, token)["sub_id"] for token in receiver.poll(stream).body["sets"].values()]
    assert [each["format"] for each in subjects] == ["complex", "opaque", "iss_sub"]


def test_what_ends_meanwhile_stays_ended(host: Host, receiver: Party, peer: str) -> None:
    """A trusted transmitter is heard, so that no session outlives a word that was said while nobody had access."""
    host.turn("suspend")
    assert send(receiver, signal(host.user_id)).status == 202
    host.turn("resume")
    assert host.introspected()[0] == {"active": False}


def test_all_sessions_may_be_ended_for_good(host: Host) -> None:
    """Where that is asked for, now or later, nothing of before is alive after the resumption."""
    host.turn("suspend")
    assert host.turn("suspend", end_sessions=True) == {"state": "suspended", "changed": False}
    host.turn("resume")
    assert host.introspected()[0] == {"active": False}
    assert host.register().status == 201


def test_every_process_knows_at_once(host: Host, settings: Settings, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Another server refuses the very next request, and serves the very next one after the resumption."""
    other = create_app(settings, clock=clock)
    scim = ScimClient(other.test_client(), acme, host.provider)
    assert scim.get("/Users").status_code == 200
    host.turn("suspend")
    assert scim.get("/Users").status_code == 403
    host.turn("resume")
    assert scim.get("/Users").status_code == 200
    other.extensions[EXTENSION].close()


def test_who_looks_for_the_reason_finds_it_in_the_request_log(app: Flask, host: Host) -> None:
    """The refusal is the connection's, and says what it is."""
    host.turn("suspend")
    host.scim()
    app.extensions[logbook.EXTENSION].write()
    (logged,) = host.ask("GET", "/requests").body["requests"]
    assert (logged["status"], "suspended" in logged["detail"]) == (403, True)
    assert logged["connection"] is not None


def test_other_tenants_and_strangers(host: Host, globex: TenantUnderTest) -> None:
    """A tenant is suspended by its own host application, with the scope of connections, for a reason in one word."""
    host.turn("suspend")
    named = {"Authorization": f"Bearer {globex.scim_token()}"}
    assert host.web.ask("GET", "/t/globex/scim/v2/Users", None, **named).status == 200
    assert host.web.ask("GET", "/t/acme/scim/v2/Users", None, **named).status == 401
    host.token = globex.api_token()
    assert host.ask("POST", "/directory/resume", {"reason": "mine"}).status == 401
    host.token = host.tenant.api_token("lifecycle")
    assert host.ask("POST", "/directory/resume", {"reason": "mine"}).status == 403
    host.token = host.tenant.api_token()
    for reason in ("", "Ada asked for it", "x" * 65, None, 7):
        assert host.ask("POST", "/directory/resume", {"reason": reason}).status == 400, reason
    assert host.ask("GET", "/directory").body == {"state": "suspended"}
