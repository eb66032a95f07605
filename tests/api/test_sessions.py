"""Registering, listing and ending sessions over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from tests.clock import FixedClock
from tests.service import TenantUnderTest

Call = Callable[..., TestResponse]
OPERATOR = Actor("operator", "ann", "Ann", "cli")


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme with a token that may keep sessions."""
    headers = acme.bearer(acme.api_token("sessions"))

    def call(method: str, path: str, **body: Any) -> TestResponse:
        return client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **body)

    return call


@pytest.fixture
def users(acme: TenantUnderTest) -> Callable[[Callable[[Lifecycle], object]], None]:
    """Change users as an operator would."""

    def change(command: Callable[[Lifecycle], object]) -> None:
        with acme.runtime.database.unit_of_work(acme.id) as work:
            command(Lifecycle(work, acme.runtime.clock, OPERATOR))

    return change


Change = Callable[[Callable[[Lifecycle], object]], None]


def test_a_session_begins(call: Call, acme: TenantUnderTest) -> None:
    """The answer carries the id to keep; no token unless one is asked for."""
    answer = call("POST", f"/users/{acme.user()}/sessions")
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    session = answer.json or {}
    assert len(session.pop("sid")) == 36
    assert session == {
        "kind": "local",
        "client": None,
        "device": None,
        "idp": None,
        "created_at": "2026-11-23T09:00:00.000Z",
        "expires_at": None,
        "last_seen_at": "2026-11-23T09:00:00.000Z",
        "state": "alive",
    }


def test_a_session_keeps_what_the_host_says(call: Call, acme: TenantUnderTest) -> None:
    """The host application may bring its own id, and asks for a token if it wants one; lists never show it."""
    ada = acme.user("ada")
    said = {"sid": "host:1@eu", "kind": "sso", "client": "web", "device": "Firefox", "expires_in": 60, "token": True}
    said["idp"] = {"iss": "https://idp.example", "sub": "00u1"}
    session = call("POST", f"/users/{ada}/sessions", json=said).json or {}
    assert session.pop("token").startswith("scimlc_sess_")
    assert session == {
        "sid": "host:1@eu",
        "kind": "sso",
        "client": "web",
        "device": "Firefox",
        "idp": {"iss": "https://idp.example", "sub": "00u1", "sid": None},
        "created_at": "2026-11-23T09:00:00.000Z",
        "expires_at": "2026-11-23T09:01:00.000Z",
        "last_seen_at": "2026-11-23T09:00:00.000Z",
        "state": "alive",
    }
    assert call("GET", f"/users/{ada}/sessions").json == {"sessions": [session]}


def test_an_id_is_good_for_one_session(call: Call, acme: TenantUnderTest) -> None:
    """The same sid again is a conflict, even after the session ended."""
    ada = acme.user("ada")
    assert call("POST", f"/users/{ada}/sessions", json={"sid": "one"}).status_code == 201
    for _ in range(2):
        again = call("POST", f"/users/{ada}/sessions", json={"sid": "one"})
        assert (again.status_code, again.json and again.json["code"]) == (409, "SID_TAKEN")
        call("DELETE", "/sessions/one")


def test_ids_are_unique_in_a_tenant_only(
    call: Call, acme: TenantUnderTest, globex: TenantUnderTest, client: FlaskClient
) -> None:
    """Another tenant may use the same sid, and ending one leaves the other alive."""
    assert call("POST", f"/users/{acme.user()}/sessions", json={"sid": "one"}).status_code == 201
    headers, eve = globex.bearer(globex.api_token()), globex.user()
    answer = client.post(f"/t/globex/api/v1/users/{eve}/sessions", headers=headers, json={"sid": "one"})
    assert answer.status_code == 201
    assert call("DELETE", "/sessions/one").status_code == 204
    there = client.post("/t/globex/oauth/introspect", headers=headers, data={"token": "one"})
    assert there.json
    assert there.json["active"] is True


def test_nobody_but_an_active_user_signs_in(call: Call, acme: TenantUnderTest, users: Change) -> None:
    """An inactive and a tombstoned user are refused with the remedy; a purged one is nobody."""
    ada = acme.user("ada")
    users(lambda lifecycle: lifecycle.deactivate(lifecycle.find(ada), "leaver"))
    inactive = call("POST", f"/users/{ada}/sessions")
    assert (inactive.status_code, inactive.mimetype) == (403, "application/problem+json")
    assert inactive.json is not None
    assert (inactive.json["code"], inactive.json["remedies"]) == ("NOT_ACTIVE", ["reactivate"])
    assert inactive.json["blocking"] == [{"type": "state", "value": "inactive"}]


