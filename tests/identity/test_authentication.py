"""Who the Authorization header of a request says is calling."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from app.identity.authentication import AuthenticationFailed, authenticate, require_scope
from app.identity.principals import Principal
from app.identity.scopes import SCIM, SCIM_READ, SESSIONS, CredentialKind
from tests.clock import FixedClock
from tests.service import TenantUnderTest

INVALID = 'Bearer realm="SCIM Lifecycle", error="invalid_token", error_description="'


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    """Stand where requests stand."""
    with app.app_context():
        yield


def refused(authorization: str | None, tenant: str = "acme", kind: CredentialKind = "scim") -> AuthenticationFailed:
    """Return how a header is refused."""
    with pytest.raises(AuthenticationFailed) as caught:
        authenticate(authorization, tenant, kind=kind)
    return caught.value


def test_a_connection_is_known_by_its_token(acme: TenantUnderTest) -> None:
    """The principal carries the tenant, the dialect and the scopes of the connection."""
    token = acme.scim_token("okta", "scim scim.read", name="Okta")
    principal = authenticate(f"Bearer {token}", "acme", kind="scim")
    assert (principal.kind, principal.tenant, principal.tenant_id) == ("connection", "acme", acme.id)
    assert (principal.name, principal.dialect, principal.bare) == ("Okta", "okta", False)
    assert principal.scopes == {SCIM, SCIM_READ}
    actor = principal.actor("scim")
    assert (actor.kind, actor.id, actor.name, actor.channel) == ("connection", principal.connection_id, "Okta", "scim")


def test_the_host_application_is_known_by_its_token(acme: TenantUnderTest) -> None:
    """A token of the host application belongs to no connection and acts as itself."""
    principal = authenticate(f"Bearer {acme.api_token('sessions')}", "acme", kind="api")
    assert (principal.kind, principal.connection_id, principal.dialect) == ("api", None, None)
    assert principal.actor("api").id == principal.id


def test_the_scheme_is_known_in_any_case(acme: TenantUnderTest) -> None:
    """The name of the scheme is compared without regard to case (RFC 9110 §11.1)."""
    token = acme.scim_token()
    for scheme in ("bearer", "BEARER", "bEaReR", "  Bearer "):
        assert authenticate(f"{scheme} {token}", "acme", kind="scim").tenant_id == acme.id


def test_a_token_without_scheme_is_flagged(acme: TenantUnderTest) -> None:
    """An identity provider may forget the scheme, and the surface decides whether its dialect forgives that."""
    assert authenticate(acme.scim_token("entra"), "acme", kind="scim").bare


def test_the_host_application_never_forgets_the_scheme(acme: TenantUnderTest) -> None:
    """On the API a bare token is no credential."""
    assert refused(acme.api_token(), kind="api").error is None


def test_without_a_bearer_token_the_challenge_has_no_error(acme: TenantUnderTest) -> None:
    """Who shows no credentials is told what to show, and nothing else (RFC 6750 §3.1)."""
    for header in (None, "", " ", "Bearer", "Bearer  ", "Basic YWJj", "Digest a=b, c=d", "token x"):
        failed = refused(header)
        assert (failed.status, failed.error) == (401, None), header
        assert failed.www_authenticate == 'Bearer realm="SCIM Lifecycle"'


def test_an_unknown_or_malformed_token_is_invalid(acme: TenantUnderTest) -> None:
    """The answer names the error in the header (RFC 6750 §3.1)."""
    for header in ("Bearer none", "none", "Bearer a b", "Bearer \x00", "Bearer \xe9", "Bearer a=b"):
        failed = refused(header)
        assert (failed.status, failed.error) == (401, "invalid_token"), header
        assert failed.www_authenticate.startswith(INVALID)


def test_two_credentials_are_refused(acme: TenantUnderTest) -> None:
    """Servers join repeated headers by commas; choosing one would be a guess (RFC 6750 §3.1)."""
    token = acme.scim_token()
    for header in (f"Bearer {token},Bearer {token}", f"Bearer {token}, Bearer none", f"{token},{token}"):
        failed = refused(header)
        assert (failed.status, failed.error) == (400, "invalid_request")


def test_no_answer_tells_which_tenants_exist(acme: TenantUnderTest, globex: TenantUnderTest) -> None:
    """A token of another tenant, an unknown tenant and an unknown token look the same."""
    token = f"Bearer {globex.scim_token()}"
    answers = [refused(token), refused(token, "nowhere"), refused("Bearer none"), refused(token, "A\x00'")]
    assert {(f.status, f.error, f.description, f.www_authenticate) for f in answers} == {
        (401, "invalid_token", answers[0].description, answers[0].www_authenticate)
    }


def test_a_token_opens_only_the_door_of_its_kind(acme: TenantUnderTest) -> None:
    """A token of the host application is unknown on SCIM, and the other way round."""
    assert refused(f"Bearer {acme.api_token()}", kind="scim").error == "invalid_token"
    assert refused(f"Bearer {acme.scim_token()}", kind="api").error == "invalid_token"


def test_an_expired_token_is_invalid(acme: TenantUnderTest, clock: FixedClock) -> None:
    """A token dies at its moment, not a millisecond later."""
    token = f"Bearer {acme.scim_token()}"
    dies_at = clock.now() + timedelta(hours=1)
    with acme.runtime.database.unit_of_work(acme.id) as work:
        for connection in work.connections.all():
            work.credentials.expire(connection.id, dies_at)
    clock.advance(minutes=59, seconds=59)
    assert authenticate(token, "acme", kind="scim").tenant == "acme"
    clock.advance(seconds=1)
    assert refused(token).error == "invalid_token"


def test_a_revoked_connection_is_refused(acme: TenantUnderTest, clock: FixedClock) -> None:
    """From the commit on, no token of the connection is good."""
    token = f"Bearer {acme.scim_token()}"
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.connections.revoke(work.connections.all()[0].id, clock.now())
    assert refused(token).error == "invalid_token"


def test_a_revoked_token_is_refused(acme: TenantUnderTest) -> None:
    """It lets nobody in."""
    token = f"Bearer {acme.api_token()}"
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.connection.exec_driver_sql("UPDATE credentials SET revoked_at = '2026-11-23T08:00:00.000Z'")
    assert refused(token, kind="api").error == "invalid_token"


def test_a_missing_scope_is_named() -> None:
    """One of several scopes is enough; without any, the challenge names the first (RFC 6750 §3.1)."""
    principal = Principal("api", 1, "acme", "id", None, "Host", None, frozenset({SCIM_READ}))
    require_scope(principal, SCIM, SCIM_READ)
    with pytest.raises(AuthenticationFailed) as caught:
        require_scope(principal, SESSIONS)
    assert caught.value.status == 403
    assert caught.value.www_authenticate == (
        'Bearer realm="SCIM Lifecycle", error="insufficient_scope", '
        'error_description="The access token lacks the scope sessions.", scope="sessions"'
    )


def test_one_query_tells_who_calls(acme: TenantUnderTest, app: Flask) -> None:
    """Authentication costs one statement once the tenant is known."""
    from sqlalchemy import event  # noqa: PLC0415

    header = f"Bearer {acme.scim_token()}"
    authenticate(header, "acme", kind="scim")
    seen: list[str] = []
    event.listen(acme.runtime.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    authenticate(header, "acme", kind="scim")
    assert len([statement for statement in seen if "credentials" in statement]) == len(seen) == 1
