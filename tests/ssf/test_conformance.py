"""What the conformance suite of OpenID asks of a transmitter beyond the other tests here, over TLS both ways."""

import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import jwt
import pytest

from app.events.catalogue import CAEP, RISC, SCIM, SSF
from app.events.worker import Worker
from app.identity.connecting import Connecting
from app.identity.proofs import Proof
from app.sessions import registry
from app.sessions.registry import SignIn
from tests.events.test_worker import until, working
from tests.identity.oauth_clients import ASSERTION, NOW, public, rsa, signed
from tests.outbound.servers import Authority, Receiver, receiving
from tests.scim_client import op
from tests.service import TenantUnderTest
from tests.ssf.conftest import OPERATOR, POLL, PUSH, Party, Web
from tests.ssf.tokens import event, read

KNOWN = re.compile(
    rf"{CAEP}(session-revoked|token-claims-change|credential-change|assurance-level-change|device-compliance-change|"
    rf"session-established|session-presented|risk-level-change)|{RISC}(account-credential-change-required|account-purged|"
    rf"account-disabled|account-enabled|identifier-changed|identifier-recycled|credential-compromise|opt-in|"
    rf"opt-out-initiated|opt-out-cancelled|opt-out-effective|recovery-activated|recovery-information-changed)|"
    rf"{SCIM}(feed:(add|remove)|prov:((create|patch|put):(notice|full)|delete|activate|deactivate)|misc:asyncresp)|"
    rf"{SSF}(verification|stream-updated)"
)
"""All that the suite knows; it warns of any other."""
VERIFICATION_S, EVENT_S = 5, 60
"""How long the suite waits."""


@pytest.fixture
def trusted(web: Web, acme: TenantUnderTest, tmp_path: Path) -> Iterator[Receiver]:
    """Run the endpoint of a receiver over TLS, whose authority the server trusts."""
    folder = tmp_path / "receiver"
    folder.mkdir()
    authority = Authority(folder)
    object.__setattr__(acme.runtime.outbound, "context", authority.trusting())
    with receiving(lambda _: (202, {}, b""), authority.serving("127.0.0.1")) as running:
        yield running


@pytest.fixture
def worker(receiver: Party) -> Iterator[Worker]:
    """Let a worker tell by itself."""
    with working(Worker(receiver.tenant.runtime, receiver.engine)) as running:
        yield running


def test_the_metadata_has_nothing_empty_and_only_words_of_the_standard(web: Web, acme: TenantUnderTest) -> None:
    """No array is empty; schemes are URNs; issuers and endpoints are https; keys are public RSA keys of 2048 bits."""
    document = web.ask("GET", "/.well-known/ssf-configuration/t/acme").body
    assert all(value for value in document.values() if isinstance(value, list))
    assert re.fullmatch(r"\d_\d", document["spec_version"])
    assert document["default_subjects"] in {"ALL", "NONE"}
    assert all(scheme["spec_urn"].startswith("urn:") for scheme in document["authorization_schemes"])
    assert all(document[name].startswith("https://") for name in document if name.endswith(("_endpoint", "_uri")))
    assert document["issuer"].startswith("https://")
    assert not {"?", "#"} & set(document["issuer"])
    keys = web.ask("GET", document["jwks_uri"]).body["keys"]
    for key in keys:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert key["kid"]
        assert "d" not in key
        assert jwt.PyJWK(key).key.key_size >= 2048


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_receiver_buys_its_token_in_each_way(web: Web, acme: TenantUnderTest, way: str) -> None:
    """Each is announced; the token lives for an hour at most, and opens the streams."""
    by_key = way == "private_key_jwt"
    proof = Proof("private-key-jwt", jwks=public(rsa())) if by_key else Proof("client-secret")
    connecting = Connecting.of(acme.runtime, OPERATOR, acme.id)
    connected = connecting.create("receiver", "strict", ["ssf.manage", "ssf.read"], proof)
    client_id, form, named = connected.connection.id, {"grant_type": "client_credentials"}, {}
    if by_key:
        issuer = f"{web.base}/t/acme"
        claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": NOW, "exp": NOW + 60, "jti": "one"}
        form |= {"client_assertion_type": ASSERTION, "client_assertion": signed(claims)}
    elif way == "client_secret_post":
        form |= {"client_id": client_id, "client_secret": connected.token}
    else:
        named = {"Authorization": f"Basic {b64encode(f'{client_id}:{connected.token}'.encode()).decode()}"}
    metadata = web.ask("GET", "/.well-known/oauth-authorization-server/t/acme").body
    assert way in metadata["token_endpoint_auth_methods_supported"]
    typed = {**named, "Content_Type": "application/x-www-form-urlencoded"}
    granted = web.ask("POST", metadata["token_endpoint"], urlencode(form), **typed)
    assert (granted.status, granted.body["token_type"]) == (200, "Bearer")
    assert 0 < granted.body["expires_in"] <= 3600
    bearer = {"Authorization": f"Bearer {granted.body['access_token']}"}
    assert web.ask("GET", "/t/acme/ssf/streams", None, **bearer).body == []


