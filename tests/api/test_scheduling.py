"""Access that ends by itself: said as an instant or as a midnight somewhere, carried out once, and never lost."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.chores import clear_obligations
from app.chores.leaving import deactivate_due
from tests.clock import FixedClock
from tests.service import TenantUnderTest

Said = Callable[..., dict[str, Any]]
SOON = "2026-12-01T00:00:00.000Z"


@pytest.fixture
def said(client: FlaskClient, acme: TenantUnderTest) -> Said:
    """Call the API of acme, and return what it says."""
    headers = acme.bearer(acme.api_token())

    def said(method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        form: dict[str, Any] = {"json": body} if method in {"PUT", "POST"} else {"query_string": body}
        answer = client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **form)
        assert answer.status_code == status, answer.text
        return dict(answer.json or {})

    return said


def happened(acme: TenantUnderTest, user_id: str) -> list[str]:
    """Return the events about a user, and prove that the trail says the same."""
    with acme.runtime.database.reading(acme.id) as work:
        events, entries = work.outbox.of(user_id), work.audit.of(user_id)
    assert [each.type for each in events] == [each.action for each in entries]
    return [each.type.removeprefix("user.") for each in events]


def test_a_moment_is_set_moved_and_called_off(said: Said, acme: TenantUnderTest) -> None:
    """It is shown beside the state, told each time it changes, and to say it again changes nothing."""
    ada = acme.user("ada")
    for at in ("2026-12-01T01:00:00+01:00", "2026-12-01T00:00:00.0009Z", SOON):
        assert said("PUT", f"/users/{ada}/deactivate-at", at=at)["deactivate_at"] == SOON
    assert said("GET", f"/users/{ada}")["deactivate_at"] == SOON
    said("PUT", f"/users/{ada}/deactivate-at", at="2026-12-02T00:00:00Z")
    for _ in range(2):
        assert said("DELETE", f"/users/{ada}/deactivate-at")["deactivate_at"] is None
    told = ["deactivation_scheduled", "updated"] * 2 + ["deactivation_cancelled", "updated"]
    assert happened(acme, ada) == ["created", *told]
    assert deactivate_due(acme.runtime, acme.id) == 0


@pytest.mark.parametrize(
    ("day", "zone", "at"),
    [
        ({"date": "2027-01-31"}, "Europe/Berlin", "2027-01-30T23:00:00.000Z"),
        ({"last_day": "2027-01-31"}, "Europe/Berlin", "2027-01-31T23:00:00.000Z"),
        ({"date": "2027-03-28"}, "Europe/Berlin", "2027-03-27T23:00:00.000Z"),
        ({"last_day": "2027-03-28"}, "Europe/Berlin", "2027-03-28T22:00:00.000Z"),
        ({"date": "2027-03-14"}, "America/New_York", "2027-03-14T05:00:00.000Z"),
        ({"last_day": "2027-03-14"}, "America/New_York", "2027-03-15T04:00:00.000Z"),
        ({"date": "2027-04-30"}, "Africa/Cairo", "2027-04-29T22:00:00.000Z"),
        ({"date": "2027-11-07"}, "America/Havana", "2027-11-07T04:00:00.000Z"),
        ({"date": "2027-01-31"}, "Pacific/Kiritimati", "2027-01-30T10:00:00.000Z"),
    ],
)
def test_a_day_begins_and_ends_at_the_midnight_of_its_zone(
    said: Said, acme: TenantUnderTest, day: dict[str, str], zone: str, at: str
) -> None:
    """Summer time counts, also where clocks jump over midnight (Cairo) or strike it twice (Havana)."""
    ada = acme.user("ada")
    assert said("PUT", f"/users/{ada}/deactivate-at", time_zone=zone, **day)["deactivate_at"] == at


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"at": SOON, "date": "2027-01-31", "time_zone": "Europe/Berlin"},
        {"date": "2027-01-31"},
        {"at": SOON, "time_zone": "Europe/Berlin"},
        {"time_zone": "Europe/Berlin"},
        {"at": "2027-01-31T00:00:00"},
        {"at": "2027-13-31T00:00:00Z"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": 17},
        {"date": "2027-02-30", "time_zone": "Europe/Berlin"},
        {"last_day": "9999-12-31", "time_zone": "Europe/Berlin"},
    ],
    ids=str,
)
def test_what_is_no_moment_is_refused(said: Said, acme: TenantUnderTest, body: dict[str, Any]) -> None:
    """The answer names the field or the forms that there are, and nothing is scheduled."""
    ada = acme.user("ada")
    assert said("PUT", f"/users/{ada}/deactivate-at", 400, **body)["code"] == "INVALID_REQUEST"
    assert said("GET", f"/users/{ada}")["deactivate_at"] is None


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "../../etc/passwd", "/etc/localtime", "Europe Berlin"])
def test_what_is_no_time_zone_is_refused(said: Said, acme: TenantUnderTest, zone: str) -> None:
    """The answer names the field, and nothing is scheduled."""
    ada = acme.user("ada")
    refused = said("PUT", f"/users/{ada}/deactivate-at", 400, date="2027-01-31", time_zone=zone)
    assert (refused["code"], [each["field"] for each in refused["errors"]]) == ("INVALID_REQUEST", ["time_zone"])
    assert said("GET", f"/users/{ada}")["deactivate_at"] is None


def test_a_moment_that_has_passed_ends_access_at_once(said: Said, acme: TenantUnderTest) -> None:
    """Nothing waits for a worker."""
    ada = acme.user("ada")
    shown = said("PUT", f"/users/{ada}/deactivate-at", at="2026-11-20T00:00:00Z")
    assert (shown["state"], shown["reason"]) == ("inactive", "scheduled")
    assert happened(acme, ada) == ["created", "deactivated", "updated", "sessions_revoked"]


def test_who_may_not_act_on_somebody_schedules_nothing(said: Said, acme: TenantUnderTest) -> None:
    """A person below the user sets no moment and calls none off."""
    boss, kim = acme.user("boss", roles=("Owner",)), acme.user("kim")
    refused = said("PUT", f"/users/{boss}/deactivate-at", 403, at=SOON, actor=kim)
    assert refused["code"] == "ACTOR_NOT_PERMITTED"
    said("PUT", f"/users/{boss}/deactivate-at", at=SOON)
    assert said("DELETE", f"/users/{boss}/deactivate-at", 403, actor=kim)["code"] == "ACTOR_NOT_PERMITTED"
    said("PUT", "/users/nobody/deactivate-at", 404, at=SOON)


def test_access_ends_when_it_is_due(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Not a moment before; then the session is over, the service by itself did it, and it is done once."""
    ada, bob, eve = acme.user("ada"), acme.user("bob"), acme.user("eve")
    for user_id in (ada, bob, eve):
        said("PUT", f"/users/{user_id}/deactivate-at", at=SOON)
    said("DELETE", f"/users/{eve}/deactivate-at")
    said("POST", f"/users/{bob}/deactivate", reason="long_leave")
    sid = said("POST", f"/users/{ada}/sessions", 201)["sid"]
    clock.advance(days=7, hours=14, minutes=59)
    assert deactivate_due(acme.runtime, acme.id) == 0
    clock.advance(minutes=1)
    assert [deactivate_due(acme.runtime, acme.id) for _ in range(2)] == [1, 0]
    assert [said("GET", f"/users/{id_}")["reason"] for id_ in (ada, bob, eve)] == ["scheduled", "long_leave", None]
    assert said("POST", "/sessions/introspect", questions=[{"token": sid}])["answers"] == [{"active": False}]
    with acme.runtime.database.reading(acme.id) as work:
        last = {each.action: each for each in work.audit.of(ada)[-2:]}
    assert {each.txn for each in last.values()} == {last["user.deactivated"].txn}
    assert (last["user.deactivated"].actor_type, last["user.deactivated"].at) == ("system", clock.now())
    said("POST", f"/users/{ada}/reactivate")
    assert said("GET", f"/users/{ada}")["deactivate_at"] is None


