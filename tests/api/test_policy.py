"""The policy of a tenant: versions, differences, previews and changes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db.engine import open_engine
from app.db.work import Database
from app.lifecycle.policy import TenantPolicy
from tests.clock import FixedClock
from tests.scim_client import tables
from tests.service import TenantUnderTest

Call = Callable[..., TestResponse]
WHO = {"author": "Grace", "reason": "Audit of May"}


@pytest.fixture
def call(client: FlaskClient, acme: TenantUnderTest) -> Call:
    """Call the API of acme, having seen a version of its policy."""
    headers = acme.bearer(acme.api_token("policy"))

    def call(method: str, path: str = "", seen: int | None = None, **body: Any) -> TestResponse:
        match = {} if seen is None else {"If-Match": f'"{seen}"'}
        return client.open(f"/t/acme/api/v1/policy{path}", method=method, headers={**headers, **match}, **body)

    return call


def test_a_knob_is_turned_for_a_reason(call: Call, acme: TenantUnderTest) -> None:
    """The change is a version of its own, says who and why, and differs in that knob alone."""
    first = call("GET")
    assert (first.headers["ETag"], (first.json or {})["version"]) == ('"1"', 1)
    turned = call("PATCH", seen=1, json={"knobs": {"delete": {"min_days_inactive": 7}}, **WHO})
    assert turned.status_code == 200, turned.text
    told = turned.json or {}
    assert (told["version"], told["author"], told["reason"]) == (2, "Grace", "Audit of May")
    assert told["policy"]["delete"]["min_days_inactive"] == 7
    assert call("GET", "/diff?from=1&to=2").json == {"knobs": {"delete.min_days_inactive": {"from": 30, "to": 7}}}
    assert [each["version"] for each in (call("GET", "/versions").json or {})["versions"]] == [2, 1]
    with acme.runtime.database.reading(acme.id) as work:
        (entry,) = work.audit.of("policy")
    assert (entry.action, entry.policy_version) == ("policy.changed", 2)
    assert (entry.subject_type, entry.reason) == ("Policy", None)
    assert entry.detail == {"version": 2, "previous": 1, "knobs": ["delete.min_days_inactive"]}


def test_a_change_is_in_force_in_every_process_at_once(call: Call, acme: TenantUnderTest) -> None:
    """Another process that remembers the old document judges by the new one."""
    other = Database(open_engine(acme.runtime.settings.database_url))
    with other.reading(acme.id) as work:
        assert work.policies.current()[0] == 1
    call("PATCH", seen=1, json={"knobs": {"confirm": []}, **WHO})
    with other.reading(acme.id) as work:
        version, document = work.policies.current()
    other.close()
    assert (version, TenantPolicy.load(document).confirm) == (2, ())


def test_an_earlier_version_is_put_in_force_again(call: Call) -> None:
    """Reverting adds a version that equals the earlier one."""
    call("PUT", seen=1, json={"policy": {"bulk": {"selection": "any"}}, **WHO})
    back = call("POST", "/revert", seen=2, json={"version": 1, **WHO}).json or {}
    assert (back["version"], back["policy"]["bulk"]["selection"]) == (3, "homogeneous")
    assert call("GET", "/diff?from=1&to=3").json == {"knobs": {}}


REFUSED: list[tuple[str, str, int | None, dict[str, Any], int, str]] = [
    ("PATCH", "", None, {"knobs": {}, **WHO}, 428, "PRECONDITION_REQUIRED"),
    ("PATCH", "", 7, {"knobs": {}, **WHO}, 412, "CHANGED"),
    ("PATCH", "", 1, {"knobs": {"inactive": {"blocks": []}}, **WHO}, 400, "INVALID_POLICY"),
    ("PATCH", "", 1, {"knobs": {"delete": {"mode": "sometimes"}}, **WHO}, 400, "INVALID_POLICY"),
    ("PATCH", "", 1, {"knobs": {"deletion": {}}, **WHO}, 400, "INVALID_POLICY"),
    ("PUT", "", 1, {"policy": {}}, 400, "INVALID_REQUEST"),
    ("POST", "/revert", 1, {"version": 9, **WHO}, 404, "UNKNOWN_VERSION"),
    ("POST", "/preview", None, {"knobs": {"inactive": {"blocks": []}}}, 400, "INVALID_POLICY"),
]


def test_what_is_refused_changes_nothing(call: Call, acme: TenantUnderTest) -> None:
    """Nobody is overwritten unseen, no invariant is turned off, and each wrong knob is named."""
    before = tables(acme)
    for method, path, seen, body, status, code in REFUSED:
        answer = call(method, path, seen, json=body)
        assert (answer.status_code, (answer.json or {})["code"]) == (status, code), answer.text
    stale = call("PATCH", seen=7, json={"knobs": {}, **WHO}).json or {}
    assert stale["detail"] == "Version 1 is in force. Look at it, then retry with its number."
    assert tables(acme)["policies"] == before["policies"]
    assert tables(acme)["audit"] == before["audit"]


def test_a_preview_counts_the_users_there_are(call: Call, acme: TenantUnderTest, clock: FixedClock) -> None:
    """It says who could be deleted, who could not come back and how many seats are over, and changes nothing."""
    acme.user("ada")
    acme.user("bob", active=False)
    clock.advance(days=10)
    before = tables(acme)
    knobs = {"delete": {"min_days_inactive": 7}, "reactivate": {"window_days": 5}}
    told = call("POST", "/preview", json={"knobs": {**knobs, "entitlements": {"seat": {"capacity": 0}}}}).json or {}
    counted = {name: (told["before"]["users"][name], told["after"]["users"][name]) for name in told["after"]["users"]}
    assert counted["deletable_now"] == counted["reactivation_closed"] == (0, 1)
    assert counted["active"] == (1, 1)
    assert told["before"]["seats"] == {"seat": {"taken": 1, "capacity": None, "over": 0}}
    assert told["after"]["seats"] == {"seat": {"taken": 1, "capacity": 0, "over": 1}}
    assert sorted(told["knobs"]) == [
        "delete.min_days_inactive", "entitlements.seat.capacity", "reactivate.window_days",
    ]  # fmt: skip
    assert {name: rows for name, rows in tables(acme).items() if name != "credentials"} == {
        name: rows for name, rows in before.items() if name != "credentials"
    }


def test_presets_are_shown(call: Call) -> None:
    """Each is a whole document that a tenant may take as its own."""
    presets = (call("GET", "/presets").json or {})["presets"]
    assert sorted(presets) == ["default", "document360", "helpdesk", "unifize", "unifyr", "vixiees"]
    assert call("PUT", seen=1, json={"policy": presets["vixiees"], **WHO}).status_code == 200
