"""The log of requests: why a provider shows an error, told without anything that the provider sent."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.chores import forget_requests
from app.db.request_log import Sought
from app.identity import logbook
from tests.clock import FixedClock
from tests.scim_client import ScimClient, op
from tests.service import TenantUnderTest

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(app: Flask, client: FlaskClient, acme: TenantUnderTest) -> Ask:
    """Return the requests that a query finds, once what was noted is written."""
    headers = acme.bearer(acme.api_token("logs"))

    def ask(**query: Any) -> list[dict[str, Any]]:
        app.extensions[logbook.EXTENSION].write()
        answer = client.get("/t/acme/api/v1/requests", headers=headers, query_string=query)
        assert answer.status_code == 200, answer.text
        assert answer.json
        found: list[dict[str, Any]] = answer.json["requests"]
        return found

    return ask


@pytest.fixture
def okta(client: FlaskClient, acme: TenantUnderTest) -> ScimClient:
    """Return a provider."""
    return ScimClient(client, acme, acme.scim_token("okta"))


def test_it_tells_of_a_user_from_the_first_request_to_the_last(ask: Ask, okta: ScimClient, clock: FixedClock) -> None:
    """What created, changed, read and deleted a user is found by its id, with what the dialect forgave."""
    ada = okta.user("ada@example.com")
    clock.advance(seconds=1)
    okta.patch(f"/Users/{ada}", {"op": "Replace", "value": {"active": "False"}})
    clock.advance(seconds=1)
    okta.get(f"/Users/{ada}")
    clock.advance(seconds=1)
    okta.delete(f"/Users/{ada}")
    okta.user("bob@example.com")
    told = ask(user=ada)
    assert [(each["method"], each["path"], each["status"]) for each in told] == [
        ("DELETE", f"/Users/{ada}", 204),
        ("GET", f"/Users/{ada}", 200),
        ("PATCH", f"/Users/{ada}", 200),
        ("POST", "/Users", 201),
    ]
    assert told[2]["tolerances"] == ["op-case", "string-boolean"]
    assert told[2]["at"] == "2026-11-23T09:00:01.000Z"


def test_a_refusal_is_told_with_its_remedy(ask: Ask, okta: ScimClient) -> None:
    """The code of the rule, what it says, and how to go on."""
    owner = okta.user("owner@example.com", roles=[{"value": "Owner"}])
    refused = okta.patch(f"/Users/{owner}", op("replace", "active", False))
    assert refused.status_code == 409
    (told,) = ask(user=owner, status="4xx")
    assert (told["status"], told["error"], told["detail"]) == (409, "LAST_OWNER", (refused.json or {})["detail"])
    assert told["remedies"]
    assert ask(user=owner, status="409") == [told]
    assert ask(status="5xx") == []


def test_nothing_that_was_sent_is_kept(ask: Ask, okta: ScimClient, app: Flask, acme: TenantUnderTest) -> None:
    """Neither values of filters and bodies, nor names in paths, nor what an error says of them."""
    okta.user("qzxada@example.com", displayName="Qzxada Lovelace")
    okta.get('/Users?filter=userName eq "qzxada@example.com"&count=1')
    okta.get("/Users?filter=userName eq qzxada")
    okta.get("/Users/qzxada")
    okta.get("/qzxada")
    okta.post("/Users", {"userName": "QzxAda@example.com", "shoeSize": "qzxada x", "active": "qzxada"})
    okta.post("/Users", {"userName": "qzxada@example.com"})
    found = ask()
    assert len(found) == 7
    assert [each for each in found if "qzxada" in str(each).lower()] == []
    assert ["filter", "count"] in [each["query"] for each in found]
    assert {"/Users", "/Users/<id>", "/<path>"} <= {each["path"] for each in found}
    with acme.runtime.database.reading(acme.id) as work:
        assert "qzxada" not in str(work.request_log.page(Sought(), 99)).lower()


def test_whoever_shows_a_wrong_token_is_seen_too(
    ask: Ask, client: FlaskClient, acme: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the first thing that goes wrong; but strangers fill no database."""
    monkeypatch.setattr(logbook, "MOST_OF_STRANGERS", 3)
    for _ in range(5):
        client.get("/t/acme/scim/v2/Users", headers=acme.bearer("wrong"))
    client.get("/t/nobody/scim/v2/Users", headers=acme.bearer("wrong"))
    told = ask(status="401")
    assert [(each["connection"], each["path"]) for each in told] == [(None, "/Users")] * 3


def test_it_is_paged_and_bounded_by_time(ask: Ask, okta: ScimClient, clock: FixedClock) -> None:
    """Each page follows the last; a moment that begins a window is in it, one that ends it is not."""
    for _ in range(5):
        okta.get("/Users")
        clock.advance(minutes=1)
    first = ask(limit=2)
    rest = ask(before=first[-1]["id"], limit=200)
    assert [each["at"][14:16] for each in (*first, *rest)] == ["04", "03", "02", "01", "00"]
    between = ask(since="2026-11-23T09:01:00Z", until="2026-11-23T09:03:00Z")
    assert [each["at"][14:16] for each in between] == ["02", "01"]


def test_it_forgets(ask: Ask, okta: ScimClient, acme: TenantUnderTest, clock: FixedClock) -> None:
    """After as many days as the operator chose, nothing is left."""
    okta.get("/Users")
    assert len(ask()) == 1
    clock.advance(days=29)
    assert forget_requests(acme.runtime, acme.id) == 0
    clock.advance(days=2)
    assert forget_requests(acme.runtime, acme.id) == 1


def test_tenants_see_their_own_requests_alone(
    ask: Ask, okta: ScimClient, client: FlaskClient, globex: TenantUnderTest
) -> None:
    """Another tenant's requests are not found, not even by the id of its user; the scope is needed."""
    ada = okta.user("ada@example.com")
    assert len(ask(user=ada)) == 1
    for scopes, status in (("logs", 200), ("audit", 403)):
        headers = globex.bearer(globex.api_token(scopes))
        answer = client.get("/t/globex/api/v1/requests", headers=headers, query_string={"user": ada})
        assert answer.status_code == status
        assert not (answer.json or {}).get("requests")
    assert client.get("/t/acme/api/v1/requests", headers=globex.bearer(globex.api_token("logs"))).status_code == 401
