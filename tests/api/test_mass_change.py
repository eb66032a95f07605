"""Too many deletions by an identity provider wait until somebody has decided; too many deactivations are told."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.chores.watching import alert_mass_change
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.scim_client import POLICY_ERROR, ScimClient, body_of, op, refused, tables
from tests.service import TenantUnderTest

Said = Callable[..., dict[str, Any]]
WRITTEN = {"surges", "held_deletions", "audit", "outbox"}
"""Where it is kept that something is held."""


@pytest.fixture
def acme(app: Flask) -> TenantUnderTest:
    """Return a tenant in which two deletions an hour are usual."""
    return TenantUnderTest.create(app.extensions[EXTENSION], "acme", scim={"mass_change": {"count": 2}})


@pytest.fixture
def scim(client: FlaskClient, acme: TenantUnderTest) -> ScimClient:
    """Return the identity provider."""
    return ScimClient(client, acme, acme.scim_token("strict"))


@pytest.fixture
def said(client: FlaskClient, acme: TenantUnderTest) -> Said:
    """Call the API of acme, and return what it says."""
    headers = acme.bearer(acme.api_token())

    def said(method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        form: dict[str, Any] = {"json": body} if method == "POST" else {"query_string": body}
        answer = client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **form)
        assert answer.status_code == status, answer.text
        return dict(answer.json or {})

    return said


def told(acme: TenantUnderTest, surge_id: str) -> list[tuple[str, Any]]:
    """Return who was told to have done what about a mass change, and prove that the trail says the same."""
    with acme.runtime.database.reading(acme.id) as work:
        events, entries = work.outbox.of(surge_id), work.audit.of(surge_id)
    assert [each.type for each in events] == [each.action for each in entries]
    return [(each.type, each.payload["actor"]["type"]) for each in events]


def emptied(scim: ScimClient, number: int) -> list[str]:
    """Create users, delete the first two, and return all ids."""
    ids = [scim.user(f"user-{each}") for each in range(number)]
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in ids[:2]] == [204, 204]
    return ids


def states(said: Said, ids: list[str]) -> list[str]:
    """Return the states of users."""
    return [said("GET", f"/users/{id_}")["state"] for id_ in ids]


def test_one_deletion_too_many_is_held(scim: ScimClient, acme: TenantUnderTest, said: Said) -> None:
    """It is answered 429 with seconds to wait, nothing of the user changes, it is told once, and seen by operators."""
    ids = emptied(scim, 4)
    before = tables(acme)
    for id_ in (ids[2], ids[2], ids[3]):
        answer = scim.delete(f"/Users/{id_}")
        error = refused(answer, 429)[POLICY_ERROR]
        assert error["code"] == "MASS_CHANGE_HELD"
        assert answer.headers["Retry-After"] == str(error["retryAfter"]) == "3600"
    after = tables(acme)
    assert {name for name in after if after[name] != before[name]} == WRITTEN
    (surge,) = said("GET", "/mass-changes", state="held")["mass_changes"]
    assert (surge["kind"], surge["count"], surge["held"]) == ("deletions", 2, 2)
    assert [each["id"] for each in said("GET", f"/mass-changes/{surge['id']}")["users"]] == ids[2:]
    assert told(acme, surge["id"]) == [("mass_change.held", "connection")]
    assert states(said, ids) == ["tombstoned", "tombstoned", "active", "active"]


def test_what_was_approved_goes_through(scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock) -> None:
    """Everything for as long as the window, those that were held for weeks; then it is counted anew."""
    ids = emptied(scim, 9)
    assert scim.delete(f"/Users/{ids[2]}").status_code == scim.delete(f"/Users/{ids[3]}").status_code == 429
    (surge,) = said("GET", "/mass-changes")["mass_changes"]
    clock.advance(hours=8)
    assert scim.delete(f"/Users/{ids[4]}").status_code == 429
    boss = acme.user("boss", channel="worker")
    path, why = f"/mass-changes/{surge['id']}/approve", {"reason": "The branch is closed.", "actor": boss}
    shown = [said("POST", path, **why) for _ in range(2)]
    assert shown[0] == shown[1]
    assert (shown[0]["state"], shown[0]["let_until"]) == ("approved", "2026-11-23T18:00:00.000Z")
    assert (shown[0]["decided_by"], shown[0]["reason"]) == (boss, "The branch is closed.")
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in (ids[2], *ids[5:7])] == [204] * 3
    clock.advance(days=20)
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in (*ids[7:], ids[4], ids[3])] == [204] * 4
    assert told(acme, surge["id"])[1:] == [("mass_change.approved", "api")]


def test_what_was_rejected_does_not_go_through(
    scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock
) -> None:
    """Its retries stay refused and open nothing new; others are counted as before; it can still be approved."""
    ids = emptied(scim, 5)
    assert scim.delete(f"/Users/{ids[2]}").status_code == 429
    (surge,) = said("GET", "/mass-changes")["mass_changes"]
    assert said("POST", f"/mass-changes/{surge['id']}/reject", reason="A wrong group.")["state"] == "rejected"
    clock.advance(hours=2)
    answer = scim.delete(f"/Users/{ids[2]}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "86400")
    assert scim.delete(f"/Users/{ids[3]}").status_code == 204
    assert len(said("GET", "/mass-changes")["mass_changes"]) == 1
    said("POST", f"/mass-changes/{surge['id']}/approve", reason="It was right.")
    assert scim.delete(f"/Users/{ids[2]}").status_code == 204
    again = said("POST", f"/mass-changes/{surge['id']}/reject", 409, reason="Too late.")
    assert (again["code"], again["remedies"]) == ("INVALID_STATE", ["undo"])
    assert again["detail"] == "It was approved, and went through. Undo it instead."
    with acme.runtime.database.reading(acme.id) as work:
        begun, rejected, approved = (entry.detail for entry in work.audit.of(surge["id"]))
        assert {entry.policy_version for entry in work.audit.of(surge["id"])} == {1}
    assert (begun["count"], rejected, approved["held"]) == (2, {"held": 1}, 1)
    said("POST", "/mass-changes/none/approve", 404, reason="x")
    said("POST", f"/mass-changes/{surge['id']}/approve", 400)


def test_a_bulk_request_is_held_from_the_one_too_many_on(scim: ScimClient, said: Said) -> None:
    """What came before it is done, each of the others is answered as the single request would be."""
    ids = [scim.user(f"user-{each}") for each in range(5)]
    deletions = [{"method": "DELETE", "path": f"/Users/{id_}"} for id_ in ids]
    done = body_of(scim.bulk(*deletions))["Operations"]
    assert [each["status"] for each in done] == ["204", "204", "429", "429", "429"]
    assert {each["response"][POLICY_ERROR]["code"] for each in done[2:]} == {"MASS_CHANGE_HELD"}
    assert states(said, ids) == ["tombstoned"] * 2 + ["active"] * 3
    (surge,) = said("GET", "/mass-changes")["mass_changes"]
    assert [each["id"] for each in said("GET", f"/mass-changes/{surge['id']}")["users"]] == ids[2:]


def test_a_simulated_sync_is_held_where_the_real_one_will_be(
    scim: ScimClient, acme: TenantUnderTest, said: Said
) -> None:
    """What is only tried is counted with what was done, holds nothing, and leaves nothing to be counted."""
    ids = [scim.user(f"user-{each}") for each in range(4)]
    assert scim.delete(f"/Users/{ids[0]}").status_code == 204
    before = tables(acme)
    changes = [{"id": id_, "action": "delete"} for id_ in ids[1:]]
    for _ in range(2):
        tried = said("POST", "/preflight", channel="scim", changes=changes)
        assert [each["allowed"] for each in tried["changes"]] == [True, False, False]
        assert {blocker["code"] for each in tried["changes"] for blocker in each["blockers"]} == {"MASS_CHANGE_HELD"}
    assert tables(acme) == before
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in ids[1:]] == [204, 429, 429]


def test_the_share_is_that_of_the_users_there_were(app: Flask, client: FlaskClient) -> None:
    """Of fifteen users a fifth are three; with a minimum of five, five go before one has to wait."""
    for slug, least, passed in (("small", 0, 3), ("least", 5, 5)):
        rule = {"percent": 20, "at_least": least}
        tenant = TenantUnderTest.create(app.extensions[EXTENSION], slug, scim={"mass_change": rule})
        scim = ScimClient(client, tenant, tenant.scim_token("strict"))
        ids = [scim.user(f"user-{each}") for each in range(15)]
        answers = [scim.delete(f"/Users/{id_}").status_code for id_ in ids[:7]]
        assert answers == [204] * passed + [429] * (7 - passed)


@pytest.mark.parametrize("rule", [{"deletions": "off", "count": 1}, {"percent": None}, {}])
def test_where_nothing_is_too_many_nothing_is_held(app: Flask, client: FlaskClient, rule: dict[str, Any]) -> None:
    """The policy may leave it off; as shipped, a handful is never too many."""
    tenant = TenantUnderTest.create(app.extensions[EXTENSION], "free", scim={"mass_change": rule})
    scim = ScimClient(client, tenant, tenant.scim_token("strict"))
    for number in range(4):
        assert scim.delete(f"/Users/{scim.user(f'user-{number}')}").status_code == 204


def test_as_shipped_the_fifty_first_of_a_small_company_is_held(app: Flask, client: FlaskClient) -> None:
    """Fifty an hour pass however few users there are; beyond them a tenth is the limit, and here it is long passed."""
    tenant = TenantUnderTest.create(app.extensions[EXTENSION], "shipped")
    scim = ScimClient(client, tenant, tenant.scim_token("strict"))
    ids = [tenant.user() for _ in range(52)]
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in ids] == [204] * 50 + [429] * 2


def test_people_are_not_held(scim: ScimClient, said: Said) -> None:
    """Only identity providers are counted and held; the application deletes on."""
    ids = emptied(scim, 5)
    for id_ in ids[2:4]:
        said("POST", f"/users/{id_}/deactivate")
        refusal = said("DELETE", f"/users/{id_}", 409, reason="other", confirm="true")
        assert refusal["code"] == "RETENTION"
    assert scim.delete(f"/Users/{ids[4]}").status_code == 429


def test_clients_at_once_do_not_pass_the_limit_together(scim: ScimClient, acme: TenantUnderTest, app: Flask) -> None:
    """Of eight deletions at the same moment two are done."""
    ids = [scim.user(f"user-{each}") for each in range(8)]
    start, answers = Barrier(len(ids)), list[int]()

    def delete(user_id: str) -> None:
        mine = ScimClient(app.test_client(), acme, scim.token)
        start.wait()
        answers.append(mine.delete(f"/Users/{user_id}").status_code)

    threads = [Thread(target=delete, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [204] * 2 + [429] * 6


def test_deactivations_are_told_and_never_delayed(
    scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock
) -> None:
    """All of them end access at once; one event a window says that there are many."""
    ids = [scim.user(f"user-{each}") for each in range(6)]
    for count, id_ in enumerate(ids[:4], 1):
        assert scim.patch(f"/Users/{id_}", op("replace", "active", False)).status_code == 200
        assert alert_mass_change(acme.runtime, acme.id) == (count == 3)
    (surge,) = said("GET", "/mass-changes")["mass_changes"]
    assert (surge["kind"], surge["state"], surge["count"]) == ("deactivations", "alerted", 3)
    assert told(acme, surge["id"]) == [("mass_change.alerted", "system")]
    refusal = said("POST", f"/mass-changes/{surge['id']}/approve", 409, reason="x")
    assert (refusal["code"], refusal["detail"]) == ("INVALID_STATE", "Nothing of it is held. Undo it instead.")
    assert refusal["blocking"] == [{"type": "state", "value": "alerted"}]
    clock.advance(minutes=61)
    assert alert_mass_change(acme.runtime, acme.id) == 0
    assert states(said, ids) == ["inactive"] * 4 + ["active"] * 2


def test_a_window_is_undone(scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock) -> None:
    """Who was deleted or deactivated in it by the identity provider is as before, groups too, and nobody else."""
    staged, early, *ids = [scim.user(f"user-{each}", active=each > 0) for each in range(7)]
    group = scim.group("Sales", *ids[:2])
    assert scim.patch(f"/Users/{early}", op("replace", "active", False)).status_code == 200
    clock.advance(minutes=5)
    since = clock.now().isoformat()
    clock.advance(minutes=1)
    for id_ in ids[1:4]:
        assert scim.patch(f"/Users/{id_}", op("replace", "active", False)).status_code == 200
    for id_ in (ids[0], ids[1]):
        assert scim.delete(f"/Users/{id_}").status_code == 204
    said("POST", f"/users/{ids[3]}/deactivate", reason="security")
    said("POST", f"/users/{ids[4]}/deactivate", reason="leaver")
    done = said("POST", "/mass-changes/undo", since=since)
    assert (done["restored"], done["reactivated"], done["refused"]) == (sorted(ids[:2]), [ids[2]], [])
    assert states(said, [staged, early, *ids]) == ["inactive"] * 2 + ["active"] * 3 + ["inactive"] * 2
    assert sorted(scim.members(group)) == sorted(ids[:2])
    again = said("POST", "/mass-changes/undo", since=since)
    assert (again["restored"], again["reactivated"], again["refused"]) == ([], [], [])
    assert [each for each in told_all(acme) if each.startswith("mass_change")] == ["mass_change.undone"]
    assert scim.delete(f"/Users/{ids[0]}").status_code == 429


def told_all(acme: TenantUnderTest) -> list[str]:
    """Return the types of all events."""
    with acme.runtime.database.reading(acme.id) as work:
        return list(work.connection.exec_driver_sql("SELECT type FROM outbox ORDER BY seq").scalars())


def test_a_long_window_is_undone_page_by_page(
    scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is behind the end of a page is given back by the next call, as it was; what came before the window stays."""
    monkeypatch.setattr("app.lifecycle.undoing.MOST", 2)
    staged, *ids = sorted(scim.user(f"user-{each}", active=each > 0) for each in range(4))
    away = next(id_ for id_ in [staged, *ids] if said("GET", f"/users/{id_}")["state"] == "inactive")
    present = [id_ for id_ in [staged, *ids] if id_ != away]
    assert scim.patch(f"/Users/{present[2]}", op("replace", "active", False)).status_code == 200
    since = clock.now().isoformat()
    clock.advance(minutes=1)
    said("POST", "/mass-changes/undo", since=since)
    assert states(said, present) == ["active", "active", "inactive"]
    assert scim.delete(f"/Users/{away}").status_code == 204
    for id_ in present[:2]:
        assert scim.patch(f"/Users/{id_}", op("replace", "active", False)).status_code == 200
    first = said("POST", "/mass-changes/undo", since=since)
    assert first["after"] == sorted([away, *present[:2]])[1]
    rest = said("POST", "/mass-changes/undo", since=since, after=first["after"])
    assert rest["after"] is None
    assert sorted(first["restored"] + rest["restored"]) == [away]
    assert sorted(first["reactivated"] + rest["reactivated"]) == present[:2]
    assert states(said, [*present, away]) == ["active", "active", "inactive", "inactive"]


def test_what_cannot_be_given_back_says_why(
    scim: ScimClient, acme: TenantUnderTest, said: Said, clock: FixedClock
) -> None:
    """The guards stand as for anybody: somebody else has the name now, and all others come back."""
    since = clock.now().isoformat()
    clock.advance(minutes=1)
    ids = emptied(scim, 2)
    acme.user("user-0")
    done = said("POST", "/mass-changes/undo", since=since)
    assert [(each["id"], each["code"]) for each in done["refused"]] == [(ids[0], "USER_NAME_TAKEN")]
    assert done["restored"] == ids[1:]
    assert said("POST", "/mass-changes/undo", 400, since=since, until=since)["code"] == "INVALID_REQUEST"