def test_what_is_in_the_way_is_seen_and_tried_again(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """The only owner stays, an obligation says why; it is told once, and access ends when there is another owner."""
    boss = acme.user("boss", roles=("Owner",))
    said("PUT", f"/users/{boss}/deactivate-at", at=SOON)
    clock.advance(days=8)
    for _ in range(3):
        assert (deactivate_due(acme.runtime, acme.id), clear_obligations(acme.runtime, acme.id)) == (0, 0)
    (open_,) = said("GET", "/obligations")["obligations"]
    assert (open_["user"], open_["code"], open_["guard"]) == (boss, "SCHEDULED_DEACTIVATION", "protect_last")
    assert (open_["refused"], open_["due"]) == (["LAST_OWNER"], SOON)
    assert (open_["remedies"], open_["blocking"]) == (["assign_role"], [{"type": "role", "value": "Owner", "count": 1}])
    assert happened(acme, boss).count("obligation.opened") == 1
    assert said("GET", f"/users/{boss}")["state"] == "active"
    acme.user("next", roles=("Owner",))
    assert clear_obligations(acme.runtime, acme.id) == 1
    assert said("GET", f"/users/{boss}")["state"] == "inactive"
    assert said("GET", "/obligations")["obligations"] == []
    assert happened(acme, boss)[-1] == "obligation.settled"


@pytest.mark.parametrize("how", ["moved", "called off", "left otherwise"])
def test_what_is_open_is_closed_with_its_moment(said: Said, acme: TenantUnderTest, clock: FixedClock, how: str) -> None:
    """Nothing stays to be cleared for a moment that holds no more."""
    boss = acme.user("boss", roles=("Owner",))
    said("PUT", f"/users/{boss}/deactivate-at", at=SOON)
    clock.advance(days=8)
    deactivate_due(acme.runtime, acme.id)
    if how == "moved":
        said("PUT", f"/users/{boss}/deactivate-at", at="2027-01-01T00:00:00Z")
    elif how == "called off":
        said("DELETE", f"/users/{boss}/deactivate-at")
    else:
        acme.user("next", roles=("Owner",))
        said("POST", f"/users/{boss}/deactivate")
        clear_obligations(acme.runtime, acme.id)
    assert said("GET", "/obligations")["obligations"] == []
    clock.advance(days=60)
    assert deactivate_due(acme.runtime, acme.id) == 0
    assert len(said("GET", "/obligations")["obligations"]) == (how == "moved")


def test_workers_at_once_end_access_once(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """However many do the chore at the same moment, each user is deactivated by one of them."""
    users = [acme.user() for _ in range(6)]
    for user_id in users:
        said("PUT", f"/users/{user_id}/deactivate-at", at=SOON)
    clock.advance(days=8)
    done: list[int] = []
    start = Barrier(4)

    def work() -> None:
        start.wait()
        done.append(deactivate_due(acme.runtime, acme.id))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), sum(done)) == (4, len(users))
    assert [happened(acme, user_id).count("deactivated") for user_id in users] == [1] * len(users)
