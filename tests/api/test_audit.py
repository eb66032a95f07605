"""The audit trail through the API: filtered, paged, with names that a purge takes away."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.chores import purge, seal_audit
from tests.clock import FixedClock
from tests.scim_client import ScimClient
from tests.service import TenantUnderTest

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(client: FlaskClient, acme: TenantUnderTest) -> Ask:
    """Return the entries that a query finds."""
    headers = acme.bearer(acme.api_token("audit"))

    def ask(**query: Any) -> list[dict[str, Any]]:
        answer = client.get("/t/acme/api/v1/audit", headers=headers, query_string=query)
        assert answer.status_code == 200, answer.text
        assert answer.json
        entries: list[dict[str, Any]] = answer.json["entries"]
        return entries

    return ask


def test_an_entry_says_who_did_what_to_whom(ask: Ask, client: FlaskClient, acme: TenantUnderTest) -> None:
    """Names are those shown now; the place in the chain is there once the entry is sealed."""
    scim = ScimClient(client, acme, acme.scim_token(name="Okta"))
    ada = scim.user("ada", displayName="Ada Lovelace")
    (entry,) = ask(subject=ada)
    assert entry["subject"] == {"type": "User", "id": ada, "name": "Ada Lovelace"}
    assert (entry["action"], entry["actor"]["name"], entry["at"]) == (
        "user.created", "Okta", "2026-11-23T09:00:00.000Z",
    )  # fmt: skip
    assert (entry["position"], entry["hash"]) == (None, None)
    assert seal_audit(acme.runtime, acme.id) >= 1
    (entry,) = ask(subject=ada)
    assert entry["position"] >= 1
    assert len(entry["hash"]) == 64


def test_entries_are_found_by_subject_actor_action_and_time(
    ask: Ask, client: FlaskClient, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """Each filter narrows; a person in whose name the application acted is an actor too."""
    boss, ada = acme.user("boss"), acme.user("ada")
    clock.advance(hours=1)
    headers = acme.bearer(acme.api_token("lifecycle"))
    client.post(f"/t/acme/api/v1/users/{ada}/deactivate", headers=headers, json={"actor": boss})
    (entry,) = ask(subject=ada, action="user.deactivated")
    assert entry["actor"] | {"id": "-"} == {
        "type": "api", "id": "-", "name": "Host application", "user": boss, "user_name": "boss",
    }  # fmt: skip
    assert {e["action"] for e in ask(actor=boss)} == {"user.deactivated", "user.sessions_revoked"}
    assert ask(actor=entry["actor"]["id"]) == ask(actor=boss) == ask(since="2026-11-23T10:00:00Z")
    assert [e["action"] for e in ask(until="2026-11-23T10:00:00Z")] == ["user.created"] * 2
    assert ask(subject=boss, action="user.deactivated") == []


def test_pages_follow_one_another(ask: Ask, client: FlaskClient, acme: TenantUnderTest) -> None:
    """The latest come first, and each page says where the next begins."""
    users = [acme.user() for _ in range(5)]
    headers, seen, before = acme.bearer(acme.api_token("audit")), list[str](), dict[str, str]()
    while True:
        answer = client.get("/t/acme/api/v1/audit", headers=headers, query_string={"limit": 2, **before}).json or {}
        seen += [entry["subject"]["id"] for entry in answer["entries"]]
        if answer["next"] is None:
            break
        before = {"before": answer["next"]}
    assert seen == users[::-1]
    assert len(ask()) == 5


def test_a_purge_leaves_the_label(ask: Ask, client: FlaskClient, acme: TenantUnderTest, clock: FixedClock) -> None:
    """What was done to a purged user is still there, as done to nobody one could name."""
    scim = ScimClient(client, acme, acme.scim_token())
    ada = scim.user("ada", displayName="Ada Lovelace")
    scim.delete(f"/Users/{ada}")
    before = [entry["action"] for entry in ask(subject=ada)]
    clock.advance(days=30)
    assert purge(acme.runtime, acme.id) == (1, 0)
    entries = ask(subject=ada)
    assert {entry["subject"]["name"] for entry in entries} == {"Deleted user"}
    assert [entry["action"] for entry in entries][-len(before) :] == before


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"since": "yesterday"}, "since"),
        ({"action": "%"}, "action"),
        ({"who": "x"}, "who"),
        ({"subject": "a\0"}, "subject"),
    ],
)
def test_a_wrong_query_is_explained(
    client: FlaskClient, acme: TenantUnderTest, query: dict[str, Any], field: str
) -> None:
    """The answer names the parameter."""
    headers = acme.bearer(acme.api_token("audit"))
    answer = client.get("/t/acme/api/v1/audit", headers=headers, query_string=query)
    assert answer.status_code == 400
    assert answer.json
    assert [error["field"] for error in answer.json["errors"]] == [field]
