"""Connections that are known by the tokens of an issuer they trust, as Microsoft Entra ID sends them."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity.key_sets import KeySets
from app.identity.signing import Signing
from app.identity.trusting import EXTENSION
from tests.clock import FixedClock
from tests.identity.oauth_clients import (
    NOW,
    OAuthClient,
    client_of,
    confused,
    connecting,
    ec,
    entra_claims,
    external,
    public,
    rsa,
    signed,
    unsigned,
)
from tests.scim_client import refused
from tests.service import TenantUnderTest


@pytest.fixture
def entra(acme: TenantUnderTest, client: FlaskClient) -> OAuthClient:
    """Return a connection that trusts Entra."""
    return client_of(acme, client, external())


def invalid(response: TestResponse) -> str:
    """Check a SCIM error with the challenge of RFC 6750 §3, and return its detail."""
    detail = str(refused(response, 401)["detail"])
    challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="SCIM Lifecycle", error="invalid_token", error_description="')
    assert detail in challenge
    return detail


def test_a_token_of_the_issuer_opens_scim(entra: OAuthClient) -> None:
    """The connection reads and writes with its own scopes, in its own dialect."""
    token = signed(entra_claims(), typ="JWT")
    assert entra.scim(token).status_code == 200
    assert entra.scim(token, "/Users/nobody", "DELETE").status_code == 404


def test_a_connection_that_may_only_read_reads(acme: TenantUnderTest, client: FlaskClient) -> None:
    """Scopes are ours to give, whatever the token says of itself."""
    reader = client_of(acme, client, external(), scopes="scim.read")
    answer = reader.scim(signed(entra_claims(scp="scim")), "/Users", "POST")
    assert answer.status_code == 403


def test_a_token_that_is_not_what_it_must_be_is_refused(entra: OAuthClient) -> None:
    """Wrong in issuer, audience, claims, times, type, key or algorithm: 401, and the reason in the challenge."""
    cases = {
        "connections": signed(entra_claims(iss="https://sts.windows.net/another/")),
        "aud": signed(entra_claims(aud="00000002-0000-0000-c000-000000000000")),
        "appid": signed(entra_claims(appid="another")),
        "claim appid": signed(entra_claims(appid=None)),
        "expired": signed(entra_claims(exp=NOW - 60)),
        "too long": signed(entra_claims(exp=NOW + 100_000)),
        "iat": signed(entra_claims(iat=NOW + 61)),
        "nbf": signed(entra_claims(nbf=NOW + 61)),
        "typ": signed(entra_claims(), typ="logout+jwt"),
        "another typ": signed(entra_claims(), typ="secevent+jwt"),
        "names a key": signed(entra_claims(), rsa("unknown")),
        "signature": signed(entra_claims(), rsa("two"), kid="one"),
        "The signature": unsigned(entra_claims()),
        "signature of": confused(entra_claims()),
        "signature of the": signed(entra_claims(), ec(), kid="one"),
        "large": signed(entra_claims(pad="x" * 16_384)),
        "iss": signed(entra_claims(iss=None)),
    }
    for why, token in cases.items():
        assert why in invalid(entra.scim(token)), why


def test_only_the_listed_algorithms_are_accepted(acme: TenantUnderTest, client: FlaskClient) -> None:
    """RS256 unless the connection says otherwise."""
    listed = client_of(acme, client, external(jwks=public(ec()), algorithms=("ES256",)))
    assert listed.scim(signed(entra_claims(), ec())).status_code == 200


def test_two_connections_may_trust_one_issuer(entra: OAuthClient, acme: TenantUnderTest) -> None:
    """A claim tells them apart; a revoked one is nobody."""
    other = client_of(acme, entra.http, external(claims={"appid": "reporting"}), scopes="scim.read")
    token = signed(entra_claims(appid="reporting"))
    assert other.scim(token).status_code == 200
    assert other.scim(token, "/Users", "POST").status_code == 403
    connecting(acme).revoke(other.id)
    assert "appid" in invalid(other.scim(token))
    assert entra.scim(signed(entra_claims())).status_code == 200


def test_a_tenant_trusts_what_it_was_told_to_trust(entra: OAuthClient, globex: TenantUnderTest) -> None:
    """The same token is nothing at another tenant, at an unknown one, or on the API of its own."""
    token = signed(entra_claims())
    headers = globex.bearer(token)
    for path in ("/t/globex/scim/v2/Users", "/t/nowhere/scim/v2/Users"):
        assert entra.http.get(path, headers=headers).status_code == 401
    assert entra.http.get("/t/acme/api/v1/connections", headers=headers).status_code == 401


def test_a_suspended_tenant_serves_nobody(entra: OAuthClient) -> None:
    """From the commit on, whoever may know it is told why."""
    with entra.tenant.runtime.database.unit_of_work(entra.tenant.id) as work:
        work.turn("suspended")
    answer = entra.scim(signed(entra_claims()))
    assert (answer.status_code, answer.get_json()["status"]) == (403, "403")
    assert "suspended" in answer.get_json()["detail"]


def test_what_we_sign_ourselves_is_no_token_of_theirs(entra: OAuthClient) -> None:
    """An event of ours that names their issuer is proven by our key, which they do not publish."""
    token = Signing.of(entra.tenant.runtime).sign(entra.tenant.id, entra_claims(), "JWT")
    assert "key" in invalid(entra.scim(token))


def test_keys_change_in_flight(acme: TenantUnderTest, client: FlaskClient, clock: FixedClock) -> None:
    """A key that the issuer has just begun to use is fetched; its old key is good as long as it is published."""
    shelf = [public(rsa("one"))]
    client.application.extensions[EXTENSION] = KeySets(lambda _uri: shelf[0], clock)
    entra = client_of(acme, client, external(jwks=None, jwks_uri="https://login.example.com/keys"))
    assert entra.scim(signed(entra_claims(), rsa("one"))).status_code == 200
    shelf[0] = public(rsa("one"), rsa("two"))
    assert "key" in invalid(entra.scim(signed(entra_claims(), rsa("two"))))
    clock.advance(minutes=1)
    assert entra.scim(signed(entra_claims(), rsa("two"))).status_code == 200
    assert entra.scim(signed(entra_claims(), rsa("one"))).status_code == 200
    shelf[0] = public(rsa("two"))
    clock.advance(minutes=55)
    assert entra.scim(signed(entra_claims(), rsa("two"))).status_code == 200


def test_keys_that_cannot_be_fetched_are_no_fault_of_the_caller(
    acme: TenantUnderTest, client: FlaskClient, clock: FixedClock
) -> None:
    """The answer is 503 and says when to retry, so that no identity provider gives the connection up."""
    client.application.extensions[EXTENSION] = KeySets(lambda _uri: None, clock)
    entra = client_of(acme, client, external(jwks=None, jwks_uri="https://login.example.com/keys"))
    answer = entra.scim(signed(entra_claims()))
    refused(answer, 503)
    assert answer.headers["Retry-After"] == "60"
