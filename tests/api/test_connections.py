"""Connections, created and changed over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity.usage import EXTENSION
from tests.clock import FixedClock
from tests.identity.oauth_clients import APPID, AUDIENCE, ENTRA, entra_claims, public, rsa, signed
from tests.service import TenantUnderTest

Call = Callable[..., TestResponse]
EXTERNAL = {"auth": "external-jwt", "issuer": ENTRA, "audience": AUDIENCE, "claims": APPID, "jwks": public(rsa())}


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme with a token that may manage connections."""
    headers = acme.bearer(acme.api_token("connections"))

    def call(method: str, path: str = "", **body: Any) -> TestResponse:
        return client.open(f"/t/acme/api/v1/connections{path}", method=method, headers=headers, json=body or None)

    return call


def created(call: Call, **said: Any) -> dict[str, Any]:
    """Create a connection and return what is told of it."""
    answer = call("POST", **{"name": "Okta", "dialect": "okta", **said})
    assert answer.status_code == 201, answer.text
    return answer.json or {}


def scim(client: FlaskClient, token: str) -> int:
    """Return how a token fares at SCIM."""
    return client.get("/t/acme/scim/v2/Users", headers={"Authorization": f"Bearer {token}"}).status_code


def refused(answer: TestResponse, status: int) -> str:
    """Check problem details and return the detail."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    return str(answer.get_json(force=True)["detail"])


def test_a_connection_is_created_with_a_token_that_is_shown_once(
    call: Call, client: FlaskClient, clock: FixedClock
) -> None:
    """Later only its last four characters, its end and its last use are known."""
    told = created(call, expires_in=3600)
    token, id_ = told["token"], told["id"]
    assert scim(client, token) == 200
    client.application.extensions[EXTENSION].write()
    shown = call("GET", f"/{id_}")
    assert shown.headers["Cache-Control"] == "no-store"
    assert token not in shown.text
    assert shown.json == {
        **{
            name: told[name]
            for name in ("id", "name", "dialect", "auth", "scopes", "user_id", "created_at", "revoked_at")
        },
        "secrets": [{**told["secret"], "last_four": token[-4:], "last_used_at": "2026-11-23T09:00:00.000Z"}],
    }
    assert [entry["id"] for entry in (call("GET").json or {})["connections"]] == [id_]
    clock.advance(hours=1)
    assert scim(client, token) == 401


def test_a_token_is_rotated_with_an_overlap(call: Call, client: FlaskClient, clock: FixedClock) -> None:
    """Old and new work side by side until the overlap is over."""
    old = created(call)
    new = (call("POST", f"/{old['id']}/rotate", overlap=60).json or {})["token"]
    assert [scim(client, old["token"]), scim(client, new)] == [200, 200]
    clock.advance(seconds=60)
    assert [scim(client, old["token"]), scim(client, new)] == [401, 200]
    newest = (call("POST", f"/{old['id']}/rotate").json or {})["token"]
    assert [scim(client, new), scim(client, newest)] == [401, 200]


def test_a_connection_is_revoked_for_good(call: Call, client: FlaskClient) -> None:
    """Its token is dead, and it cannot be changed any more."""
    told = created(call)
    assert call("DELETE", f"/{told['id']}").status_code == 204
    assert scim(client, told["token"]) == 401
    assert "create another" in refused(call("POST", f"/{told['id']}/rotate"), 409)
    assert "create another" in refused(call("DELETE", f"/{told['id']}"), 409)


def test_scopes_are_changed_at_once(call: Call, client: FlaskClient) -> None:
    """A token that could write cannot from the next request on."""
    told = created(call)
    answer = call("PUT", f"/{told['id']}/scopes", scopes=["scim.read"])
    assert (answer.json or {})["scopes"] == ["scim.read"]
    headers = {"Authorization": f"Bearer {told['token']}"}
    assert client.delete("/t/acme/scim/v2/Users/x", headers=headers).status_code == 403
    assert "scim.read" in refused(call("PUT", f"/{told['id']}/scopes", scopes=["root"]), 400)


def test_a_client_with_a_secret_is_told_what_to_use(call: Call, client: FlaskClient) -> None:
    """Its id is the client_id; the secret buys tokens and is none itself."""
    told = created(call, auth="client-secret")
    answer = client.post(
        "/t/acme/oauth/token", data={"grant_type": "client_credentials"}, auth=(told["id"], told["client_secret"])
    )
    assert scim(client, (answer.json or {})["access_token"]) == 200
    assert scim(client, told["client_secret"]) == 401


def test_a_trusted_issuer_is_kept_with_its_keys(call: Call, client: FlaskClient) -> None:
    """There is no secret to show; its keys are replaced at once."""
    told = created(call, **EXTERNAL)
    assert not {"token", "client_secret", "secret"} & told.keys()
    assert scim(client, signed(entra_claims())) == 200
    shown = call("PUT", f"/{told['id']}/keys", jwks=public(rsa("two"))).json or {}
    assert shown["trust"] == {
        "issuer": ENTRA,
        "audience": AUDIENCE,
        "algorithms": ["RS256"],
        "claims": APPID,
        "jwks": public(rsa("two")),
        "jwks_uri": None,
    }
    assert [scim(client, signed(entra_claims(), rsa(kid))) for kid in ("one", "two")] == [401, 200]
    assert "replace its keys" in refused(call("POST", f"/{told['id']}/rotate"), 400)
    assert call("PUT", f"/{told['id']}/keys", jwks_uri="https://login.example.com/keys").status_code == 200


def test_what_would_prove_nothing_is_refused(call: Call) -> None:
    """Each answer says what is missing or too much, and nothing is created."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "a\nb"}, "control characters"),
        ({"dialect": "odd"}, "strict"),
        ({"scopes": ["sessions"]}, "scim.read"),
        ({"auth": "password"}, "auth"),
        ({"issuer": ENTRA}, "not token"),
        ({"auth": "private-key-jwt"}, "jwks_uri"),
        ({"auth": "private-key-jwt", "jwks": public(rsa()), "jwks_uri": "https://a.example.com"}, "either"),
        ({"auth": "private-key-jwt", "jwks": public(rsa()), "issuer": ENTRA}, "needs no issuer"),
        ({"auth": "private-key-jwt", "jwks": {"keys": [rsa().as_dict(private=True)]}}, "public keys only"),
        ({"auth": "private-key-jwt", "jwks_uri": "http://169.254.169.254/keys"}, "jwks_uri"),
        ({"auth": "private-key-jwt", "jwks_uri": "https://127.0.0.1/keys"}, "jwks_uri"),
        ({**EXTERNAL, "audience": None}, "audience"),
        ({**EXTERNAL, "claims": {}}, "claim"),
        ({**EXTERNAL, "algorithms": ["HS256"]}, "RS256"),
        ({**EXTERNAL, "algorithms": ["none"]}, "RS256"),
        ({"expires_in": 1}, "expires_in"),
        ({"unknown": 1}, "unknown"),
    ]
    for said, why in cases:
        assert why in refused(call("POST", **{"name": "Okta", **said}), 400), said
    assert (call("GET").json or {})["connections"] == []


