"""What receivers get: every signal as a SET that others can verify, pushed (RFC 8935) and polled (RFC 8936)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.events.catalogue import CAEP, RISC, SCIM, SSF
from app.events.streams.signals import SUPPORTED
from app.lifecycle.service import Lifecycle
from app.ssf import polling
from tests.clock import FixedClock
from tests.events.conftest import answering
from tests.outbound.servers import Receiver
from tests.scim_client import op
from tests.service import TenantUnderTest
from tests.ssf.conftest import OPERATOR, PUSH, Party, Web, party
from tests.ssf.tokens import event, read, read_by_jose

VERIFICATION = SSF + "verification"


def pushed(receiver: Party, hook: Receiver, header: str | None = "Bearer secret", **said: Any) -> dict[str, Any]:
    """Create a stream that is pushed."""
    delivery = {"method": PUSH, "endpoint_url": hook.url, **({"authorization_header": header} if header else {})}
    return receiver.stream(delivery=delivery, **said)


def arrived(receiver: Party, hook: Receiver) -> list[dict[str, Any]]:
    """Return the claims of what was pushed."""
    receiver.tell()
    return [read(receiver, received.body.decode()) for received in hook.received]


def polled(receiver: Party, stream: dict[str, Any], **said: Any) -> list[dict[str, Any]]:
    """Return the claims of what is handed out."""
    sets = receiver.poll(stream, **said).body["sets"]
    claims = [read(receiver, token) for token in sets.values()]
    assert [each["jti"] for each in claims] == list(sets)
    return claims


@pytest.mark.parametrize("header", ["Bearer secret", None])
def test_a_verification_is_pushed(receiver: Party, hook: Receiver, header: str | None) -> None:
    """Its state is echoed, its subject is the stream, and the header is the one that was configured, or none."""
    stream = pushed(receiver, hook, header)
    said = {"stream_id": stream["stream_id"], "state": "abc123"}
    assert receiver.ask("POST", "verify", said).status == 204
    (claims,) = arrived(receiver, hook)
    assert claims["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
    assert event(claims) == (VERIFICATION, {"state": "abc123"})
    sent = hook.received[0]
    assert (sent.method, sent.headers["content-type"], sent.headers["accept"]) == (
        "POST",
        "application/secevent+jwt",
        "application/json",
    )
    assert sent.headers.get("authorization") == header


def test_a_verification_is_polled_and_not_asked_for_too_often(receiver: Party, clock: FixedClock) -> None:
    """Without a state none is told; the interval that is told is the one that holds."""
    stream = receiver.stream()
    named = {"stream_id": stream["stream_id"]}
    assert receiver.ask("POST", "verify", named).status == 204
    (claims,) = polled(receiver, stream)
    assert event(claims) == (VERIFICATION, {})
    refused = receiver.ask("POST", "verify", named)
    assert (refused.status, refused.headers["retry-after"]) == (429, str(stream["min_verification_interval"]))
    clock.advance(seconds=stream["min_verification_interval"])
    assert receiver.ask("POST", "verify", named).status == 204


def test_every_signal_that_is_advertised_is_sent(receiver: Party, acme: TenantUnderTest, clock: FixedClock) -> None:
    """A life of a user and a group causes each of them, in order, one event a SET, one txn a change."""
    stream = receiver.stream(events_requested=list(SUPPORTED))
    assert stream["events_delivered"] == list(SUPPORTED)
    user_id = lived(receiver, acme, clock)
    receiver = receiver.renewed()
    subject = {"format": "opaque", "id": user_id}
    named = {"stream_id": stream["stream_id"], "subject": subject}
    assert receiver.ask("POST", "subjects:remove", named).status == 204
    assert receiver.ask("POST", "subjects:add", named).status == 200
    claims = polled(receiver, stream)
    assert {event(each)[0] for each in claims} == set(SUPPORTED)
    deactivated = [each for each in claims if event(each)[0] in {RISC + "account-disabled", CAEP + "session-revoked"}]
    assert deactivated[0]["txn"] == deactivated[1]["txn"]
    assert deactivated[0]["sub_id"] == {"format": "iss_sub", "iss": receiver.issuer, "sub": user_id}
    revoked = next(payload for name, payload in map(event, claims) if name == CAEP + "session-revoked")
    assert revoked["initiating_entity"] == "admin"
    assert isinstance(revoked["reason_admin"], dict)
    provisioned = next(each for each in claims if event(each)[0] == SCIM + "prov:create:notice")
    assert provisioned["sub_id"] == {"format": "scim", "uri": f"/Users/{user_id}", "externalId": "e-1"}
    changed = next(payload for name, payload in map(event, claims) if name == CAEP + "token-claims-change")
    assert changed["claims"] == {"groups": ["Crew"]}


def lived(receiver: Party, acme: TenantUnderTest, clock: FixedClock) -> str:
    """Let a user be created, changed, put into a group, and go by SCIM; return its id."""
    token = acme.scim_token()
    base, header = f"/t/{acme.slug}/scim/v2", {"Authorization": f"Bearer {token}"}

    def scim(method: str, path: str, body: Any = None, **preferring: str) -> Any:
        typed = {**header, **preferring, "Content_Type": "application/scim+json"}
        answer = receiver.web.ask(method, base + path, body, **typed)
        assert answer.status < 300, answer
        return answer.body

    schemas = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
    user_id: str = scim("POST", "/Users", {**schemas, "userName": "ada@example.com", "externalId": "e-1"})["id"]
    crew = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Crew"}
    group_id = scim("POST", "/Groups", {**crew, "displayName": "Crew 2"})["id"]
    scim("PATCH", f"/Groups/{group_id}", {**patch, "Operations": [op("replace", "displayName", "Crew")]})
    scim("PATCH", f"/Groups/{group_id}", {**patch, "Operations": [op("add", "members", [{"value": user_id}])]})
    scim("PUT", f"/Users/{user_id}", {**schemas, "userName": "ada@example.com", "title": "Engineer"})
    for active in (False, True, False):
        scim("PATCH", f"/Users/{user_id}", {**patch, "Operations": [op("replace", "active", active)]})
    scim("DELETE", f"/Users/{user_id}", Prefer="respond-async")
    gone: str = scim("POST", "/Users", {**schemas, "userName": "bob@example.com"})["id"]
    scim("DELETE", f"/Users/{gone}")
    with acme.runtime.database.unit_of_work(acme.id) as work:
        Lifecycle(work, clock, OPERATOR).restore(user_id)
    clock.advance(days=400)
    with acme.runtime.database.unit_of_work(acme.id) as work:
        Lifecycle(work, clock, OPERATOR).purge(gone)
    return user_id


def test_what_is_polled_is_kept_until_it_is_acknowledged(receiver: Party, acme: TenantUnderTest) -> None:
    """The same SETs come again, under the same jti, until they are taken or found wrong (RFC 8936 §2.4)."""
    stream = receiver.stream(events_requested=[RISC + "account-disabled"])
    for _ in range(3):
        receiver.deactivate(acme.user())
    first = receiver.poll(stream, maxEvents=2).body
    assert (len(first["sets"]), first["moreAvailable"]) == (2, True)
    again = receiver.poll(stream).body
    assert (list(again["sets"])[:2], again["moreAvailable"]) == (list(first["sets"]), False)
    assert receiver.poll(stream, maxEvents=0).body == {"sets": {}, "moreAvailable": True}
    one, two, three = again["sets"]
    wrong = {two: {"err": "invalid_request", "description": "what is this"}}
    rest = receiver.poll(stream, ack=[one, "unknown"], setErrs=wrong).body
    assert list(rest["sets"]) == [three]
    assert receiver.poll(stream, ack=[three]).body == {"sets": {}, "moreAvailable": False}
    with acme.runtime.database.reading(acme.id) as work:
        assert [tried.answer for tried in work.deliveries.attempts(two)] == ["invalid_request: what is this"]


def test_a_long_poll_is_short(receiver: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends by itself when nothing comes, and at once when too many wait."""
    monkeypatch.setattr(polling, "LONGEST_WAIT_S", 0.3)
    monkeypatch.setattr(polling, "LOOK_EVERY_S", 0.1)
    stream = receiver.stream()
    assert receiver.poll(stream, returnImmediately=False).body == {"sets": {}, "moreAvailable": False}
    monkeypatch.setattr(polling, "LONGEST_WAIT_S", 600.0)
    for _ in range(4):
        assert polling.WAITING.acquire(blocking=False)
    assert receiver.poll(stream, returnImmediately=False).status == 200
    for _ in range(4):
        polling.WAITING.release()


