"""Access tokens for connections: how a client proves itself, what it gets, and what it is told otherwise."""

import base64
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.identity.proofs import Proof
from app.identity.tokens import PREFIXES, token_hash
from tests.clock import FixedClock
from tests.identity.oauth_clients import OAuthClient, client_of, connecting
from tests.service import TenantUnderTest

SECRET = Proof("client-secret")


@pytest.fixture
def okta(acme: TenantUnderTest, client: FlaskClient) -> OAuthClient:
    """Return a client with a secret."""
    return client_of(acme, client, SECRET)


def refused(response: TestResponse, status: int, error: str) -> str:
    """Check an OAuth error (RFC 6749 §5.2) and return its description."""
    assert (response.status_code, (response.json or {}).get("error")) == (status, error), response.text
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert ("Basic" in response.headers.get("WWW-Authenticate", "")) == (status == 401)
    description = str((response.json or {})["error_description"])
    assert description.isascii()
    return description


def test_a_client_gets_a_token_by_http_basic(okta: OAuthClient) -> None:
    """The answer has all that RFC 6749 §5.1 asks for; the token opens SCIM, and nobody may keep the answer."""
    answer = okta.ask(auth=okta.basic)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    token = (answer.json or {}).pop("access_token")
    assert answer.json == {"access_token": token, "token_type": "Bearer", "expires_in": 900, "scope": "scim"}
    assert token.startswith(PREFIXES["access"])
    assert okta.scim(token).status_code == 200


def test_a_client_gets_a_token_by_the_form(okta: OAuthClient) -> None:
    """client_secret_post is the same (RFC 6749 §2.3.1)."""
    answer = okta.ask(client_id=okta.id, client_secret=okta.basic[1])
    assert answer.status_code == 200


def test_basic_credentials_are_decoded_like_a_form(okta: OAuthClient) -> None:
    """Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    encoded = "".join(f"%{ord(letter):02X}" for letter in okta.id)
    header = base64.b64encode(f"{encoded}:{okta.basic[1]}".encode()).decode()
    assert okta.ask(headers={"Authorization": f"bAsIc {header}"}).status_code == 200


def test_a_token_is_kept_as_a_hash(okta: OAuthClient, acme: TenantUnderTest) -> None:
    """Neither token nor secret is in the database."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    with acme.runtime.database.reading(acme.id) as work:
        rows = repr(work.connection.execute(text("SELECT * FROM credentials")).all())
    assert token_hash(token) in rows
    assert token not in rows
    assert okta.basic[1] not in rows


