"""Whether a session may go on, asked over HTTP (RFC 7662)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clock import FixedClock
from tests.service import ISSUER, TenantUnderTest

SENT_AT = 1795424400  # 2026-11-23T09:00:00Z
Post = Callable[..., Any]


@pytest.fixture
def sign_in(client: FlaskClient, acme: TenantUnderTest) -> Post:
    """Register a session of a user of acme, and return what the host application gets."""
    headers = acme.bearer(acme.api_token("sessions"))

    def sign_in(user_id: str, **body: Any) -> Any:
        answer = client.post(f"/t/acme/api/v1/users/{user_id}/sessions", headers=headers, json=body)
        assert answer.status_code == 201
        return answer.json

    return sign_in


@pytest.fixture
def ask(client: FlaskClient, acme: TenantUnderTest) -> Post:
    """Introspect a token at acme."""
    headers = acme.bearer(acme.api_token("sessions"))

    def ask(token: str, **more: str) -> Any:
        answer = client.post("/t/acme/oauth/introspect", headers=headers, data={"token": token, **more})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.json

    return ask


@pytest.fixture
def host(client: FlaskClient, acme: TenantUnderTest) -> Post:
    """Send a form or a command of the host application to acme."""
    headers = acme.bearer(acme.api_token())

    def host(path: str, method: str = "POST", **body: Any) -> TestResponse:
        return client.open(f"/t/acme{path}", method=method, headers=headers, **body)

    return host


def test_a_live_session_says_whose_it_is(sign_in: Post, ask: Post, acme: TenantUnderTest) -> None:
    """The answer names user, session, client and issuer, in seconds since 1970 (RFC 7662 §2.2)."""
    ada = acme.user("Ada")
    session = sign_in(ada, client="web", device="Firefox", expires_in=3600, token=True)
    expected = {
        "active": True,
        "iss": f"{ISSUER}/t/acme",
        "sub": ada,
        "username": "Ada",
        "sid": session["sid"],
        "client_id": "web",
        "iat": SENT_AT,
        "exp": SENT_AT + 3600,
    }
    assert ask(session["sid"]) == expected
    assert ask(session["token"]) == {**expected, "token_type": "Bearer"}


def test_a_hint_changes_nothing(sign_in: Post, ask: Post, acme: TenantUnderTest) -> None:
    """A token type hint may be wrong (RFC 7662 §2.1)."""
    token = sign_in(acme.user(), token=True)["token"]
    for hint in ("access_token", "refresh_token", "nonsense"):
        assert ask(token, token_type_hint=hint)["active"] is True


def test_an_unknown_token_is_not_active(ask: Post) -> None:
    """Nothing but the one word is said of what is no session (RFC 7662 §2.2)."""
    for token in ("none", "scimlc_sess_none", "\x00", "a b", "é" * 300, "0" * 60_000):
        assert ask(token) == {"active": False}


def test_a_session_ends_with_its_lifetime(sign_in: Post, ask: Post, acme: TenantUnderTest, clock: FixedClock) -> None:
    """A session that was given a lifetime is dead at its end."""
    sid = sign_in(acme.user(), expires_in=60)["sid"]
    clock.advance(seconds=59)
    assert ask(sid)["active"]
    clock.advance(seconds=1)
    assert ask(sid) == {"active": False}


def test_sessions_die_with_a_deactivation_and_stay_dead(
    sign_in: Post, ask: Post, host: Post, acme: TenantUnderTest
) -> None:
    """The very next question is answered no, and a reactivation revives nothing."""
    ada = acme.user("ada")
    old = [sign_in(ada)["sid"], sign_in(ada, token=True)["token"]]
    assert host(f"/api/v1/users/{ada}/deactivate").status_code == 200
    assert [ask(token) for token in old] == [{"active": False}] * 2
    assert host(f"/api/v1/users/{ada}/reactivate").status_code == 200
    assert [ask(token) for token in old] == [{"active": False}] * 2
    assert ask(sign_in(ada)["sid"])["active"]


def test_the_epoch_alone_keeps_old_sessions_dead(sign_in: Post, ask: Post, host: Post, acme: TenantUnderTest) -> None:
    """Even a row whose end was lost stays dead, since its epoch is not the user's any more."""
    ada = acme.user("ada")
    sid = sign_in(ada)["sid"]
    host(f"/api/v1/users/{ada}/deactivate")
    host(f"/api/v1/users/{ada}/reactivate")
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.connection.exec_driver_sql("UPDATE sessions SET ended_at = NULL, end_cause = NULL")
    assert ask(sid) == {"active": False}