def test_a_stream_says_all_that_it_has_to(receiver: Party) -> None:
    """Required members are there, the method is one of the standard's, and only known events are offered."""
    first, second = receiver.stream(), receiver.stream()
    assert first["stream_id"] != second["stream_id"]
    for stream in (first, second):
        assert {"stream_id", "iss", "aud", "events_delivered", "delivery"} <= stream.keys()
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", stream["stream_id"])
        assert stream["iss"] == receiver.issuer
        assert stream["delivery"]["method"] in {PUSH, POLL}
        assert set(stream["events_delivered"]) <= set(stream["events_supported"])
        assert [name for name in stream["events_supported"] if not KNOWN.fullmatch(name)] == []
    assert first["delivery"]["endpoint_url"] != second["delivery"]["endpoint_url"]


def test_a_verification_is_pushed_over_tls_in_time(receiver: Party, trusted: Receiver, worker: Worker) -> None:
    """A worker sends it by itself, within the five seconds that the suite waits."""
    delivery = {"method": PUSH, "endpoint_url": trusted.url, "authorization_header": "Bearer configured"}
    stream = receiver.stream(delivery=delivery)
    assert trusted.url.startswith("https://")
    asked = monotonic()
    assert receiver.ask("POST", "verify", {"stream_id": stream["stream_id"], "state": "s-1"}).status == 204
    until(lambda: bool(trusted.received))
    assert monotonic() - asked < VERIFICATION_S
    (sent,) = trusted.received
    claims = read(receiver, sent.body.decode())
    assert event(claims) == (SSF + "verification", {"state": "s-1"})
    assert (claims["sub_id"], claims["aud"]) == ({"format": "opaque", "id": stream["stream_id"]}, stream["aud"])
    assert sent.headers["authorization"] == "Bearer configured"


def test_nobody_is_pushed_to_whose_certificate_is_not_trusted(receiver: Party, trusted: Receiver) -> None:
    """The receiver is verified by its name (RFC 8935 §4); what it is not told waits."""
    object.__setattr__(receiver.tenant.runtime.outbound, "context", ssl.create_default_context())
    stream = receiver.stream(delivery={"method": PUSH, "endpoint_url": trusted.url})
    receiver.ask("POST", "verify", {"stream_id": stream["stream_id"]})
    receiver.tell()
    assert trusted.received == []
    with receiver.tenant.runtime.database.reading(receiver.tenant.id) as work:
        assert len(work.deliveries.pending(stream["stream_id"], 9)) == 1


def test_what_an_operator_verifies_has_no_state(receiver: Party) -> None:
    """A verification that the receiver did not ask for carries none (SSF 1.0 §8.1.4)."""
    stream = receiver.stream()
    receiver.office.verify(stream["stream_id"])
    (token,) = receiver.poll(stream).body["sets"].values()
    assert event(read(receiver, token)) == (SSF + "verification", {})


@pytest.mark.parametrize("method", [PUSH, POLL])
def test_each_caep_event_that_is_delivered_comes_in_time(
    receiver: Party, trusted: Receiver, worker: Worker, acme: TenantUnderTest, method: str
) -> None:
    """What SCIM does is told as CAEP within the minute that the suite waits, with a reason for a revoked session."""
    delivery = {"method": PUSH, "endpoint_url": trusted.url} if method == PUSH else {"method": POLL}
    stream = receiver.stream(
        delivery=delivery, events_requested=[CAEP + "session-revoked", CAEP + "token-claims-change"]
    )
    user_id = acme.user("ada")
    with acme.runtime.database.unit_of_work(acme.id) as work:
        registry.register(work, acme.runtime.clock, user_id, SignIn())
    named = {"Authorization": f"Bearer {acme.scim_token()}", "Content_Type": "application/scim+json"}
    operations = [op("add", "roles", [{"value": "editor"}]), op("replace", "active", False)]
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
    changed = monotonic()
    assert receiver.web.ask("PATCH", f"/t/acme/scim/v2/Users/{user_id}", patch, **named).status == 200

    def tokens() -> list[str]:
        if method == POLL:
            return list(receiver.poll(stream).body["sets"].values())
        return [sent.body.decode() for sent in trusted.received]

    until(lambda: len(tokens()) == len(stream["events_delivered"]))
    assert monotonic() - changed < EVENT_S
    told = dict(event(read(receiver, token)) for token in tokens())
    assert told.keys() == set(stream["events_delivered"])
    assert told[CAEP + "session-revoked"]["reason_admin"]["en"]