def test_a_deleted_user_does_not_sign_in(call: Call, acme: TenantUnderTest, users: Change, clock: FixedClock) -> None:
    """A tombstone is refused until it is restored; what is purged is not found."""
    ada = acme.user("ada")
    users(lambda lifecycle: lifecycle.deactivate(lifecycle.find(ada), "leaver"))
    clock.advance(days=31)
    users(lambda lifecycle: lifecycle.delete(lifecycle.find(ada)))
    tombstoned = call("POST", f"/users/{ada}/sessions")
    assert (tombstoned.status_code, tombstoned.json and tombstoned.json["remedies"]) == (403, ["restore"])
    assert call("GET", f"/users/{ada}/sessions").json == {"sessions": []}
    users(lambda lifecycle: lifecycle.purge(ada))
    for method in ("POST", "GET"):
        purged = call(method, f"/users/{ada}/sessions")
        assert (purged.status_code, purged.json and purged.json["code"]) == (404, "UNKNOWN_USER")


def test_only_live_sessions_are_listed(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """What has ended or expired is not listed."""
    ada = acme.user("ada")
    for sid, said in (("short", {"expires_in": 60}), ("ended", {}), ("live", {})):
        call("POST", f"/users/{ada}/sessions", json={"sid": sid, **said})
    call("DELETE", f"/users/{ada}/sessions/ended")
    clock.advance(minutes=1)
    listed = call("GET", f"/users/{ada}/sessions").json or {}
    assert [session["sid"] for session in listed["sessions"]] == ["live"]


def test_ending_is_idempotent(call: Call, acme: TenantUnderTest) -> None:
    """A session that is over stays over; one that never was is not found."""
    ada, eve = acme.user("ada"), acme.user("eve")
    call("POST", f"/users/{ada}/sessions", json={"sid": "one"})
    lost = call("DELETE", f"/users/{eve}/sessions/one")
    assert (lost.status_code, lost.json and lost.json["code"]) == (404, "UNKNOWN_SESSION")
    for path in ("/sessions/one", f"/users/{ada}/sessions/one", "/sessions/one"):
        answer = call("DELETE", path)
        assert (answer.status_code, answer.data) == (204, b"")
    for sid in ("two", "%00", "scimlc_sess_x", "a" * 300):
        assert call("DELETE", f"/sessions/{sid}").status_code == 404


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "magic"}, "kind must be 'local', 'sso', 'refresh', 'api_key' or 'personal_token'."),
    ({"expires_in": 0}, "expires_in must be 1 or more."),
    ({"expires_in": 10**9}, "expires_in must be 31622400 or less."),
    ({"expires_in": "60"}, "expires_in must be a whole number."),
    ({"expires_in": True}, "expires_in must be a whole number."),
    ({"token": 1}, "token must be true or false."),
    ({"client": ""}, "client must not be empty."),
    ({"client": "a" * 256}, "client must be at most 255 characters long."),
    ({"device": "a\x00b"}, "device has characters or a form that is not allowed."),
    ({"device": "a\nb"}, "device has characters or a form that is not allowed."),
    ({"sid": ""}, "sid must be 1 to 255 letters, digits or"),
    ({"sid": ".."}, "sid must be 1 to 255 letters, digits or"),
    ({"sid": "a/b"}, "sid must be 1 to 255 letters, digits or"),
    ({"sid": "a\n"}, "sid must be 1 to 255 letters, digits or"),
    ({"sid": "scimlc_sess_mine"}, "and must not look like a token."),
    ({"token_sha256": "secret"}, "token_sha256 has characters or a form that is not allowed."),
    ({"idp": {"sub": "00u1"}}, "idp.iss"),
    ({"user": "eve"}, "user is not a field of this request."),
]


def test_a_bad_sign_in_names_the_field(call: Call, acme: TenantUnderTest) -> None:
    """Nothing is registered, and the sentence says what would be right."""
    ada = acme.user("ada")
    for said, detail in BAD:
        answer = call("POST", f"/users/{ada}/sessions", json=said)
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST"), said
        assert detail in answer.json["detail"]
    assert call("GET", f"/users/{ada}/sessions").json == {"sessions": []}