def test_a_token_dies_soon(okta: OAuthClient, clock: FixedClock) -> None:
    """After its lifetime it is invalid, and the next grant deletes it."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    clock.advance(seconds=899)
    assert okta.scim(token).status_code == 200
    clock.advance(seconds=1)
    answer = okta.scim(token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    okta.ask(auth=okta.basic)
    with okta.tenant.runtime.database.reading(okta.tenant.id) as work:
        assert work.connection.execute(text("SELECT count(*) FROM credentials WHERE kind = 'access'")).scalar() == 1


def test_wrong_clients_look_alike(okta: OAuthClient, globex: TenantUnderTest, acme: TenantUnderTest) -> None:
    """Whether client, secret, tenant or kind of secret is wrong, the answer is the same: nobody can probe."""
    other = client_of(globex, okta.http, SECRET)
    second = client_of(acme, okta.http, SECRET)
    static = acme.scim_token()
    cases = [
        okta.ask(auth=(okta.id, "wrong")),
        okta.ask(auth=("nobody", okta.basic[1])),
        okta.ask(auth=(second.id, okta.basic[1])),
        okta.ask(auth=other.basic),
        okta.ask(auth=(okta.id, static)),
        okta.ask(auth=okta.basic, tenant="globex"),
        okta.ask(auth=okta.basic, tenant="nowhere"),
        okta.ask(auth=("\x00", "\x00")),
    ]
    assert len({refused(case, 401, "invalid_client") for case in cases}) == 1


def test_an_unreadable_header_is_no_client(okta: OAuthClient) -> None:
    """The answer says what it should have been: no Base64, no colon, no text, another scheme."""
    for header in ("Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /w==", "Bearer x", "Digest a=b"):
        told = refused(okta.ask(headers={"Authorization": header}), 401, "invalid_client")
        assert "Base64" in told or "Basic" in told


def test_a_client_shows_itself_one_way(okta: OAuthClient) -> None:
    """Two ways at once are refused (RFC 6749 §2.3), as is a client_id that contradicts the header."""
    twice = okta.ask(auth=okta.basic, client_secret=okta.basic[1], client_id=okta.id)
    assert "one way" in refused(twice, 400, "invalid_request")
    refused(okta.ask(auth=okta.basic, client_id="another"), 400, "invalid_request")
    assert okta.ask(auth=okta.basic, client_id=okta.id).status_code == 200


def test_without_credentials_the_answer_says_how(okta: OAuthClient) -> None:
    """A request without any proof is told which there are."""
    assert "client_assertion" in refused(okta.ask(), 401, "invalid_client")


def test_the_form_is_read_strictly(okta: OAuthClient) -> None:
    """Another media type, a repeated parameter, a missing or other grant, too large a body: each is named."""
    path, auth = "/t/acme/oauth/token", okta.basic
    post = okta.http.post
    refused(post(path, json={"grant_type": "client_credentials"}, auth=auth), 400, "invalid_request")
    refused(post(path, data={"grant_type": ["client_credentials"] * 2}, auth=auth), 400, "invalid_request")
    refused(post(path, data={"scope": "scim"}, auth=auth), 400, "invalid_request")
    refused(okta.ask(grant_type="password", auth=auth), 400, "unsupported_grant_type")
    refused(post(path, data={"grant_type": "x" * 70_000}, auth=auth), 413, "invalid_request")
    assert okta.http.get(path).status_code == 405


def test_a_client_may_ask_for_less(okta: OAuthClient) -> None:
    """A token to read cannot write; whoever may write may ask for one."""
    answer = okta.ask(auth=okta.basic, scope="scim.read").json or {}
    assert answer["scope"] == "scim.read"
    assert okta.scim(answer["access_token"]).status_code == 200
    written = okta.scim(answer["access_token"], method="POST")
    assert written.status_code == 403


def test_a_client_gets_no_more_than_its_connection_may(acme: TenantUnderTest, client: FlaskClient) -> None:
    """An unknown scope, one of another kind, and more than was given are refused, never dropped in silence."""
    reader = client_of(acme, client, SECRET, scopes="scim.read")
    for scope in ("scim", "scim.read scim", "sessions", "root", "scim.read  scim.read", '"'):
        assert "scim.read" in refused(reader.ask(auth=reader.basic, scope=scope), 400, "invalid_scope")
    assert (reader.ask(auth=reader.basic).json or {})["scope"] == "scim.read"


def test_a_revoked_connection_gets_and_shows_nothing(okta: OAuthClient) -> None:
    """From the commit on: no new token, and none that it has."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    connecting(okta.tenant).revoke(okta.id)
    assert okta.scim(token).status_code == 401
    refused(okta.ask(auth=okta.basic), 401, "invalid_client")


def test_what_a_suspended_tenant_grants_opens_no_directory(okta: OAuthClient) -> None:
    """Neither a token of before nor a new one: the same proof lets receivers of signals go on listening."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    with okta.tenant.runtime.database.unit_of_work(okta.tenant.id) as work:
        work.turn("suspended")
    later = (okta.ask(auth=okta.basic).json or {})["access_token"]
    assert [okta.scim(each).status_code for each in (token, later)] == [403, 403]
    with okta.tenant.runtime.database.unit_of_work(okta.tenant.id) as work:
        work.turn("active")
    assert [okta.scim(each).status_code for each in (token, later)] == [200, 200]


def test_a_new_secret_works_beside_the_old_one(okta: OAuthClient, clock: FixedClock) -> None:
    """Until the overlap is over both are good, then the old one is not."""
    renewed = connecting(okta.tenant).rotate(okta.id, timedelta(hours=1))
    assert [okta.ask(auth=(okta.id, secret)).status_code for secret in (okta.basic[1], renewed.token)] == [200, 200]
    clock.advance(hours=1)
    refused(okta.ask(auth=okta.basic), 401, "invalid_client")
    assert okta.ask(auth=(okta.id, renewed.token)).status_code == 200


def test_fewer_scopes_end_the_tokens_that_have_more(okta: OAuthClient) -> None:
    """An access token is not worth more than its connection, not even until it expires."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    connecting(okta.tenant).rescope(okta.id, ["scim.read"])
    assert okta.scim(token).status_code == 401
    assert (okta.ask(auth=okta.basic).json or {})["scope"] == "scim.read"


def test_a_client_secret_and_an_access_token_open_one_door_each(okta: OAuthClient, globex: TenantUnderTest) -> None:
    """A secret is no bearer token; an access token is good on SCIM alone, at its own tenant."""
    token = (okta.ask(auth=okta.basic).json or {})["access_token"]
    assert okta.scim(okta.basic[1]).status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert okta.http.get("/t/acme/api/v1/connections", headers=headers).status_code == 401
    assert okta.http.get("/t/globex/scim/v2/Users", headers=headers).status_code == 401
    assert okta.ask(auth=(okta.id, token)).status_code == 401
