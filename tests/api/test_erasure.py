"""Approving a purge, the receipt of it, and the relabelling that the host application confirms."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from app.chores import purge
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.scim_client import ScimClient
from tests.service import ISSUER, TenantUnderTest

Call = Callable[..., TestResponse]
FOUR_EYES = {"delete": {"min_days_inactive": 0, "mode": "any", "approvals": 2}}


@pytest.fixture
def acme(app: Flask) -> TenantUnderTest:
    """Return a tenant in which two persons have to approve a purge."""
    return TenantUnderTest.create(app.extensions[EXTENSION], "acme", **FOUR_EYES)


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme."""
    headers = acme.bearer(acme.api_token("lifecycle audit"))

    def call(method: str, path: str, **body: Any) -> TestResponse:
        return client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **body)

    return call


def deleted(call: Call, acme: TenantUnderTest, by: str, name: str = "ada") -> str:
    """Delete a user in the name of another, and return its id."""
    ada = acme.user(name)
    meant = f"reason=privacy_request&legal_basis=objection&confirm=true&actor={by}"
    assert call("DELETE", f"/users/{ada}?{meant}").status_code == 200
    return ada


def approve(call: Call, user: str, by: str) -> TestResponse:
    """Approve a purge in the name of a user."""
    return call("POST", f"/users/{user}/purge-approvals", json={"actor": by})


def test_a_purge_waits_for_two_other_persons(call: Call, acme: TenantUnderTest) -> None:
    """Who asked for the deletion does not count, nor does one person twice; with the second it goes through."""
    boss, eve, kim = acme.user("boss"), acme.user("eve"), acme.user("kim")
    ada = deleted(call, acme, boss)
    refused = approve(call, ada, boss)
    assert (refused.status_code, refused.json and refused.json["code"]) == (403, "APPROVER_IS_REQUESTER")
    for _ in range(2):
        answer = approve(call, ada, eve)
        assert answer.json == {"user": ada, "approved_by": [eve], "needed": 2, "requested_by": boss}
        assert purge(acme.runtime, acme.id) == (0, 1)
    assert approve(call, ada, kim).status_code == 200
    assert purge(acme.runtime, acme.id) == (1, 0)
    with acme.runtime.database.reading(acme.id) as work:
        trail = [(entry.action, entry.detail) for entry in work.audit.of(ada)]
    approvals = [detail for action, detail in trail if action == "purge.approved"]
    assert [(detail["acting_user"], detail["requested_by"]) for detail in approvals] == [(eve, boss), (kim, boss)]
    assert dict(trail)["user.purged"]["approved_by"] == sorted([eve, kim])


def test_an_approval_counts_for_one_deletion(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Whoever comes back and is deleted again is not purged on the word given before."""
    boss, eve, kim = acme.user("boss"), acme.user("eve"), acme.user("kim")
    ada = deleted(call, acme, boss)
    approve(call, ada, eve)
    approve(call, ada, kim)
    call("POST", f"/users/{ada}/restore")
    clock.advance(minutes=1)
    call("DELETE", f"/users/{ada}?reason=other&confirm=true")
    assert purge(acme.runtime, acme.id) == (0, 1)
    assert approve(call, ada, kim).json == {**(approve(call, ada, kim).json or {}), "approved_by": [kim]}


def test_one_that_waits_holds_up_nobody(call: Call, acme: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait for approval, the ones behind them are reached."""
    monkeypatch.setattr("app.lifecycle.service.PURGE_BATCH", 2)
    boss, eve, kim = acme.user("boss"), acme.user("eve"), acme.user("kim")
    gone = [deleted(call, acme, boss, f"user{number}") for number in range(5)]
    for by in (eve, kim):
        approve(call, gone[-1], by)
    assert purge(acme.runtime, acme.id) == (1, 4)


def test_only_active_persons_approve_only_what_is_deleted(call: Call, acme: TenantUnderTest) -> None:
    """A live user needs no approval, an inactive person gives none, and nobody gives none."""
    boss, eve = acme.user("boss"), acme.user("eve", active=False)
    answer = approve(call, boss, boss)
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "INVALID_STATE")
    ada = deleted(call, acme, boss)
    assert approve(call, ada, eve).status_code == 403
    missing = call("POST", f"/users/{ada}/purge-approvals", json={})
    assert (missing.status_code, missing.json and missing.json["detail"]) == (400, "actor must be given.")