def test_sessions_die_with_a_deletion(
    sign_in: Post, ask: Post, host: Post, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """A tombstoned user has no session, and a restored one only new ones."""
    ada = acme.user("ada")
    sid = sign_in(ada)["sid"]
    host(f"/api/v1/users/{ada}/deactivate")
    clock.advance(days=31)
    assert host(f"/api/v1/users/{ada}?reason=leaver&confirm=true", "DELETE").status_code == 200
    assert ask(sid) == {"active": False}
    assert host(f"/api/v1/users/{ada}/restore").status_code == 200
    assert ask(sid) == {"active": False}


def test_another_tenant_learns_nothing(
    sign_in: Post, client: FlaskClient, acme: TenantUnderTest, globex: TenantUnderTest
) -> None:
    """A session is unknown outside its tenant, by id and by token."""
    session = sign_in(acme.user(), token=True)
    headers = globex.bearer(globex.api_token())
    for token in (session["sid"], session["token"]):
        answer = client.post("/t/globex/oauth/introspect", headers=headers, data={"token": token})
        assert answer.json == {"active": False}


def test_revocation_ends_a_session_once(sign_in: Post, ask: Post, host: Post, acme: TenantUnderTest) -> None:
    """A session is ended by its token or its id; ending it again is as good, and told once (RFC 7009 §2.2)."""
    ada = acme.user("ada")
    for name in ("sid", "token"):
        session = sign_in(ada, token=True)
        for _ in range(2):
            answer = host("/oauth/revoke", data={"token": session[name], "token_type_hint": "nonsense"})
            assert (answer.status_code, answer.data) == (200, b"")
        assert ask(session["sid"]) == {"active": False}
    with acme.runtime.database.reading(acme.id) as work:
        audit = [entry for entry in work.audit.of(ada) if entry.action == "user.sessions_revoked"]
        events = [event for event in work.outbox.of(ada) if event.type == "user.sessions_revoked"]
    assert [entry.detail["cause"] for entry in audit] == ["signed_out", "signed_out"]
    assert [event.txn for event in events] == [entry.txn for entry in audit]


def test_revoking_what_is_unknown_succeeds(host: Post) -> None:
    """The purpose is reached, so that 200 is the answer (RFC 7009 §2.2)."""
    for token in ("none", "scimlc_sess_none", "\x00"):
        assert host("/oauth/revoke", data={"token": token}).status_code == 200


BAD_FORMS: list[tuple[dict[str, Any], int]] = [
    ({"data": {}}, 400),
    ({"data": {"token": ""}}, 400),
    ({"data": "token=a&token=b", "content_type": "application/x-www-form-urlencoded"}, 400),
    ({"data": b"token=\xff", "content_type": "application/x-www-form-urlencoded"}, 400),
    ({"data": "token=%ff", "content_type": "application/x-www-form-urlencoded"}, 400),
    ({"data": "a=1&" * 40 + "token=a", "content_type": "application/x-www-form-urlencoded"}, 400),
    ({"json": {"token": "a"}}, 400),
    ({"query_string": {"token": "a"}}, 400),
    ({"data": {"token": "a" * 70_000}}, 413),
]


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_a_bad_form_is_an_invalid_request(host: Post, endpoint: str) -> None:
    """The form must carry the token exactly once, in the body (RFC 7662 §2.1, RFC 7009 §2.1)."""
    for form, status in BAD_FORMS:
        answer = host(f"/oauth/{endpoint}", **form)
        assert (answer.status_code, answer.mimetype) == (status, "application/json"), form
        assert answer.json["error"] == "invalid_request"


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_the_caller_must_be_let_in(client: FlaskClient, acme: TenantUnderTest, endpoint: str) -> None:
    """Without a token, with a bad one or without the scope there is no answer about any session."""
    path, data = f"/t/acme/oauth/{endpoint}", {"token": "none"}
    nobody = client.post(path, data=data)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="SCIM Lifecycle"')
    bad = client.post(path, data=data, headers=acme.bearer("none"))
    assert (bad.status_code, bad.json and bad.json["error"]) == (401, "invalid_token")
    weak = client.post(path, data=data, headers=acme.bearer(acme.api_token("lifecycle")))
    assert (weak.status_code, weak.json and weak.json["error"]) == (403, "insufficient_scope")
    assert 'scope="sessions"' in weak.headers["WWW-Authenticate"]
    in_query = client.post(path, data=data, query_string={"access_token": acme.api_token()})
    assert in_query.status_code == 401
    in_body = client.post(path, data={**data, "access_token": acme.api_token()})
    assert in_body.status_code == 401


def test_two_statements_answer_the_question(sign_in: Post, ask: Post, acme: TenantUnderTest) -> None:
    """Introspection costs one statement for the caller and one for the session."""
    from sqlalchemy import event  # noqa: PLC0415

    sid = sign_in(acme.user())["sid"]
    seen: list[str] = []
    event.listen(acme.runtime.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    ask(sid)
    assert len(seen) == 2
