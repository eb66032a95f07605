"""The API of logout clients: registered once, shown, changed, deleted; what is wrong is named."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service import TenantUnderTest
from tests.sessions.providers import HostApplication

BASE = "/api/v1/logout-clients"
WISH = {"client_id": "web", "backchannel_logout_uri": "https://app.example.com/logout?x=1"}


@pytest.fixture
def host(client: FlaskClient, acme: TenantUnderTest) -> HostApplication:
    """Return a host application with the scope of events."""
    return HostApplication(client, acme, acme.api_token("events"))


def test_a_client_is_registered_shown_changed_and_deleted(host: HostApplication) -> None:
    """Its names are those of OpenID Connect's registration."""
    answer = host.call("POST", BASE, json=WISH)
    made = answer.get_json()
    assert (answer.status_code, made["backchannel_logout_session_required"]) == (201, False)
    assert made.items() >= WISH.items()
    path = f"{BASE}/{made['id']}"
    assert host.call("GET", path).json == made
    assert host.call("GET", BASE).json == {"logout_clients": [made]}
    changed = host.call("PATCH", path, json={"backchannel_logout_session_required": True}).get_json()
    assert changed == {**made, "backchannel_logout_session_required": True}
    changed = host.call("PATCH", path, json={"backchannel_logout_uri": "https://app.example.com/out"}).get_json()
    assert changed["backchannel_logout_uri"] == "https://app.example.com/out"
    assert host.call("GET", path).json == changed == host.call("POST", f"{path}/resume", json={}).json
    assert host.call("GET", f"{path}/deliveries").json == {"deliveries": []}
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"backchannel_logout_uri": "http://app.example.com/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://169.254.169.254/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://app.example.com/#x"}, "backchannel_logout_uri"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "w\x00"}, "client_id"),
        ({"backchannel_logout_session_required": "yes"}, "backchannel_logout_session_required"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_registered(
    host: HostApplication, wish: dict[str, Any], field: str
) -> None:
    """A problem says which field."""
    answer = host.call("POST", BASE, json={**WISH, **wish})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, field)
    assert host.call("GET", BASE).json == {"logout_clients": []}


def test_a_wrong_change_changes_nothing(host: HostApplication) -> None:
    """An address inside is refused, and the old one is kept."""
    made = host.call("POST", BASE, json=WISH).get_json()
    path = f"{BASE}/{made['id']}"
    assert host.call("PATCH", path, json={"backchannel_logout_uri": "https://10.0.0.1/"}).status_code == 400
    assert host.call("GET", path).json == made


def test_each_is_registered_once_and_not_too_many(host: HostApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client id is told at one address."""
    monkeypatch.setattr("app.events.logouts.office.MOST", 1)
    codes = [host.call("POST", BASE, json={**WISH, "client_id": name}).get_json().get("code") for name in "aab"]
    assert codes == [None, "LOGOUT_CLIENT_TAKEN", "TOO_MANY_LOGOUT_CLIENTS"]


def test_the_metadata_says_so(client: FlaskClient, acme: TenantUnderTest) -> None:
    """A client finds that it can be told (Back-Channel Logout 1.0 §2.1)."""
    told = client.get(f"/.well-known/oauth-authorization-server/t/{acme.slug}").get_json()
    assert told["backchannel_logout_supported"] is told["backchannel_logout_session_supported"] is True