def test_a_name_means_one_connection(call: Call) -> None:
    """The second of a name is refused."""
    created(call)
    assert "already" in refused(call("POST", name="Okta"), 409)


def test_an_unknown_connection_is_not_found(call: Call) -> None:
    """Nor is one whose id no database could hold."""
    for id_ in ("nobody", "a%00b"):
        refused(call("GET", f"/{id_}"), 404)
        refused(call("DELETE", f"/{id_}"), 404)


def test_every_change_leaves_a_trail_without_secrets(call: Call, acme: TenantUnderTest) -> None:
    """The entries name the host application and what it did."""
    told = created(call, auth="client-secret")
    call("POST", f"/{told['id']}/rotate")
    call("PUT", f"/{told['id']}/scopes", scopes=["scim.read"])
    call("PUT", f"/{told['id']}/user", user_id=acme.user("ada"))
    call("DELETE", f"/{told['id']}/user")
    call("DELETE", f"/{told['id']}")
    with acme.runtime.database.reading(acme.id) as work:
        entries = work.audit.of(told["id"])
    assert [entry.action.removeprefix("connection.") for entry in entries] == [
        "created",
        "rotated",
        "rescoped",
        "bound",
        "bound",
        "revoked",
    ]
    assert {entry.actor_type for entry in entries} == {"api"}
    assert told["client_secret"] not in repr(entries)


def test_a_connection_is_bound_to_a_user(call: Call, client: FlaskClient, acme: TenantUnderTest) -> None:
    """It finds the user at /Me; whom there is not, nobody is bound to."""
    told, ada = created(call), acme.user("ada")
    headers = acme.bearer(told["token"])
    assert told["user_id"] is None
    assert (call("PUT", f"/{told['id']}/user", user_id=ada).json or {})["user_id"] == ada
    assert (client.get("/t/acme/scim/v2/Me", headers=headers).json or {})["id"] == ada
    refused(call("PUT", f"/{told['id']}/user", user_id="nobody"), 404)
    assert call("DELETE", f"/{told['id']}/user").status_code == 204
    assert client.get("/t/acme/scim/v2/Me", headers=headers).status_code == 501
