"""Streams of signals through the API, for receivers that manage none themselves."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service import TenantUnderTest

URL = "https://acme.okta.com/security/api/v1/security-events"
NEW = {"endpoint_url": URL, "aud": "https://acme.okta.com", "subject": "email", "authorization_header": "Bearer qzx"}


class Host:
    """The host application of a tenant."""

    def __init__(self, client: FlaskClient, tenant: TenantUnderTest, scopes: str = "events") -> None:
        self.client, self.path = client, f"/t/{tenant.slug}/api/v1/streams"
        self.headers = tenant.bearer(tenant.api_token(scopes))

    def ask(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        """Return the JSON of an answer, which has that status."""
        answer = self.client.open(self.path + path, method=method, headers=self.headers, json=body)
        assert answer.status_code == status, answer.text
        return answer.json


@pytest.fixture
def host(client: FlaskClient, acme: TenantUnderTest) -> Host:
    """Return the host application."""
    return Host(client, acme)


def test_a_stream_for_okta_from_its_creation_to_its_end(host: Host, acme: TenantUnderTest) -> None:
    """It is created, listed, verified at most every 2 seconds, resumed and deleted; its header is never shown."""
    made = host.ask("POST", body=NEW, status=201)
    assert (made["method"], made["endpoint_url"], made["aud"]) == ("push", URL, "https://acme.okta.com")
    assert (made["subject"], made["managed_by"], made["state"]) == ({"format": "email"}, None, "enabled")
    assert made["events"]
    assert all("caep" in event or "risc" in event for event in made["events"])
    assert host.ask("GET") == {"streams": [made]}
    assert host.ask("GET", f"/{made['id']}") == made
    assert "qzx" not in str(made)
    host.ask("POST", f"/{made['id']}/verify", {}, 204)
    assert host.ask("POST", f"/{made['id']}/verify", {}, 429)["code"] == "TOO_MANY_REQUESTS"
    assert host.ask("POST", f"/{made['id']}/resume", {}) == made
    host.ask("DELETE", f"/{made['id']}", status=204)
    assert host.ask("GET", f"/{made['id']}", status=404)["code"] == "UNKNOWN_STREAM"
    with acme.runtime.database.reading(acme.id) as work:
        assert [event.type for event in work.outbox.of(made["id"])] == [
            "stream.created", "stream.verification", "stream.deleted",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"endpoint_url": "http://10.0.0.1/"}, {"peer": "nobody"}, {"authorization_header": "a\nb"}, {"subject": "opaque"}],
)
def test_a_stream_that_cannot_be_is_refused(host: Host, wrong: dict[str, str]) -> None:
    """It says why, and nothing is created."""
    assert host.ask("POST", body={**NEW, **wrong}, status=400)["code"] == "INVALID_REQUEST"
    assert host.ask("GET") == {"streams": []}


def test_streams_are_their_tenants_alone(
    host: Host, client: FlaskClient, acme: TenantUnderTest, globex: TenantUnderTest
) -> None:
    """Another tenant finds none of them; without the scope nobody does."""
    made = host.ask("POST", body=NEW, status=201)
    stranger = Host(client, globex)
    assert stranger.ask("GET") == {"streams": []}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/verify"), ("POST", "/resume")):
        body: dict[str, str] | None = {} if method == "POST" else None
        assert stranger.ask(method, f"/{made['id']}{path}", body, 404)["code"] == "UNKNOWN_STREAM"
    Host(client, acme, "sessions").ask("GET", status=403)
    assert host.ask("GET") == {"streams": [made]}
