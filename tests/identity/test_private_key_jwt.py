"""Clients that prove themselves by a JWT that they signed (RFC 7523, RFC 10070)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity.key_sets import KeySets
from app.identity.proofs import Proof
from app.identity.trusting import EXTENSION
from tests.clock import FixedClock
from tests.identity.oauth_clients import (
    ASSERTION,
    NOW,
    OAuthClient,
    client_of,
    confused,
    connecting,
    ec,
    public,
    rsa,
    signed,
    unsigned,
)
from tests.service import ISSUER, TenantUnderTest


@pytest.fixture
def signer(acme: TenantUnderTest, client: FlaskClient) -> OAuthClient:
    """Return a client with two keys."""
    return client_of(acme, client, Proof("private-key-jwt", jwks=public(rsa(), ec())))


def refused(response: TestResponse, status: int = 401, error: str = "invalid_client") -> str:
    """Check a refusal and return its description."""
    body: dict[str, Any] = response.json or {}
    assert (response.status_code, body.get("error")) == (status, error), response.text
    assert ("Basic" in response.headers.get("WWW-Authenticate", "")) == (status == 401)
    return str(body["error_description"])


def test_a_client_that_signs_gets_a_token(signer: OAuthClient) -> None:
    """With either key, with or without the explicit type; the token opens SCIM."""
    for key, typ in ((rsa(), "client-authentication+jwt"), (ec(), None), (rsa(), "JWT")):
        answer = signer.show(signed(signer.claims(), key, typ=typ))
        assert answer.status_code == 200, answer.text
        assert signer.scim((answer.json or {})["access_token"]).status_code == 200


def test_an_assertion_is_good_once(signer: OAuthClient, clock: FixedClock) -> None:
    """Also a minute after its end, and also if another key signs the same id; then it has expired."""
    token = signed(signer.claims(jti="once"))
    assert signer.show(token).status_code == 200
    clock.advance(seconds=119)
    assert "jti" in refused(signer.show(token))
    assert "jti" in refused(signer.show(signed(signer.claims(jti="once"), ec())))
    clock.advance(seconds=1)
    assert "expired" in refused(signer.show(token))


def test_the_ids_of_two_clients_may_be_the_same(signer: OAuthClient, acme: TenantUnderTest) -> None:
    """A client cannot use up the ids of another."""
    other = client_of(acme, signer.http, Proof("private-key-jwt", jwks=public(rsa())))
    for one in (signer, other):
        assert one.show(signed(one.claims(jti="same"))).status_code == 200


def test_an_assertion_is_for_this_issuer_alone(signer: OAuthClient) -> None:
    """Neither the address of the token endpoint nor another tenant's issuer nor two audiences will do (RFC 10070)."""
    mine = f"{ISSUER}/t/acme"
    for audience in (f"{mine}/oauth/token", f"{ISSUER}/t/globex", ISSUER, f"{mine}/", [mine, "https://other"], []):
        assert "aud" in refused(signer.show(signed(signer.claims(aud=audience))))
    assert signer.show(signed(signer.claims(aud=[mine]))).status_code == 200


def test_an_assertion_that_is_not_what_it_must_be_is_refused(signer: OAuthClient) -> None:
    """Wrong in its type, its times, its issuer, its id, its signature: 401, and the reason."""
    claims = signer.claims
    cases = {
        "typ": signed(claims(), typ="at+jwt"),
        "expired": signed(claims(exp=NOW - 60)),
        "too long": signed(claims(exp=NOW + 3600)),
        "too long ago": signed(claims(iat=NOW - 3600)),
        "iat": signed(claims(iat=NOW + 120)),
        "iss": signed(claims(iss="another")),
        "jti": signed(claims(jti=None)),
        "lacks": signed(claims(exp=None)),
        "key": signed(claims(), rsa("unknown")),
        "signature": signed(claims(), rsa("two"), kid="one"),
        "The signature": unsigned(claims()),
        "signature of": confused(claims()),
        "connections": signed(claims(sub="nobody")),
        "sub": signed(claims(sub=None)),
        "large": signed(claims(pad="x" * 16_384)),
        "read": "not.a.jwt",
    }
    for why, token in cases.items():
        assert why in refused(signer.show(token)), why


def test_the_form_must_agree_with_the_assertion(signer: OAuthClient) -> None:
    """Another client_id, another type of assertion, a secret beside it."""
    token = signed(signer.claims())
    assert "client_id" in refused(signer.show(token, client_id="another"))
    said = {"client_assertion": token, "client_assertion_type": "saml"}
    assert "client_assertion_type" in refused(signer.ask(**said), 400, "invalid_request")
    refused(signer.show(token, client_id=signer.id, client_secret="x"), 400, "invalid_request")
    assert signer.show(token, client_id=signer.id).status_code == 200


def test_a_client_proves_itself_its_own_way_alone(
    signer: OAuthClient, acme: TenantUnderTest, globex: TenantUnderTest
) -> None:
    """A client with a secret cannot sign, one that signs has no secret, and neither can at another tenant."""
    with_secret = client_of(acme, signer.http, Proof("client-secret"))
    refused(with_secret.show(signed(with_secret.claims())))
    refused(signer.ask(auth=(signer.id, "")))
    elsewhere = signed(signer.claims(aud=f"{ISSUER}/t/globex"))
    assert globex.id != acme.id
    refused(signer.show(elsewhere, tenant="globex"))


def test_an_assertion_is_no_bearer_token(signer: OAuthClient) -> None:
    """What is meant for the token endpoint opens nothing else."""
    answer = signer.scim(signed(signer.claims()))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_revoked_client_gets_nothing(signer: OAuthClient) -> None:
    """However well it signs."""
    connecting(signer.tenant).revoke(signer.id)
    refused(signer.show(signed(signer.claims())))


def test_keys_are_replaced(signer: OAuthClient) -> None:
    """From the commit on the new ones prove the client, and the old ones no longer."""
    connecting(signer.tenant).replace_keys(signer.id, public(rsa("two")))
    assert "key" in refused(signer.show(signed(signer.claims())))
    assert signer.show(signed(signer.claims(), rsa("two"))).status_code == 200


def test_a_client_that_publishes_its_keys_changes_them_itself(
    acme: TenantUnderTest, client: FlaskClient, clock: FixedClock
) -> None:
    """Its new key is fetched when it is first seen; while it cannot be, the answer is 503 and says when to retry."""
    shelf: dict[str, Any] = {"document": public(rsa())}
    uri = "https://idp.example.com/jwks"
    client.application.extensions[EXTENSION] = KeySets(lambda asked: shelf[{uri: "document"}[asked]], clock)
    publisher = client_of(acme, client, Proof("private-key-jwt", jwks_uri=uri))
    assert publisher.show(signed(publisher.claims())).status_code == 200
    shelf["document"] = public(rsa("two"))
    clock.advance(seconds=60)
    assert publisher.show(signed(publisher.claims(), rsa("two"))).status_code == 200
    shelf.clear()
    clock.advance(days=2)
    late = {"iat": None, "exp": int(clock.now().timestamp()) + 60}
    answer = publisher.show(signed(publisher.claims(**late), rsa("two")))
    refused(answer, 503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "60"


def test_the_type_of_an_assertion_is_the_registered_one() -> None:
    """As RFC 7523 §8.1 registers it."""
    assert ASSERTION == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