def test_the_receipt_says_what_was_erased_and_is_signed(
    call: Call, client: FlaskClient, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """Anybody can check it with the published keys; it holds ids and counts, and no name."""
    boss, eve, kim = acme.user("boss"), acme.user("eve"), acme.user("kim")
    ada = acme.user("ada-marker", roles=("sales",))
    headers = acme.bearer(acme.api_token("sessions"))
    client.post(f"/t/acme/api/v1/users/{ada}/sessions", headers=headers, json={})
    early = call("GET", f"/users/{ada}/erasure-receipt")
    assert (early.status_code, early.json and early.json["code"]) == (409, "INVALID_STATE")
    call("DELETE", f"/users/{ada}?reason=privacy_request&legal_basis=objection&confirm=true&actor={boss}")
    for by in (eve, kim):
        approve(call, ada, by)
    clock.advance(days=1)
    purge(acme.runtime, acme.id)
    told = call("GET", f"/users/{ada}/erasure-receipt").json or {}
    keys = KeySet.import_key_set(client.get("/t/acme/jwks.json").json)  # type: ignore[arg-type]
    token = jwt.decode(told.pop("receipt"), keys)
    assert token.header["typ"] == "erasure-receipt+jwt"
    assert token.claims == told
    assert told["erased"] == {"users": 1, "user_lookups": 1, "sessions": 1, "holds": 0, "attempts": 0}
    assert (told["iss"], told["sub"], told["policy_version"]) == (f"{ISSUER}/t/acme", ada, 1)
    assert (told["requested_by"], told["approved_by"]) == (boss, sorted([eve, kim]))
    assert (told["reason"], told["legal_basis"]) == ("privacy_request", "objection")
    assert told["purged_at"] == "2026-11-24T09:00:00.000Z"
    assert "marker" not in str(told)


def test_the_host_confirms_that_it_shows_the_label(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Once, however often it says so; the receipt tells."""
    boss, eve, kim = acme.user("boss"), acme.user("eve"), acme.user("kim")
    ada = deleted(call, acme, boss)
    path = f"/users/{ada}/relabel-confirmation"
    assert call("POST", path).status_code == 409
    for by in (eve, kim):
        approve(call, ada, by)
    purge(acme.runtime, acme.id)
    clock.advance(hours=1)
    expected = {
        "label": "Deleted user",
        "ordered_at": "2026-11-23T09:00:00.000Z",
        "confirmed_at": "2026-11-23T10:00:00.000Z",
    }
    assert call("POST", path).json == {"user": ada, **expected}
    clock.advance(hours=1)
    assert call("POST", path).json == {"user": ada, **expected}
    assert (call("GET", f"/users/{ada}/erasure-receipt").json or {})["relabel"] == expected


def test_a_purge_waits_for_work_that_must_not_be_orphaned(client: FlaskClient, app: Flask) -> None:
    """While contacts are the user's, its data stays; once they are another's, the next run erases it."""
    rules = {"mode": "any", "min_days_inactive": 0}
    globex = TenantUnderTest.create(
        app.extensions[EXTENSION], "globex", delete=rules, work={"contact": {"on_delete": "block"}}
    )
    headers, bob = globex.bearer(globex.api_token()), globex.user("bob")
    ada = ScimClient(client, globex, globex.scim_token()).user("ada")
    work = {"items": [{"type": "contact", "id": "c1", "owner": ada}]}
    assert client.post("/t/globex/api/v1/work", headers=headers, json=work).status_code < 300
    assert ScimClient(client, globex, globex.scim_token()).delete(f"/Users/{ada}").status_code == 204
    assert purge(globex.runtime, globex.id) == (0, 1)
    work["items"][0]["owner"] = bob
    assert client.post("/t/globex/api/v1/work", headers=headers, json=work).status_code < 300
    assert purge(globex.runtime, globex.id) == (1, 0)