@pytest.mark.parametrize("said", [{"maxEvents": -1}, {"maxEvents": "1"}, {"ack": "x"}, {"returnImmediately": 1}])
def test_a_poll_that_makes_no_sense_is_refused(receiver: Party, said: dict[str, Any]) -> None:
    """It is told so, and nothing is taken."""
    assert receiver.poll(receiver.stream(), **said).status == 400


def test_paused_holds_and_disabled_drops(receiver: Party, acme: TenantUnderTest, hook: Receiver) -> None:
    """What happens while a stream is paused comes afterwards, in order; while it is disabled, never."""
    stream = pushed(receiver, hook, events_requested=[RISC + "account-disabled"])
    named = {"stream_id": stream["stream_id"]}
    held, dropped, lost = acme.user(), acme.user(), acme.user()
    receiver.ask("POST", "status", {**named, "status": "paused"})
    receiver.deactivate(held)
    assert arrived(receiver, hook) == []
    receiver.ask("POST", "status", {**named, "status": "enabled"})
    assert [claims["sub_id"]["sub"] for claims in arrived(receiver, hook)] == [held]
    receiver.ask("POST", "status", {**named, "status": "paused"})
    receiver.deactivate(dropped)
    receiver.tell()
    receiver.ask("POST", "status", {**named, "status": "disabled"})
    receiver.deactivate(lost)
    receiver.tell()
    receiver.ask("POST", "status", {**named, "status": "enabled"})
    assert [claims["sub_id"]["sub"] for claims in arrived(receiver, hook)] == [held]


