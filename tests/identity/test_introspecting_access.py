"""Access tokens: asked about, taken back, and described."""

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity.proofs import Proof
from app.identity.scopes import OFFERED
from tests.clock import FixedClock
from tests.identity.oauth_clients import NOW, OAuthClient, client_of
from tests.service import ISSUER, TenantUnderTest

SECRET = Proof("client-secret")
INACTIVE = {"active": False}


@pytest.fixture
def okta(acme: TenantUnderTest, client: FlaskClient) -> OAuthClient:
    """Return a client with a secret."""
    return client_of(acme, client, SECRET)


def granted(client: OAuthClient) -> str:
    """Return a new access token."""
    return str((client.ask(auth=client.basic).json or {})["access_token"])


def post(client: OAuthClient, path: str, token: str, tenant: str = "acme", **said: object) -> TestResponse:
    """Ask about a token, or take it back, as this client."""
    return client.http.post(f"/t/{tenant}/oauth/{path}", data={"token": token, **said}, auth=client.basic)


def test_a_client_asks_about_its_token(okta: OAuthClient) -> None:
    """The answer has what RFC 7662 §2.2 asks for."""
    answer = post(okta, "introspect", granted(okta))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "active": True,
        "iss": f"{ISSUER}/t/acme",
        "client_id": okta.id,
        "scope": "scim",
        "token_type": "Bearer",
        "iat": NOW,
        "exp": NOW + 900,
    }


def test_the_host_application_may_ask_too(okta: OAuthClient, acme: TenantUnderTest) -> None:
    """With a token that may ask about sessions."""
    headers = acme.bearer(acme.api_token("sessions"))
    answer = okta.http.post("/t/acme/oauth/introspect", data={"token": granted(okta)}, headers=headers)
    assert (answer.json or {})["client_id"] == okta.id


def test_nothing_is_said_of_what_is_not_the_client_s_own(
    okta: OAuthClient, acme: TenantUnderTest, globex: TenantUnderTest, clock: FixedClock
) -> None:
    """Tokens of another client, of another tenant, of another kind, unknown and expired ones look alike."""
    other, stranger = client_of(acme, okta.http, SECRET), client_of(globex, okta.http, SECRET)
    mine = granted(okta)
    static = acme.scim_token()
    foreign = stranger.ask(auth=stranger.basic, tenant="globex").json or {}
    for token in (granted(other), foreign["access_token"], static, acme.api_token(), okta.basic[1], "unknown"):
        assert post(okta, "introspect", token).json == INACTIVE
    clock.advance(minutes=15)
    assert post(okta, "introspect", mine).json == INACTIVE


def test_a_client_takes_its_token_back(okta: OAuthClient) -> None:
    """It is dead at the next request; a second time changes nothing (RFC 7009 §2.2)."""
    token = granted(okta)
    for _ in range(2):
        answer = post(okta, "revoke", token)
        assert (answer.status_code, answer.data) == (200, b"")
    assert okta.scim(token).status_code == 401
    assert post(okta, "introspect", token).json == INACTIVE


def test_a_client_cannot_take_back_what_is_not_its_own(okta: OAuthClient, acme: TenantUnderTest) -> None:
    """The answer is the same, and the token lives."""
    other, static = client_of(acme, okta.http, SECRET), acme.scim_token()
    for token in (granted(other), static, okta.basic[1]):
        assert post(okta, "revoke", token).status_code == 200
    assert [okta.scim(static).status_code, okta.ask(auth=okta.basic).status_code] == [200, 200]
    assert other.ask(auth=other.basic).status_code == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_a_hint_changes_nothing(okta: OAuthClient, hint: str) -> None:
    """Neither one that is wrong nor one that nobody knows (RFC 7009 §2.1)."""
    token = granted(okta)
    assert (post(okta, "introspect", token, token_type_hint=hint).json or {})["active"]
    assert post(okta, "revoke", token, token_type_hint=hint).status_code == 200
    assert okta.scim(token).status_code == 401


def test_tokens_of_a_foreign_form_are_inactive_not_an_error(okta: OAuthClient) -> None:
    """A JWT, a text with a NUL, one of 60 kB: all are unknown."""
    for token in ("ey.ey.ey", "a\x00b", "x" * 60_000, "é"):
        assert post(okta, "introspect", token).json == INACTIVE
        assert post(okta, "revoke", token).status_code == 200


def test_wrong_credentials_are_told_the_scheme(okta: OAuthClient) -> None:
    """Basic for clients (RFC 6749 §5.2), as the host application is told Bearer; a request without any is too."""
    token = granted(okta)
    for path in ("introspect", "revoke"):
        wrong = okta.http.post(f"/t/acme/oauth/{path}", data={"token": token}, auth=(okta.id, "wrong"))
        assert (wrong.status_code, (wrong.json or {})["error"]) == (401, "invalid_client")
        assert wrong.headers["WWW-Authenticate"].startswith("Basic realm=")
        nobody = okta.http.post(f"/t/acme/oauth/{path}", data={"token": token})
        assert nobody.status_code == 401
        assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="SCIM Lifecycle"'
    assert post(okta, "introspect", token, tenant="nowhere").status_code == 401
    assert okta.scim(token).status_code == 200


def test_the_metadata_are_where_clients_look(client: FlaskClient, acme: TenantUnderTest) -> None:
    """Between host and path of the issuer (RFC 8414 §3.1); issuer and addresses agree, and a reader may keep them."""
    issuer = f"{ISSUER}/t/acme"
    answer = client.get(get_well_known_url(issuer))
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    document = answer.json or {}
    assert document["issuer"] == issuer
    metadata = AuthorizationServerMetadata(document)
    for name in metadata.REGISTRY_KEYS:
        if name not in {"authorization_endpoint", "response_types_supported"}:
            getattr(metadata, f"validate_{name}")()


def test_what_the_metadata_promise_works(acme: TenantUnderTest, client: FlaskClient) -> None:
    """Each address answers, each method of authentication is understood, each scope can be had."""
    okta = client_of(acme, client, SECRET, " ".join(OFFERED["scim"]))
    document = okta.http.get("/.well-known/oauth-authorization-server/t/acme").json or {}
    for name in ("token_endpoint", "revocation_endpoint", "introspection_endpoint", "jwks_uri"):
        path = document[name].removeprefix(ISSUER)
        assert okta.http.open(path, method="GET" if name == "jwks_uri" else "POST").status_code not in {404, 405}
    assert document["response_types_supported"] == []
    assert document["grant_types_supported"] == ["client_credentials"]
    assert document["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ]
    assert not {"none", "HS256"} & set(document["token_endpoint_auth_signing_alg_values_supported"])
    for scope in document["scopes_supported"]:
        assert okta.ask(auth=okta.basic, scope=scope).status_code == 200


def test_an_unknown_tenant_has_no_metadata(client: FlaskClient) -> None:
    """Nor does a name that no tenant can have."""
    for name in ("nowhere", "A'"):
        assert client.get(f"/.well-known/oauth-authorization-server/t/{name}").status_code == 404
