"""Legal holds, open obligations and preflights, over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.lifecycle.commands import Actor
from app.lifecycle.effects import Owe
from app.lifecycle.service import Lifecycle
from tests.clock import FixedClock
from tests.service import TenantUnderTest

Call = Callable[..., TestResponse]
MEANT = "?reason=leaver&confirm=true"


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme."""
    headers = acme.bearer(acme.api_token())

    def call(method: str, path: str, **body: Any) -> TestResponse:
        return client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **body)

    return call


def told(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """Return what an answer says."""
    assert answer.status_code == status, answer.text
    assert isinstance(answer.json, dict)
    return answer.json


def test_a_hold_keeps_a_user_and_nobody_outside_learns_of_it(
    call: Call, client: FlaskClient, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """A held user is not deleted here, absorbed on SCIM, never purged; once released, it goes."""
    ada = acme.user("ada")
    hold = told(call("POST", f"/users/{ada}/holds", json={"reason": "litigation", "reference": "2026/17"}), 201)
    call("POST", f"/users/{ada}/deactivate")
    clock.advance(days=31)
    refused = told(call("DELETE", f"/users/{ada}{MEANT}"), 403)
    assert (refused["code"], "blocking" in refused) == ("LEGAL_HOLD", False)
    scim = {"headers": acme.bearer(acme.scim_token())}
    assert client.delete(f"/t/acme/scim/v2/Users/{ada}", **scim).status_code == 204
    with acme.runtime.database.unit_of_work(acme.id) as work:
        assert Lifecycle(work, clock, Actor("system", None, "worker", "worker")).due() == []
    assert told(call("GET", f"/users/{ada}/holds"))["holds"] == [hold]
    released = told(call("POST", f"/holds/{hold['id']}/release", json={"reason": "closed"}))
    assert (released["release_reason"], released["released_at"]) == ("closed", "2026-12-24T09:00:00.000Z")
    assert told(call("POST", f"/holds/{hold['id']}/release", json={"reason": "other"})) == released
    with acme.runtime.database.unit_of_work(acme.id) as work:
        users = Lifecycle(work, clock, Actor("system", None, "worker", "worker"))
        assert users.due() == [ada]
        users.purge(ada)
        assert [entry.action for entry in work.audit.of(ada)][1:3] == ["hold.placed", "user.deactivated"]
        assert [each.reference for each in work.holds.of(ada)] == [None]
    assert call("POST", "/holds/none/release", json={"reason": "closed"}).status_code == 404
    assert call("POST", f"/users/{ada}/holds", json={"reason": "other"}).status_code == 404


def test_obligations_are_listed_and_handed_over(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """What is open is visible, owned and dated."""
    ada = acme.user("ada")
    owed = Owe("OWNED_WORK", "work.task.on_deactivate", {"blocking": [{"type": "task", "count": 3}]})
    with acme.runtime.database.unit_of_work(acme.id) as work:
        assert work.obligations.open(ada, [owed], clock.now()) == ["OWNED_WORK"]
        assert work.obligations.open(ada, [owed], clock.now()) == []
    [shown] = told(call("GET", "/obligations"))["obligations"]
    assert (shown["user"], shown["blocking"], shown["since"]) == (
        ada,
        [{"type": "task", "count": 3}],
        "2026-11-23T09:00:00.000Z",
    )
    due = "2026-12-01T00:00:00.000Z"
    handed = told(call("POST", f"/obligations/{shown['id']}", json={"owner": "bob", "due": due}))
    assert (handed["owner"], handed["due"]) == ("bob", due)
    with acme.runtime.database.unit_of_work(acme.id) as work:
        assert work.obligations.settle(ada, clock.now()) == ["OWNED_WORK"]
    assert told(call("GET", "/obligations"))["obligations"] == []
    assert told(call("GET", f"/users/{ada}/obligations"))["obligations"][0]["settled_at"] is not None
    assert call("POST", "/obligations/none", json={}).status_code == 404


def test_a_preflight_binds_what_it_saw(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Its revision confirms the command, as long as nothing has changed."""
    ada = acme.user("ada")
    blocked = told(call("POST", f"/users/{ada}/preflight", json={"action": "delete"}))
    assert [each["code"] for each in blocked["blockers"]] == ["USER_ACTIVE", "REASON_REQUIRED"]
    call("POST", f"/users/{ada}/deactivate")
    clock.advance(days=31)
    seen = told(call("POST", f"/users/{ada}/preflight", json={"action": "delete", "reason": "leaver"}))
    assert (seen["allowed"], seen["state"], seen["effects"][-1]) == (True, "tombstoned", "user.deleted")
    stale = told(call("DELETE", f"/users/{ada}?reason=leaver&revision={blocked['revision']}"), 412)
    assert stale["code"] == "CHANGED"
    assert told(call("DELETE", f"/users/{ada}?reason=leaver&revision={seen['revision']}"))["state"] == "tombstoned"


def test_a_simulated_sync_sees_what_its_earlier_changes_did(call: Call, acme: TenantUnderTest) -> None:
    """Of two Owners only one may go, and none has gone afterwards."""
    ada, eve = (acme.user(name, roles=("Owner",)) for name in ("ada", "eve"))
    changes = [{"id": id_, "action": "deactivate"} for id_ in (ada, eve, "none")]
    answer = told(call("POST", "/preflight", json={"changes": changes, "channel": "scim"}))
    assert (answer["allowed"], answer["blocked"]) == (1, 2)
    assert [[each["code"] for each in change["blockers"]] for change in answer["changes"]] == [
        [],
        ["LAST_OWNER"],
        ["UNKNOWN_USER"],
    ]
    assert {told(call("GET", f"/users/{id_}"))["state"] for id_ in (ada, eve)} == {"active"}


def test_a_person_acts_with_its_roles(call: Call, acme: TenantUnderTest) -> None:
    """Whoever is named has to be active, and acts on nobody above itself; the audit trail names it."""
    admin, owner, other = acme.user("a", roles=("Admin",)), acme.user("o", roles=("Owner",)), acme.user("x")
    refused = told(call("POST", f"/users/{owner}/deactivate", json={"actor": admin}), 403)
    assert refused["code"] == "ACTOR_NOT_PERMITTED"
    assert told(call("POST", f"/users/{other}/deactivate", json={"actor": admin}))["state"] == "inactive"
    assert told(call("POST", f"/users/{owner}/deactivate", json={"actor": other}), 403)["code"] == "ACTOR_NOT_PERMITTED"
    with acme.runtime.database.unit_of_work(acme.id) as work:
        assert work.audit.of(other)[-1].detail["acting_user"] == admin
