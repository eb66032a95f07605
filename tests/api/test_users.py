"""The lifecycle of users at the wish of the host application."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clock import FixedClock
from tests.service import TenantUnderTest

Call = Callable[..., TestResponse]
MEANT = "?reason=contract_end&confirm=true"


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme with a token that may change users."""
    headers = acme.bearer(acme.api_token("lifecycle"))

    def call(method: str, path: str, **body: Any) -> TestResponse:
        return client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **body)

    return call


def test_a_user_is_shown_by_state_alone(call: Call, acme: TenantUnderTest) -> None:
    """The answer says where the user stands in its life, and nothing personal."""
    ada = acme.user("ada")
    answer = call("GET", f"/users/{ada}")
    assert answer.status_code == 200
    assert answer.json == {
        "id": ada,
        "state": "active",
        "since": None,
        "reason": None,
        "purge_after": None,
        "deactivate_at": None,
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_deactivation_keeps_its_reason_and_moment(call: Call, acme: TenantUnderTest) -> None:
    """A deactivated user is inactive since then, for the reason given."""
    ada = acme.user("ada")
    answer = call("POST", f"/users/{ada}/deactivate", json={"reason": "leaver"})
    assert answer.status_code == 200
    expected = {
        "id": ada, "state": "inactive", "since": "2026-11-23T09:00:00.000Z", "reason": "leaver", "purge_after": None,
        "deactivate_at": None,
    }  # fmt: skip
    assert answer.json == expected
    assert call("GET", f"/users/{ada}").json == expected


def test_a_deactivation_needs_no_body(call: Call, acme: TenantUnderTest) -> None:
    """Without a body the reason is `other`."""
    answer = call("POST", f"/users/{acme.user()}/deactivate")
    assert (answer.status_code, answer.json and answer.json["reason"]) == (200, "other")


def test_reactivation_gives_access_again(call: Call, acme: TenantUnderTest) -> None:
    """The host application may lift what it, or an operator, confirmed: even for security."""
    ada = acme.user("ada")
    call("POST", f"/users/{ada}/deactivate", json={"reason": "security"})
    answer = call("POST", f"/users/{ada}/reactivate")
    assert (answer.status_code, answer.json and answer.json["state"]) == (200, "active")


def test_an_active_user_is_not_deleted(call: Call, acme: TenantUnderTest) -> None:
    """On this door the policy refuses what SCIM absorbs, and says what to do first."""
    ada = acme.user("ada")
    answer = call("DELETE", f"/users/{ada}{MEANT}")
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.json == {
        "type": "urn:scim-lifecycle:problem:USER_ACTIVE",
        "title": "User active",
        "status": 409,
        "detail": "Deactivate the user first: set active=false, then delete.",
        "code": "USER_ACTIVE",
        "guard": "delete.mode",
        "remedies": ["deactivate"],
        "preflight": f"https://scim.example.com/t/acme/api/v1/users/{ada}/preflight",
    }
    assert call("GET", f"/users/{ada}").json["state"] == "active"  # type: ignore[index]


def test_all_refusals_are_told(call: Call, acme: TenantUnderTest) -> None:
    """The first of several refusals sets the status, and the others are there to read."""
    owner = acme.user("ada", roles=("Owner",))
    answer = call("DELETE", f"/users/{owner}{MEANT}")
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["code"] == "LAST_OWNER"
    assert answer.json["blocking"] == [{"type": "role", "value": "Owner", "count": 1}]
    assert [other["code"] for other in answer.json["further"]] == ["USER_ACTIVE"]


def test_a_user_goes_and_comes_back(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """After its retention an inactive user is tombstoned, and restored under the same id."""
    ada = acme.user("ada")
    call("POST", f"/users/{ada}/deactivate")
    clock.advance(days=31)
    gone = call("DELETE", f"/users/{ada}{MEANT}")
    assert gone.status_code == 200
    assert gone.json is not None
    assert (gone.json["state"], gone.json["reason"]) == ("tombstoned", "contract_end")
    assert gone.json["since"] == gone.json["purge_after"] == "2026-12-24T09:00:00.000Z"
    assert call("DELETE", f"/users/{ada}").status_code == 404
    back = call("POST", f"/users/{ada}/restore", json={"active": False})
    assert (back.status_code, back.json and back.json["state"]) == (200, "inactive")


def test_an_unknown_user_is_not_found(call: Call) -> None:
    """Each command answers 404 for an id that nobody has, whatever it looks like."""
    for user_id in ("0190-none", "a" * 65, "%00", "%ff", "'--", "%E2%80%8B"):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/deactivate"), ("POST", "/restore")):
            answer = call(method, f"/users/{user_id}{path}")
            assert (answer.status_code, answer.json and answer.json["code"]) == (404, "UNKNOWN_USER")


BAD_BODIES: list[tuple[dict[str, Any], int, str, str]] = [
    ({"data": "{", "content_type": "application/json"}, 400, "MALFORMED_JSON", "line 1, column 2"),
    ({"data": "[]", "content_type": "application/json"}, 400, "MALFORMED_JSON", "one JSON object"),
    ({"data": "{}", "content_type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE", "application/json"),
    ({"data": b'{"reason":"\xff"}', "content_type": "application/json"}, 400, "MALFORMED_JSON", "line 1"),
    ({"data": "[" * 10_000, "content_type": "application/json"}, 400, "MALFORMED_JSON", "not valid JSON"),
    ({"data": '{"a":' * 9_000, "content_type": "application/json"}, 400, "MALFORMED_JSON", "not valid JSON"),
    ({"data": " " * 65_537, "content_type": "application/json"}, 413, "BODY_TOO_LARGE", "65536 bytes"),
    ({"json": {"reason": "bored"}}, 400, "INVALID_REQUEST", "reason must be 'leaver'"),
    ({"json": {"reason": None}}, 400, "INVALID_REQUEST", "reason must be"),
    ({"json": {"cause": "leaver"}}, 400, "INVALID_REQUEST", "cause is not a field of this request."),
]


def test_a_bad_body_changes_nothing(call: Call, acme: TenantUnderTest) -> None:
    """What is wrong is named with its place, and the user stays as it was."""
    ada = acme.user("ada")
    for body, status, code, detail in BAD_BODIES:
        answer = call("POST", f"/users/{ada}/deactivate", **body)
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (status, code), body
        assert detail in answer.json["detail"]
    assert call("GET", f"/users/{ada}").json["state"] == "active"  # type: ignore[index]


def test_fields_are_named_for_machines(call: Call, acme: TenantUnderTest) -> None:
    """Each wrong field is listed with what is wrong about it."""
    answer = call("POST", f"/users/{acme.user()}/restore", json={"active": "yes", "when": 1})
    assert answer.json is not None
    assert answer.json["errors"] == [
        {"field": "active", "detail": "must be true or false"},
        {"field": "when", "detail": "is not a field of this request"},
    ]


def test_unknown_routes_and_methods_are_problems(call: Call, acme: TenantUnderTest) -> None:
    """What the API does not know is told in the same form, with the methods it does know."""
    lost = call("GET", "/people")
    assert (lost.status_code, lost.mimetype) == (404, "application/problem+json")
    wrong = call("PUT", f"/users/{acme.user()}/deactivate")
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert set(wrong.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_the_change_and_its_traces_share_a_transaction(call: Call, acme: TenantUnderTest) -> None:
    """Audit and outbox name the host application and carry one transaction id."""
    ada = acme.user("ada")
    call("POST", f"/users/{ada}/deactivate", json={"reason": "leaver"})
    with acme.runtime.database.reading(acme.id) as work:
        audit = [entry for entry in work.audit.of(ada) if entry.action == "user.deactivated"]
        events = [event for event in work.outbox.of(ada) if event.type == "user.deactivated"]
    assert [(entry.actor_type, entry.actor_name, entry.reason) for entry in audit] == [
        ("api", "Host application", "leaver")
    ]
    assert [event.txn for event in events] == [audit[0].txn]
