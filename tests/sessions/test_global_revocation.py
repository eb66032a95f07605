"""Global Token Revocation: an identity provider ends all access of a user, who stays active."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.identity.oauth_clients import confused, rsa, signed, unsigned
from tests.service import TenantUnderTest
from tests.sessions.providers import CLIENT_ID, KINDS, NOW, ORG, HostApplication, Provider

ADA = {"format": "email", "email": "Ada@Example.com"}


def test_every_way_to_name_a_user(provider: Provider, host: HostApplication) -> None:
    """By address, by subject of the issuer, and by either id: all is dead, the user is active and signs in anew."""
    ada = provider.user("ada")
    named: list[dict[str, Any]] = [
        ADA,
        {"format": "iss_sub", "iss": ORG, "sub": "00uada"},
        {"format": "iss_sub", "iss": ORG, "sub": "as-signed-in"},
        {"format": "opaque", "id": ada},
        {"format": "opaque", "id": "00uada"},
    ]
    for sub_id in named:
        sids = host.sids(ada, idp={"iss": ORG, "sub": "as-signed-in"})
        assert host.living(sids) == set(KINDS)
        answer = provider.revoke(sub_id)
        assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (204, b"", "no-store")
        assert host.living(sids) == set()
        assert (provider.scim("GET", f"/Users/{ada}").json or {})["active"] is True
    assert provider.revoke(ADA, key="subject").status_code == 204


def test_what_is_told(provider: Provider, acme: TenantUnderTest, host: HostApplication) -> None:
    """One event names the provider and the cause; the version of the user stays, so that no ETag goes stale."""
    ada = provider.user("ada")
    host.sids(ada)
    before = provider.scim("GET", f"/Users/{ada}").headers["ETag"]
    provider.revoke(ADA)
    assert provider.scim("GET", f"/Users/{ada}").headers["ETag"] == before
    with acme.runtime.database.reading(acme.id) as work:
        told = [event for event in work.outbox.of(ada) if event.type == "user.sessions_revoked"]
    assert [(event.payload["cause"], event.payload["sessions_ended"]) for event in told] == [
        ("global_token_revocation", len(KINDS))
    ]
    assert told[0].payload["actor"]["type"] == "connection"


def test_the_host_application_may_ask_too(provider: Provider, host: HostApplication) -> None:
    """Its own token does, with the scope for sessions and no other."""
    ada = provider.user("ada")
    sids = host.sids(ada)
    assert host.call("POST", "/global-token-revocation", json={"sub_id": ADA}).status_code == 204
    assert host.living(sids) == set()
    weak = provider.revoke(ADA, token=host.tenant.api_token("lifecycle"))
    assert (weak.status_code, 'scope="sessions"' in weak.headers["WWW-Authenticate"]) == (403, True)
    assert provider.revoke(ADA, token=provider.token).status_code == 401


BAD_BODIES: list[Any] = [
    {},
    [],
    {"sub_id": None},
    {"sub_id": "ada"},
    {"sub_id": {"format": "phone_number", "phone_number": "+12065550100"}},
    {"sub_id": {"format": "email"}},
    {"sub_id": {"format": "email", "email": 7}},
    {"sub_id": {"format": "email", "email": "a\x00"}},
    {"sub_id": {"format": "iss_sub", "iss": ORG}},
    {"sub_id": {"format": "opaque", "id": ""}},
]


def test_a_subject_that_is_none(provider: Provider) -> None:
    """A format that is not known, or lacks a member, is an invalid request that names the formats."""
    for body in BAD_BODIES:
        headers = {"Authorization": f"Bearer {provider.revocation()}"}
        answer = provider.http.post("/t/acme/global-token-revocation", headers=headers, json=body)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_request"), body
    headers = {"Authorization": f"Bearer {provider.revocation()}"}
    assert provider.http.post("/t/acme/global-token-revocation", headers=headers, data=b"{").status_code == 400


def test_nobody_of_that_name(provider: Provider, host: HostApplication) -> None:
    """404, for a user of another provider and for a deleted one too."""
    other = host.tenant.user("elsewhere@example.com")
    sid = host.register(other)["sid"]
    gone = provider.user("gone")
    provider.scim("DELETE", f"/Users/{gone}")
    for sub_id in (
        {"format": "email", "email": "nobody@example.com"},
        {"format": "email", "email": "elsewhere@example.com"},
        {"format": "opaque", "id": other},
        {"format": "opaque", "id": gone},
        {"format": "iss_sub", "iss": "https://other.example", "sub": "00uada"},
    ):
        assert provider.revoke(sub_id).status_code == 404, sub_id
    assert host.alive(sid)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"typ": "JWT"}, "typ"),
    ({"typ": None}, "typ"),
    ({"typ": "logout+jwt"}, "typ"),
    ({"typ": "secevent+jwt"}, "typ"),
    ({"aud": "https://other.example/global-token-revocation"}, "aud"),
    ({"sub": "another client"}, "sub"),
    ({"iss": "https://other.example"}, "issuer"),
    ({"exp": NOW - 120}, "expired"),
    ({"exp": NOW + 3600}, "too long"),
    ({"exp": None}, "lacks"),
    ({"iat": NOW + 600}, "iat"),
    ({"iat": None}, "iat"),
    ({"jti": None}, "jti"),
]


def test_a_token_that_proves_nothing(provider: Provider, host: HostApplication) -> None:
    """Each is refused with 401 and says why, and no session ends."""
    sid = host.register(provider.user("ada"))["sid"]
    tokens = [(provider.revocation(**said), word) for said, word in WRONG]
    claims = {"iss": ORG, "sub": CLIENT_ID, "aud": provider.endpoint, "iat": NOW, "exp": NOW + 60, "jti": "x"}
    tokens += [(unsigned(claims), ""), (confused(claims), ""), ("ey" + "a" * 20_000 + "..", "large")]
    tokens += [(signed(claims, rsa("two"), typ="global-token-revocation+jwt"), "key")]
    for token, word in tokens:
        answer = provider.revoke(ADA, token)
        assert (answer.status_code, (answer.json or {})["error"]) == (401, "invalid_token"), word
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert word in (answer.json or {})["error_description"]
    assert host.alive(sid)


def test_a_token_is_good_once(provider: Provider, host: HostApplication) -> None:
    """The second use is refused; sessions that began meanwhile go on."""
    ada = provider.user("ada")
    token = provider.revocation()
    assert provider.revoke(ADA, token).status_code == 204
    sid = host.register(ada)["sid"]
    assert provider.revoke(ADA, token).status_code == 401
    assert host.alive(sid)


def test_the_provider_of_another_tenant(client: FlaskClient, globex: TenantUnderTest, provider: Provider) -> None:
    """A provider that globex believes ends nothing at acme, whatever its token says; no tenant, no answer."""
    provider.user("ada")
    theirs = Provider.of(client, globex, issuer="https://globex.okta.example")
    for token in (theirs.revocation(), theirs.revocation(aud=provider.endpoint)):
        assert provider.revoke(ADA, token).status_code == 401
    headers = {"Authorization": f"Bearer {provider.revocation()}"}
    answer = client.post("/t/nobody/global-token-revocation", headers=headers, json={"sub_id": ADA})
    assert answer.status_code == 401


@pytest.mark.parametrize("over", ["sign_off", "revoke"])
def test_a_provider_that_is_believed_no_more(provider: Provider, over: str) -> None:
    """Once its sign-on or its connection is taken away, its word ends nothing."""
    from tests.identity.oauth_clients import connecting  # noqa: PLC0415

    provider.user("ada")
    office = connecting(provider.tenant)
    (connection,) = office.all()
    getattr(office, over)(connection.id)
    assert provider.revoke(ADA).status_code == 401