def test_a_subject_that_is_removed_is_told_for_a_while(
    receiver: Party, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """Nobody hides a takeover by removing its victim first; whom nobody knows is answered just the same."""
    stream = receiver.stream(events_requested=[RISC + "account-disabled", SCIM + "prov:deactivate"])
    named = {"stream_id": stream["stream_id"]}
    soon, late = acme.user("ada@example.com"), acme.user("bob@example.com")
    for email in ("ada@example.com", "Bob@example.com", "nobody@example.com"):
        said = {**named, "subject": {"format": "email", "email": email}}
        assert receiver.ask("POST", "subjects:remove", said).status == 204
    receiver.deactivate(soon)
    assert [event(claims)[0] for claims in polled(receiver, stream)] == [RISC + "account-disabled"]
    clock.advance(days=1)
    receiver = receiver.renewed()
    receiver.deactivate(late)
    assert len(polled(receiver, stream)) == 1
    said = {**named, "subject": {"format": "iss_sub", "iss": receiver.issuer, "sub": late}}
    assert receiver.ask("POST", "subjects:add", said).status == 200
    with acme.runtime.database.unit_of_work(acme.id) as work:
        lifecycle = Lifecycle(work, clock, OPERATOR)
        lifecycle.change(lifecycle.find(late), active=True)
    receiver.deactivate(late)
    assert len(polled(receiver, stream)) == 3


def test_a_refusal_that_passes_is_tried_again_with_the_same_set(
    receiver: Party, acme: TenantUnderTest, hook: Receiver, clock: FixedClock
) -> None:
    """A receiver with an old key set gets the same SET again; one that cannot read it gets the next (RFC 8935 §2.4)."""
    stream = pushed(receiver, hook, events_requested=[RISC + "account-disabled"])
    hook.answering = lambda _: (400, {"Content-Type": "application/json"}, b'{"err":"invalid_key"}')
    first, second = acme.user(), acme.user()
    receiver.deactivate(first)
    receiver.deactivate(second)
    receiver.tell()
    clock.advance(minutes=1)
    hook.answering = answering(202)
    told = arrived(receiver, hook)
    assert [claims["sub_id"]["sub"] for claims in told] == [first, first, second]
    assert told[0] == told[1]
    hook.answering = lambda _: (400, {"Content-Type": "application/json"}, b'{"err":"invalid_audience"}')
    receiver.deactivate(acme.user())
    receiver.tell()
    with acme.runtime.database.reading(acme.id) as work:
        states = [delivery.state for delivery in work.deliveries.pending(stream["stream_id"], 9)]
    assert states == []


def test_a_receiver_that_is_gone_is_held_and_told_when_it_is_back(
    receiver: Party, acme: TenantUnderTest, hook: Receiver
) -> None:
    """Its stream shows as paused; once resumed, what waited comes first, then that it was held and is sent again."""
    stream = pushed(receiver, hook, events_requested=[RISC + "account-disabled"])
    hook.answering = answering(410)
    receiver.deactivate(acme.user())
    receiver.tell()
    shown = receiver.ask("GET", f"status?stream_id={stream['stream_id']}").body
    assert shown == {"stream_id": stream["stream_id"], "status": "paused", "reason": "gone"}
    receiver.deactivate(acme.user())
    hook.received.clear()
    hook.answering = answering(202)
    receiver.office.resume(stream["stream_id"])
    told = [event(claims) for claims in arrived(receiver, hook)]
    assert told[0][0] == RISC + "account-disabled"
    assert [payload for name, payload in told if name == SSF + "stream-updated"] == [
        {"status": "paused", "reason": "gone"},
        {"status": "enabled"},
    ]
    assert len(told) == 4


def test_one_tenant_hears_nothing_of_another(receiver: Party, web: Web, globex: TenantUnderTest) -> None:
    """Each tenant has its own issuer, keys and events."""
    stranger = party(web, globex)
    stream = stranger.stream()
    receiver.deactivate(receiver.tenant.user())
    assert stranger.poll(stream).body == {"sets": {}, "moreAvailable": False}


@pytest.mark.slow
def test_jose_reads_what_we_sign(receiver: Party, acme: TenantUnderTest, tmp_path: Path) -> None:
    """A library that shares no code with ours accepts a SET."""
    if not shutil.which("npm"):
        pytest.skip("jose is tried where node and npm are")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", "--prefix", str(tmp_path)]
    if subprocess.run([*install, "jose@6"], capture_output=True, timeout=120, check=False).returncode:
        pytest.skip("npm cannot fetch jose here")
    stream = receiver.stream()
    receiver.deactivate(acme.user())
    keys = receiver.web.ask("GET", f"{receiver.issuer}/jwks.json").body
    for token in receiver.poll(stream).body["sets"].values():
        claims = read_by_jose(str(tmp_path), token, keys, receiver.issuer, receiver.client_id)
        assert json.loads(json.dumps(read(receiver, token))) == claims
