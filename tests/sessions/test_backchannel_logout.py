"""Back-Channel Logout: what ended at the identity provider ends here."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import KeySet

from app.chores import CHORES
from app.identity.jwts import Expected, InvalidJwt, verified
from app.identity.logout_tokens import EVENT
from app.lifecycle.ending import LASTING
from tests.clock import START, FixedClock
from tests.identity.oauth_clients import confused, rsa, unsigned
from tests.service import TenantUnderTest
from tests.sessions.providers import CLIENT_ID, KINDS, NOW, ORG, HostApplication, Provider


def test_one_session_at_the_provider(provider: Provider, host: HostApplication) -> None:
    """A sid ends what began with that session, and nothing else of the user."""
    ada = provider.user("ada")
    here = host.register(ada, kind="sso", idp={"iss": ORG, "sub": "00uada", "sid": "one"})["sid"]
    tokens = host.register(ada, kind="refresh", idp={"iss": ORG, "sid": "one"})["sid"]
    there = host.register(ada, kind="sso", idp={"iss": ORG, "sub": "00uada", "sid": "two"})["sid"]
    for claims in ({"sid": "one", "sub": "another"}, {"sid": "one"}, {"sid": "one", "sub": "00uada"}):
        answer = provider.log_out(**claims)
        assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")
        assert host.alive(there)
        assert host.alive(here) is (claims.get("sub") == "another")
    assert not host.alive(tokens)
    assert (provider.scim("GET", f"/Users/{ada}").json or {})["active"] is True


def test_all_sessions_of_a_subject(provider: Provider, host: HostApplication) -> None:
    """Without a sid, or with one that the host application never told of, all sessions and refresh tokens end."""
    ada = provider.user("ada")
    for claims in ({"sub": "00uada"}, {"sub": "00uada", "sid": "never told"}):
        sids = host.sids(ada)
        assert provider.log_out(**claims).status_code == 200
        assert host.living(sids) == set(LASTING)


def test_a_policy_that_ends_keys_too(client: FlaskClient, provider: Provider) -> None:
    """With sessions.logout_ends = everything, a logout leaves nothing alive."""
    tenant = TenantUnderTest.create(provider.tenant.runtime, "strict", sessions={"logout_ends": "everything"})
    theirs, host = Provider.of(client, tenant), HostApplication.of(client, tenant)
    sids = host.sids(theirs.user("ada"))
    assert host.living(sids) == set(KINDS)
    theirs.log_out(sub="00uada")
    assert host.living(sids) == set()


def test_nobody_is_signed_out_of_nothing(provider: Provider, host: HostApplication, globex: TenantUnderTest) -> None:
    """A subject or session that is unknown is as good as signed out; other tenants notice nothing."""
    ada = provider.user("ada")
    sid = host.register(ada)["sid"]
    for claims in ({"sub": "nobody"}, {"sid": "nobody"}):
        assert provider.log_out(**claims).status_code == 200
    answer = provider.http.post(
        f"/t/{globex.slug}/backchannel-logout", data={"logout_token": provider.logout_token(sub="00uada")}
    )
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_request")
    assert host.alive(sid)


def test_a_token_need_not_say_its_type(provider: Provider, host: HostApplication) -> None:
    """Most providers send none, or JWT."""
    ada = provider.user("ada")
    for typ in (None, "JWT", "logout+jwt", "application/logout+jwt"):
        sid = host.register(ada)["sid"]
        assert provider.log_out(provider.logout_token(typ, sub="00uada")).status_code == 200
        assert not host.alive(sid)


WRONG: list[dict[str, Any]] = [
    {"typ": "secevent+jwt"},
    {"typ": "at+jwt"},
    {"typ": "global-token-revocation+jwt"},
    {"nonce": "n-0S6"},
    {"events": None},
    {"events": []},
    {"events": {EVENT: None}},
    {"events": {"https://schemas.openid.net/secevent/caep/event-type/session-revoked": {}}},
    {"events": {EVENT: {}, "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {}}},
    {"sub": None},
    {"sub": 7},
    {"sub": "a\x00"},
    {"sid": ""},
    {"aud": "another client"},
    {"iss": "https://other.example"},
    {"exp": NOW - 120},
    {"exp": None},
    {"iat": None},
    {"iat": NOW + 600},
    {"jti": None},
]


def test_what_is_no_logout_token(provider: Provider, host: HostApplication) -> None:
    """An ID token, a security event, a token for others, of others, or too old: 400, and no session ends."""
    sid = host.register(provider.user("ada"))["sid"]
    tokens = [provider.logout_token(**{"sub": "00uada", **said}) for said in WRONG]
    claims = {"iss": ORG, "aud": CLIENT_ID, "iat": NOW, "exp": NOW + 60, "jti": "x", "sub": "00uada"}
    tokens += [make({**claims, "events": {EVENT: {}}}) for make in (unsigned, confused)]
    for token, said in zip(tokens, [*WRONG, "none", "confused"], strict=True):
        answer = provider.log_out(token)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_request"), said
        assert answer.headers["Cache-Control"] == "no-store"
    for form in ({}, {"logout_token": ""}):
        assert provider.http.post("/t/acme/backchannel-logout", data=form).status_code == 400
    assert provider.http.post("/t/acme/backchannel-logout", json={"logout_token": "x"}).status_code == 400
    assert host.alive(sid)


def test_a_logout_token_is_good_once(provider: Provider, host: HostApplication) -> None:
    """The second use is refused; a session that began meanwhile goes on."""
    ada, token = provider.user("ada"), provider.logout_token(sub="00uada")
    assert provider.log_out(token).status_code == 200
    sid = host.register(ada)["sid"]
    assert provider.log_out(token).status_code == 400
    assert host.alive(sid)


def test_what_was_used_is_forgotten_once_it_has_expired(provider: Provider, clock: FixedClock) -> None:
    """The chore leaves what could still be shown again, and deletes the rest."""
    acme, token = provider.tenant, provider.logout_token(sub="00uada")
    chore = next(chore for chore in CHORES if chore.name == "forget_jtis")
    assert provider.log_out(token).status_code == 200
    assert chore.do(acme.runtime, acme.id) == 0
    assert provider.log_out(token).status_code == 400
    clock.advance(minutes=5)
    assert (chore.do(acme.runtime, acme.id), chore.do(acme.runtime, acme.id)) == (1, 0)
    assert provider.log_out(token).status_code == 400


def test_a_logout_token_is_no_security_event(provider: Provider) -> None:
    """Whoever expects a security event refuses it by its type (RFC 8417 §2.3)."""
    expected = Expected(ORG, CLIENT_ID, frozenset({"secevent+jwt"}))
    for typ in ("logout+jwt", "JWT", None):
        with pytest.raises(InvalidJwt, match="typ"):
            verified(provider.logout_token(typ, sub="00uada"), KeySet([rsa()]), expected, START)
