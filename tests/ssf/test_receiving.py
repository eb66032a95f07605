"""Signals of others: sessions end once, at the word of a trusted transmitter alone, and without an echo."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.events.catalogue import CAEP, RISC
from app.events.streams.wishes import Terms, Wish
from app.identity.connecting import Connecting
from app.identity.proofs import Proof
from app.sessions import registry
from app.sessions.registry import SignIn
from tests.identity.oauth_clients import NOW, public, rsa, signed
from tests.service import TenantUnderTest
from tests.ssf.conftest import OPERATOR, Answer, Party
from tests.ssf.tokens import event, read

ISSUER = "https://acme.okta.com"
REVOKED, DISABLED = CAEP + "session-revoked", RISC + "account-disabled"


@pytest.fixture
def peer(acme: TenantUnderTest) -> str:
    """Trust a transmitter."""
    proof = Proof("transmitter", issuer=ISSUER, audience="https://us.example", jwks=public(rsa()))
    return Connecting.of(acme.runtime, OPERATOR, acme.id).create("Okta", "okta", proof=proof).connection.id


def signal(user_id: str, name: str = REVOKED, **changed: Any) -> dict[str, Any]:
    """Return the claims of a good SET, some of them changed."""
    subject = {"format": "opaque", "id": user_id}
    said = {"iss": ISSUER, "aud": "https://us.example", "iat": NOW, "jti": f"{user_id}-{name}", "sub_id": subject}
    return {**said, "events": {name: {}}, **changed}


def send(receiver: Party, claims: Mapping[str, Any], tenant: str = "acme", **header: Any) -> Answer:
    """Push a SET to us."""
    token = signed(claims, **{"typ": "secevent+jwt", **header})
    return receiver.web.ask("POST", f"/t/{tenant}/ssf/receive", token, Content_Type="application/secevent+jwt")


def signed_in(acme: TenantUnderTest, user_id: str) -> None:
    """Let a session of a user begin."""
    with acme.runtime.database.unit_of_work(acme.id) as work:
        registry.register(work, acme.runtime.clock, user_id, SignIn())


def alive(acme: TenantUnderTest, user_id: str) -> int:
    """Return how many sessions of a user go on."""
    with acme.runtime.database.reading(acme.id) as work:
        return len(work.sessions.of(user_id, acme.runtime.clock.now()))


@pytest.mark.parametrize("name", [REVOKED, DISABLED])
def test_sessions_end_once_and_others_are_told(receiver: Party, acme: TenantUnderTest, peer: str, name: str) -> None:
    """The user stays active; the same SET ends no later session; the origin hears no echo, others hear it."""
    ours = receiver.office.create(Wish(), Terms(None, ("x",), peer=peer))
    stream, user_id = receiver.stream(), acme.user("ada@example.com")
    signed_in(acme, user_id)
    claims = signal(user_id, name, sub_id={"format": "email", "email": "ADA@example.com"})
    assert (send(receiver, claims).status, alive(acme, user_id)) == (202, 0)
    (token,) = receiver.poll(stream).body["sets"].values()
    assert event(read(receiver, token))[1]["reason_admin"] == {"en": "Another party ended the sessions."}
    with acme.runtime.database.reading(acme.id) as work:
        assert work.deliveries.pending(ours.id, 9) == []
    signed_in(acme, user_id)
    assert (send(receiver, claims).status, alive(acme, user_id)) == (202, 1)


@pytest.mark.parametrize(
    ("changed", "header", "code"),
    [
        ({"iss": "https://evil.example"}, {}, "invalid_request"),
        ({"aud": "https://others.example"}, {}, "invalid_request"),
        ({"iat": NOW + 3600}, {}, "invalid_request"),
        ({"iat": NOW - 90 * 86400}, {}, "invalid_request"),
        ({"iat": None}, {}, "invalid_request"),
        ({"jti": None}, {}, "invalid_request"),
        ({"events": "all"}, {}, "invalid_request"),
        ({}, {"typ": "JWT"}, "invalid_request"),
        ({}, {"kid": "unknown"}, "invalid_key"),
        ({}, {"key": rsa("two"), "kid": "one"}, "invalid_request"),
    ],
)
def test_a_set_that_is_not_to_be_believed_ends_nothing(
    receiver: Party, peer: str, changed: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    """It is refused as RFC 8935 §2.4 says."""
    acme = receiver.tenant
    user_id = acme.user()
    signed_in(acme, user_id)
    refused = send(receiver, signal(user_id, **changed), **header)
    assert (refused.status, refused.body["err"], refused.headers["content-language"]) == (400, code, "en")
    assert alive(acme, user_id) == 1


def test_what_concerns_nobody_here_is_taken_and_other_tenants_trust_nobody(
    receiver: Party, acme: TenantUnderTest, globex: TenantUnderTest, peer: str
) -> None:
    """An unknown event or subject changes nothing; a transmitter of one tenant is none of another."""
    user_id = acme.user()
    signed_in(acme, user_id)
    assert send(receiver, signal(user_id, CAEP + "device-compliance-change")).status == 202
    assert send(receiver, signal("nobody")).status == 202
    assert send(receiver, signal(user_id), tenant="globex").status == 400
    assert alive(acme, user_id) == 1
