"""The API of webhooks: a secret is shown once, what is wrong is named, and another tenant finds nothing."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service import TenantUnderTest

BASE = "/t/acme/api/v1/webhooks"
WISH = {"name": "Host", "url": "https://hooks.example.com/scim", "types": ["user.*"]}


class Caller:
    """The host application of a tenant."""

    def __init__(self, client: FlaskClient, tenant: TenantUnderTest) -> None:
        self.client = client
        self.headers = tenant.bearer(tenant.api_token("events"))

    def __call__(self, method: str, path: str = "", json: Any = None) -> TestResponse:
        """Ask."""
        return self.client.open(BASE + path, method=method, headers=self.headers, json=json)


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Caller:
    """Return a caller with the scope of events."""
    return Caller(client, acme)


def created(call: Caller, **wish: Any) -> Any:
    """Create a webhook and return the answer."""
    answer = call("POST", json={**WISH, **wish})
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_webhook_is_created_shown_changed_and_deleted(call: Caller) -> None:
    """The secret is in the first answer, and in no other."""
    made = created(call)
    assert made["secret"].startswith("whsec_")
    path = f"/{made['id']}"
    shown = call("GET", path).json
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert call("GET").json == {"webhooks": [shown]}
    changed = call("PATCH", path, {"types": ["group.created"], "name": "Teams"}).json or {}
    assert (changed["types"], changed["name"], changed["url"]) == (["group.created"], "Teams", WISH["url"])
    rotated = call("POST", f"{path}/rotate", {"overlap": 60}).json or {}
    assert rotated["secret"] not in {made["secret"], ""}
    assert (call("POST", f"{path}/pause", {}).json or {})["state"] == "paused"
    assert (call("POST", f"{path}/resume", {}).json or {})["state"] == "enabled"
    assert call("POST", f"{path}/test", {}).status_code == 202
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


def test_deliveries_are_listed_with_their_tries(call: Caller, acme: TenantUnderTest) -> None:
    """What waits is listed before it is sent; a replay of the dead finds none."""
    from app.events.channels import channels  # noqa: PLC0415
    from app.events.engine import Engine  # noqa: PLC0415

    made = created(call)
    user_id = acme.user()
    Engine.of(acme.runtime, channels(acme.runtime)).relay(acme.id)
    path = f"/{made['id']}/deliveries"
    found = (call("GET", path).json or {})["deliveries"]
    assert [(one["type"], one["subject"], one["state"]) for one in found] == [("user.created", user_id, "pending")]
    assert (call("GET", f"{path}/{found[0]['id']}").json or {})["tries"] == []
    assert call("GET", f"{path}?state=dead&limit=5").json == {"deliveries": []}
    assert call("GET", f"{path}?before={found[0]['seq']}").json == {"deliveries": []}
    assert call("POST", f"/{made['id']}/replay", {"dead": True}).json == {"deliveries": 0}
    assert call("GET", f"{path}/unknown").status_code == 404


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"types": ["user.vanished"]}, "types"),
        ({"types": []}, "types"),
        ({"mode": "other"}, "mode"),
        ({"mode": "workos", "cloudevents": True}, ""),
        ({"name": ""}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_created(call: Caller, wish: dict[str, Any], field: str) -> None:
    """A problem says which field, and nothing of our network or its settings."""
    answer = call("POST", json={**WISH, **wish})
    told = answer.json or {}
    assert (answer.status_code, told["errors"][0]["field"]) == (400, field)
    assert "SCIM_LIFECYCLE" not in answer.text
    assert call("GET").json == {"webhooks": []}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"dead": True, "delivery": "d"},
        {"since": "yesterday"},
        {"until": "2026-11-23T09:00:00Z"},
        {"since": "2026-11-23"},
    ],
)
def test_a_replay_says_exactly_what_it_means(call: Caller, said: dict[str, Any]) -> None:
    """One delivery, a window or the dead: not none, and not several."""
    made = created(call)
    assert call("POST", f"/{made['id']}/replay", said).status_code == 400


def test_there_are_so_many_and_no_more(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is said, with the remedy."""
    monkeypatch.setattr("app.events.webhooks.office.MOST", 1)
    created(call)
    answer = call("POST", json=WISH)
    assert (answer.status_code, (answer.json or {})["code"]) == (409, "TOO_MANY_WEBHOOKS")
