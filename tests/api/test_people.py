"""Lists, eligibility and actions on several users: the API and AuthZEN."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service import TenantUnderTest

Ask = Callable[[str, dict[str, Any]], TestResponse]


@pytest.fixture
def ask(client: FlaskClient, acme: TenantUnderTest) -> Ask:
    """Ask what AuthZEN calls a policy decision point."""
    headers = acme.bearer(acme.api_token("lifecycle"))
    return lambda path, body: client.post(f"/t/acme/access/v1{path}", headers=headers, json=body)


def question(user_id: str, action: str = "login", **more: Any) -> dict[str, Any]:
    """Return a question as AuthZEN has it, with what may be said beyond."""
    subject = {"type": "user", "id": user_id, "properties": {"department": "Sales"}}
    return {"subject": subject, "action": {"name": action}, "resource": {"type": "app", "id": "1"}, **more}


def test_a_decision_follows_state_and_policy(ask: Ask, acme: TenantUnderTest) -> None:
    """An active user may, an inactive one may not, and a stranger, a group or an unknown action never."""
    ada, bob = acme.user("ada"), acme.user("bob", active=False)
    assert ask("/evaluation", question(ada, context={"time": "now"})).json == {"decision": True}
    assert ask("/evaluation", question(bob)).json == {
        "decision": False, "context": {"reason": "The user is inactive."},
    }  # fmt: skip
    for asked in (question("nobody"), question(ada, "fly"), {**question(ada), "subject": {"type": "g", "id": ada}}):
        assert (ask("/evaluation", asked).json or {})["decision"] is False


def test_a_list_of_questions_shares_its_defaults(ask: Ask, acme: TenantUnderTest) -> None:
    """Each question overrides what it says itself; the semantics say where the answers end."""
    ada, bob = acme.user("ada"), acme.user("bob", active=False)
    whole = {**question(ada), "evaluations": [{}, {"subject": {"type": "user", "id": bob}}, {}]}
    decisions = {
        "execute_all": [True, False, True],
        "deny_on_first_deny": [True, False],
        "permit_on_first_permit": [True],
    }
    for semantic, expected in decisions.items():
        told = ask("/evaluations", {**whole, "options": {"evaluations_semantic": semantic}}).json or {}
        assert [each["decision"] for each in told["evaluations"]] == expected
    assert ask("/evaluations", question(ada)).json == {"decision": True}


def test_a_question_without_a_part_is_refused(ask: Ask, acme: TenantUnderTest) -> None:
    """What is missing is named."""
    asked = question(acme.user("ada"))
    del asked["resource"]
    for path, body in (("/evaluation", asked), ("/evaluations", asked), ("/evaluations", {"evaluations": [asked]})):
        answer = ask(path, body)
        assert (answer.status_code, (answer.json or {})["detail"]) == (400, "resource must be given.")


def test_where_to_ask_is_published(client: FlaskClient, acme: TenantUnderTest) -> None:
    """The metadata names both endpoints under the tenant."""
    told = client.get("/.well-known/authzen-configuration/t/acme").json or {}
    assert told["access_evaluations_endpoint"] == "https://scim.example.com/t/acme/access/v1/evaluations"
    assert told["policy_decision_point"] == "https://scim.example.com/t/acme"


def test_several_users_are_asked_about_in_one_statement(client: FlaskClient, acme: TenantUnderTest) -> None:
    """A stranger is answered as such, a deleted user without a word of what it was."""
    ada = acme.user("ada")
    headers = acme.bearer(acme.api_token("lifecycle"))
    told = client.post("/t/acme/api/v1/eligibility", headers=headers, json={"users": [ada, "nobody"]}).json or {}
    assert [(each["state"], set(each["may"].values())) for each in told["users"]] == [
        ("active", {True}),
        (None, {False}),
    ]


def test_a_list_goes_on_behind_its_last_user(client: FlaskClient, acme: TenantUnderTest) -> None:
    """Pages neither repeat nor skip, and wildcards of SQL are plain characters in a search."""
    ids = [acme.user(f"user_{number:03}") for number in range(101)]
    headers = acme.bearer(acme.api_token("lifecycle"))
    first = client.get("/t/acme/api/v1/users", headers=headers).json or {}
    second = client.get("/t/acme/api/v1/users", headers=headers, query_string={"after": first["after"]}).json or {}
    assert [user["id"] for user in first["users"] + second["users"]] == sorted(ids)
    assert second["after"] is None
    for text, count in (("user_00", 10), ("user%", 0), ("USER_1", 1)):
        found = client.get("/t/acme/api/v1/users", headers=headers, query_string={"q": text}).json or {}
        assert len(found["users"]) == count
