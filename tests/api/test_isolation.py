"""No route of a tenant opens to the token of another."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.db.records import WorkItem
from app.lifecycle.effects import Owe
from app.lifecycle.surges import SurgeRecord
from tests.service import TenantUnderTest

BATCHES = ("v1/sessions", "sessions/introspect")
OWN_POLICY = (
    "v1/policy",
    "policy/revert",
    "policy/preview",
    "preview/users",
    "policy/diff",
    "policy/presets",
    "policy/versions",
)
OWN = (
    "/orphans",
    "v1/directory",
    "directory/suspend",
    "directory/resume",
    "/logout-clients",
    "v1/entitlements",
    "v1/users",
    "v1/eligibility",
    "v1/precheck",
    "v1/mass-changes",
    "/undo",
    "/reports/inactivity",
    "v1/reviews",
    "v1/requests",
    "v1/streams",
    *BATCHES,
    *OWN_POLICY,
)
"""Lists of what the tenant itself has."""


def host_rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Yield each method and rule that the host application may call."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in {"api", "oauth"}:
            yield from ((method, rule) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


@pytest.fixture
def session(client: FlaskClient, acme: TenantUnderTest) -> dict[str, str]:
    """Return a user of acme with a live session, and a connection, as the parts of a path."""
    ada = acme.user("ada")
    headers = acme.bearer(acme.api_token())
    answer = client.post(f"/t/acme/api/v1/users/{ada}/sessions", headers=headers, json={})
    assert answer.json
    acme.scim_token(name="Okta")
    with acme.runtime.database.reading(acme.id) as work:
        connection = work.connections.all()[0]
    wish = {"name": "Host", "url": "https://hooks.example.com/"}
    webhook = client.post("/t/acme/api/v1/webhooks", headers=headers, json=wish).json or {}
    ids = {"number": "99", "connection_id": connection.id, "webhook_id": webhook["id"], "delivery_id": "none"}
    wish = {"client_id": "app", "backchannel_logout_uri": "https://app.example.com/"}
    ids["logout_client_id"] = client.post("/t/acme/api/v1/logout-clients", headers=headers, json=wish).get_json()["id"]
    wish = {"endpoint_url": "https://events.example.com/", "aud": "app"}
    ids["stream_id"] = client.post("/t/acme/api/v1/streams", headers=headers, json=wish).get_json()["id"]
    hold = client.post(f"/t/acme/api/v1/users/{ada}/holds", headers=headers, json={"reason": "other"}).json or {}
    review = client.post("/t/acme/api/v1/reviews", headers=headers, json={}).json or {}
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.obligations.open(ada, [Owe("OWNED_WORK", "work", {})], acme.runtime.clock.now())
        ids |= {"hold_id": hold["id"], "obligation_id": work.obligations.of(ada)[0].id}
        work.work_items.put([WorkItem("task", "t1", ada, None, "open", None)], acme.runtime.clock.now())
        work.surges.add(SurgeRecord("s1", "deletions", "held", acme.runtime.clock.now(), 3, 60))
    return {
        "surge_id": "s1",
        "review_id": review["id"],
        "user_id": ada,
        "sid": answer.json["sid"],
        "number": "99",
        "pool": "none",
        "type": "task",
        "work_id": "t1",
        **ids,
    }


def paths(app: Flask, tenant: str, parts: dict[str, str]) -> list[tuple[str, str]]:
    """Return every method and path of the host application at a tenant."""
    known = {"tenant": tenant, **parts}
    adapter = app.url_map.bind("localhost")
    return [
        (method, adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}, method=method))
        for method, rule in host_rules(app)
    ]


def untouched(client: FlaskClient, acme: TenantUnderTest, session: dict[str, str]) -> bool:
    """Tell whether user, session and connection of acme are as they were."""
    with acme.runtime.database.reading(acme.id) as work:
        if [connection.revoked_at for connection in work.connections.all() if connection.name == "Okta"] != [None]:
            return False
    headers = acme.bearer(acme.api_token())
    answer = client.post("/t/acme/oauth/introspect", headers=headers, data={"token": session["sid"]})
    return bool(answer.json and answer.json["active"])


def test_a_token_of_another_tenant_is_refused_everywhere(
    app: Flask, client: FlaskClient, acme: TenantUnderTest, globex: TenantUnderTest, session: dict[str, str]
) -> None:
    """Every route answers 401 to it, as to a token that does not exist, and does nothing."""
    routes = paths(app, "acme", session)
    assert len(routes) >= 11
    for method, path in routes:
        form: dict[str, Any] = {"data": {"token": session["sid"]}} if "/oauth/" in path else {"json": {}}
        told = []
        for token in (globex.api_token(), "scimlc_api_none", globex.scim_token(), acme.scim_token()):
            answer = client.open(path, method=method, headers=acme.bearer(token), **form)
            assert answer.status_code == 401, (method, path)
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
            told.append({**(answer.json or {}), "request_id": None})
        assert told == told[:1] * 4
    assert untouched(client, acme, session)


def test_what_belongs_to_another_tenant_does_not_exist(
    app: Flask, client: FlaskClient, acme: TenantUnderTest, globex: TenantUnderTest, session: dict[str, str]
) -> None:
    """At its own tenant a caller finds neither user nor session of another: 404, or no word about them."""
    headers = globex.bearer(globex.api_token())
    for method, path in paths(app, "globex", session):
        if path.endswith(("/connections", "/webhooks", "v1/obligations", "v1/preflight", "/audit", *OWN)):
            continue
        bodies: dict[str, dict[str, Any]] = {
            "scopes": {"scopes": ["scim"]},
            "user": {"user_id": session["user_id"]},
            "replay": {"dead": True},
            "sign-on": {
                "issuer": "https://idp.example.com",
                "client_id": "acme",
                "jwks_uri": "https://idp.example.com/keys",
            },
            "preflight": {"action": "delete"},
            "bulk": {"action": "delete", "ids": [session["user_id"]]},
            "offers": {"ids": [session["user_id"]]},
            "approve": {"reason": "x"},
            "decisions": {"decisions": [{"user": session["user_id"], "decision": "keep"}]},
            "reject": {"reason": "x"},
            "deactivate-at": {"at": "2027-01-01T00:00:00Z"},
        }
        bodies |= {"holds": {"reason": "other"}, "release": {"reason": "closed"}, "preflight": {"action": "delete"}}
        ada = session["user_id"]
        bodies |= {
            "t1": {"owner": ada},
            "claim": {"user": ada},
            "reassign": {"from": ada, "to": None},
            "work-counts": {"owner": ada, "counts": []},
            "work": {"items": [{"type": "task", "id": "t1", "owner": ada}]},
        }
        bodies["purge-approvals"] = {"actor": session["user_id"]}
        body = bodies.get(path.rpartition("/")[2], {})
        form: dict[str, Any] = {"data": {"token": session["sid"]}} if "/oauth/" in path else {"json": body}
        answer = client.open(path, method=method, headers=headers, **form)
        silent = "/oauth/" in path and answer.data in {b"", b'{"active":false}'}
        assert answer.status_code == 404 or silent, (method, path)
    assert untouched(client, acme, session)


def test_without_the_scope_nothing_is_done(
    app: Flask, client: FlaskClient, acme: TenantUnderTest, session: dict[str, str]
) -> None:
    """Each route names the scope it wants: sessions for sessions, lifecycle for users, connections for connections."""
    for method, path in paths(app, "acme", session):
        wanted = "sessions" if any(word in path for word in ("session", "sign-in", "/oauth/")) else "lifecycle"
        wanted = (
            "connections"
            if any(word in path for word in ("/connections", "/directory"))
            else "events"
            if "/webhooks" in path
            else wanted
        )
        wanted = "events" if any(word in path for word in ("/precheck", "/logout-clients", "/streams")) else wanted
        wanted = "logs" if path.endswith("/requests") else wanted
        wanted = "holds" if "/holds" in path else "work" if "/work" in path else wanted
        wanted = "entitlements" if "/entitlements" in path else wanted
        wanted = "audit" if path.endswith(("/audit", "/erasure-receipt")) else wanted
        wanted = "policy" if "/policy" in path else wanted
        other = "lifecycle" if wanted != "lifecycle" else "sessions"
        answer = client.open(path, method=method, headers=acme.bearer(acme.api_token(other)))
        assert answer.status_code == 403, (method, path)
        assert f'scope="{wanted}"' in answer.headers["WWW-Authenticate"]
    assert untouched(client, acme, session)


def test_a_batch_knows_nothing_of_another_tenant(
    client: FlaskClient, acme: TenantUnderTest, globex: TenantUnderTest, session: dict[str, str]
) -> None:
    """Signing its user in is refused as for no user, and neither its session nor its user's tokens are good."""
    headers, sessions = globex.bearer(globex.api_token()), "/t/globex/api/v1/sessions"
    begun = client.post(sessions, headers=headers, json={"sessions": [{"user_id": session["user_id"]}]}).json or {}
    assert [one["code"] for one in begun["sessions"]] == ["UNKNOWN_USER"]
    questions = [{"token": session["sid"]}, {"user_id": session["user_id"], "issued_at": 4_000_000_000}]
    told = client.post(f"{sessions}/introspect", headers=headers, json={"questions": questions}).json or {}
    assert told["answers"] == [{"active": False}] * 2
    assert untouched(client, acme, session)
