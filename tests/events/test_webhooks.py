"""Webhooks: what is sent is verified by the libraries that receivers use, in each mode."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from datetime import timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.db.records import GroupRecord, Member
from app.events.webhooks.office import Wish
from app.lifecycle.journal import Journal
from app.outbound import DestinationRefusedError
from tests.clock import FixedClock
from tests.events.conftest import OPERATOR, Desk, told
from tests.outbound.servers import Receiver

NODE = shutil.which("node")
TRIED = NODE and subprocess.run([NODE, "-e", "require('standardwebhooks')"], capture_output=True, check=False)
HAS_LIBRARY = bool(TRIED and TRIED.returncode == 0)


@pytest.fixture
def today(clock: FixedClock) -> FixedClock:
    """Return the clock at the present, since verifiers refuse old signatures."""
    from app.lifecycle.clock import SystemClock  # noqa: PLC0415

    clock.current = SystemClock().now()
    return clock


def test_a_receiver_verifies_with_the_library_of_the_standard(
    desk: Desk, receiver: Receiver, today: FixedClock
) -> None:
    """The secret that was shown verifies the message, and no other does."""
    _, secret = desk.webhook(receiver.url)
    desk.leaver()
    desk.tell()
    for received in receiver.received:
        assert Webhook(secret).verify(received.body, received.headers) == orjson.loads(received.body)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 44).verify(received.body, received.headers)
    body = told(receiver)[1]
    assert (body["type"], body["tenant"], body["data"]["reason"]) == ("user.deactivated", "acme", "leaver")
    assert body["data"]["actor"] == {"type": "operator", "id": None}


def test_old_and_new_secret_overlap(desk: Desk, receiver: Receiver, today: FixedClock) -> None:
    """While a rotation lasts, both verify; afterwards only the new one does."""
    webhook_id, old = desk.webhook(receiver.url)
    _, new = desk.office.rotate(webhook_id, timedelta(hours=1))
    desk.leaver()
    desk.tell()
    first = receiver.received[0]
    for secret in (old, new):
        Webhook(secret).verify(first.body, first.headers)
    today.advance(hours=1)
    desk.leaver()
    desk.tell()
    last = receiver.received[-1]
    assert len(last.headers["webhook-signature"].split()) == 1
    digest = hmac.digest(base64.b64decode(new.removeprefix("whsec_")), _content(last.headers, last.body), "sha256")
    assert last.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_an_asymmetric_signature_is_verified_with_the_public_key(desk: Desk, receiver: Receiver) -> None:
    """Who must not be able to sign gets Ed25519: the key that is shown only verifies."""
    _, public = desk.webhook(receiver.url, scheme="v1a")
    assert public.startswith("whpk_")
    desk.leaver()
    desk.tell()
    received = receiver.received[0]
    scheme, _, signature = received.headers["webhook-signature"].partition(",")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    key.verify(base64.b64decode(signature), _content(received.headers, received.body))
    assert scheme == "v1a"


@pytest.mark.skipif(not HAS_LIBRARY, reason="needs node, and NODE_PATH with the npm package standardwebhooks")
def test_a_receiver_in_node_verifies_too(desk: Desk, receiver: Receiver, today: FixedClock) -> None:
    """The npm library of the standard takes what we send."""
    _, secret = desk.webhook(receiver.url)
    desk.leaver()
    desk.tell()
    received = receiver.received[0]
    given = json.dumps([secret, received.body.decode(), received.headers])
    script = "const {Webhook}=require('standardwebhooks'); const [s,b,h]=JSON.parse(process.argv[1]); "
    script += "console.log(JSON.stringify(new Webhook(s).verify(b,h)))"
    done = subprocess.run(["node", "-e", script, given], capture_output=True, check=True)
    assert orjson.loads(done.stdout) == orjson.loads(received.body)


def test_a_cloud_event_says_the_same(desk: Desk, receiver: Receiver) -> None:
    """The envelope has what CloudEvents 1.0 requires, and the id of the message."""
    desk.webhook(receiver.url, cloudevents=True)
    user_id = desk.leaver()
    desk.tell()
    received, body = receiver.received[1], told(receiver)[1]
    assert received.headers["content-type"] == "application/cloudevents+json"
    assert body["id"] == received.headers["webhook-id"]
    assert (body["specversion"], body["type"], body["subject"]) == ("1.0", "user.deactivated", f"User/{user_id}")
    assert body["source"] == "https://scim.example.com/t/acme"
    assert body["data"]["reason"] == "leaver"


@pytest.mark.parametrize(
    ("mode", "header", "event"),
    [
        ("workos", ("workos-signature", "t={}, v1={}"), "dsync.user.updated"),
        ("polis", ("boxyhq-signature", "t={},s={}"), "user.updated"),
    ],
)
def test_a_host_that_migrates_reads_what_it_is_used_to(
    desk: Desk, receiver: Receiver, mode: str, header: tuple[str, str], event: str
) -> None:
    """Names, state and signature are those of the product; what it does not know is not told."""
    _, secret = desk.webhook(receiver.url, "*", mode=mode)
    user_id = desk.leaver()
    desk.tell()
    received, body = receiver.received[1], told(receiver)[1]
    assert (len(receiver.received), body["event"], body["data"]["id"]) == (2, event, user_id)
    name, pattern = header
    moment = received.headers[name].partition("=")[2].partition(",")[0]
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + received.body, hashlib.sha256).hexdigest()
    assert received.headers[name] == pattern.format(moment, digest)
    if mode == "workos":
        assert (body["data"]["state"], body["data"]["previous_attributes"]) == ("inactive", {"state": "active"})
    else:
        assert body["data"]["active"] is False


@pytest.mark.parametrize(("mode", "event"), [("workos", "dsync.group.user_added"), ("polis", "group.user_added")])
def test_each_member_is_a_message_there(desk: Desk, receiver: Receiver, mode: str, event: str) -> None:
    """Where a product tells of each member by itself, one event becomes several, each with its own id."""
    desk.webhook(receiver.url, "group.*", mode=mode)
    users, now = [desk.tenant.user(), desk.tenant.user()], desk.tenant.runtime.clock.now()
    with desk.tenant.runtime.database.unit_of_work(desk.tenant.id) as work:
        work.groups.add(GroupRecord("g1", None, 1, "Team", "team", None, None, '{"displayName":"Team"}', {}, now, now))
        work.memberships.add("g1", [Member(user_id, "User", None) for user_id in users])
        happened = [("group.member_added", {"members": users})]
        Journal(work, OPERATOR, now, policy_version=None).record("Group", "g1", happened)
    desk.tell()
    bodies = told(receiver)
    assert [body["event"] for body in bodies] == [event] * 2
    members = {(body["data"]["user"] if mode == "workos" else body["data"])["id"] for body in bodies}
    assert members == set(users)
    assert bodies[0]["data"]["group"]["name"] == "Team"
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 2


def test_a_purged_user_is_told_by_id_alone(desk: Desk, receiver: Receiver) -> None:
    """What waits when a user is purged names nobody any more."""
    webhook_id, _ = desk.webhook(receiver.url, "*", mode="workos")
    desk.office.pause(webhook_id)
    user_id = desk.tenant.user("ada@example.com")
    with desk.tenant.runtime.database.unit_of_work(desk.tenant.id) as work:
        work.users.anonymise(user_id, "Deleted user")
    desk.office.resume(webhook_id)
    desk.tell()
    assert b"ada@example.com" not in receiver.received[0].body


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "https://example.com:22/", "nonsense"])
def test_a_url_that_leads_inside_is_refused_when_it_is_given(desk: Desk, url: str) -> None:
    """What can be seen to be wrong is said at once; nothing is created."""
    outside = desk.tenant.runtime.outbound.destinations.of((), (443,))
    office = desk.office
    object.__setattr__(office, "destinations", outside)
    with pytest.raises(DestinationRefusedError):
        office.create(Wish("Host", url))
    assert office.all() == []


def _content(headers: dict[str, str], body: bytes) -> bytes:
    return f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
