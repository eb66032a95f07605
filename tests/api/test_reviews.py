"""A review freezes who has access, people decide about each, and what they decided is done and seen."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.chores.reviewing import review_access
from app.lifecycle.commands import Actor
from app.reviews.carrying_out import carry_out
from tests.clock import FixedClock
from tests.service import TenantUnderTest

Said = Callable[..., dict[str, Any]]
SELF = Actor("system", None, "test", "worker")


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


def decisions(**decided: str) -> list[dict[str, str]]:
    """Return decisions about users: the reason to take access away, or none to keep it."""
    return [
        {"user": user, "decision": "deactivate", "reason": reason} if reason else {"user": user, "decision": "keep"}
        for user, reason in decided.items()
    ]


def told(acme: TenantUnderTest, subject: str) -> list[str]:
    """Return the events about a subject, and prove that the trail says the same."""
    with acme.runtime.database.reading(acme.id) as work:
        events, entries = work.outbox.of(subject), work.audit.of(subject)
    assert [each.type for each in events] == [each.action for each in entries]
    return [each.type for each in events]


def test_a_review_is_decided_closed_and_done(said: Said, acme: TenantUnderTest) -> None:
    """Who came or left since is no part of it; a decision is one person's, with its reason; each is done by command."""
    ada, bob, eve, kim = (acme.user(name) for name in ("ada", "bob", "eve", "kim"))
    away = acme.user("away", active=False)
    review = said("POST", "/reviews", 201, actor=kim)
    assert (review["state"], review["population"], review["begun_by"]) == ("open", 4, kim)
    assert review["due_at"] == "2026-12-07T09:00:00.000Z"
    late = acme.user("late")
    said("POST", f"/users/{eve}/deactivate")
    at = f"/reviews/{review['id']}"
    said("POST", f"{at}/decisions", decisions=decisions(**{ada: "leaver", kim: ""}), actor=kim)
    shown = said("GET", at)
    assert shown["users"] == {"waiting": 1, "kept": 1, "undecided": 1, "left": 1}
    (open_,) = said("GET", f"{at}/users", standing="undecided")["users"]
    assert (open_["id"], open_["user_name"], open_["decision"]) == (bob, "bob", None)
    for stranger in (late, away, "nobody"):
        both = decisions(**{bob: "leaver", stranger: "leaver"})
        assert said("POST", f"{at}/decisions", 404, decisions=both)["code"] == "UNKNOWN_USER"
    assert said("GET", f"{at}/users", standing="undecided")["users"] == [open_]
    refused = said("POST", f"{at}/close", 409)
    assert (refused["code"], refused["blocking"][0]["count"]) == ("REVIEW_UNDECIDED", 1)
    said("POST", f"{at}/decisions", decisions=decisions(**{bob: ""}))
    closed = said("POST", f"{at}/close", actor=kim)
    assert (closed["state"], closed["closed_by"]) == ("completed", kim)
    assert closed["users"] == {"deactivated": 1, "kept": 2, "left": 1}
    assert said("GET", f"/users/{ada}")["reason"] == "leaver"
    assert [said("GET", f"/users/{id_}")["state"] for id_ in (bob, kim, late)] == ["active"] * 3
    assert told(acme, review["id"]) == ["review.begun", "review.closed", "review.completed"]
    assert told(acme, ada)[1:] == ["review.decided", "user.deactivated", "user.sessions_revoked"]
    assert said("POST", f"{at}/decisions", 409, decisions=decisions(**{bob: "leaver"}))["code"] == "INVALID_STATE"
    assert said("POST", f"{at}/close")["completed_at"] == closed["completed_at"]


def test_what_is_refused_is_seen_and_tried_again(said: Said, acme: TenantUnderTest) -> None:
    """The only owner stays, and the review stays unfinished, until there is another or the decision is another."""
    boss = acme.user("boss", roles=("Owner",))
    at = f"/reviews/{said('POST', '/reviews', 201)['id']}"
    said("POST", f"{at}/decisions", decisions=decisions(**{boss: "leaver"}))
    closed = said("POST", f"{at}/close")
    assert (closed["state"], closed["users"]) == ("closed", {"refused": 1})
    (stuck,) = said("GET", f"{at}/users", standing="refused")["users"]
    assert (stuck["id"], stuck["refused"]) == (boss, "LAST_OWNER")
    assert said("POST", "/reviews", 409)["code"] == "REVIEW_UNFINISHED"
    assert review_access(acme.runtime, acme.id) == 0
    acme.user("next", roles=("Owner",))
    assert review_access(acme.runtime, acme.id) == 1
    assert said("GET", at)["state"] == "completed"
    assert said("GET", f"/users/{boss}")["state"] == "inactive"
    assert said("GET", "/reviews")["reviews"][0]["state"] == "completed"


def test_a_decision_is_changed_until_it_is_done(said: Said, acme: TenantUnderTest) -> None:
    """To say the same again is no decision; one that was refused gives way to another, which ends the review."""
    boss = acme.user("boss", roles=("Owner",))
    review = said("POST", "/reviews", 201)
    at = f"/reviews/{review['id']}"
    for reason in ("leaver", "leaver", "restructure"):
        said("POST", f"{at}/decisions", decisions=decisions(**{boss: reason}))
    assert told(acme, boss).count("review.decided") == 2
    said("POST", f"{at}/close")
    said("POST", f"{at}/decisions", decisions=decisions(**{boss: ""}))
    review_access(acme.runtime, acme.id)
    assert said("GET", at)["users"] == {"kept": 1}
    assert said("GET", at)["state"] == "completed"


def test_nobody_decides_beyond_its_roles(said: Said, acme: TenantUnderTest) -> None:
    """Whoever may not deactivate somebody cannot let the service do it later."""
    boss, kim = acme.user("boss", roles=("Owner",)), acme.user("kim")
    at = f"/reviews/{said('POST', '/reviews', 201)['id']}"
    refused = said("POST", f"{at}/decisions", 403, decisions=decisions(**{boss: "leaver"}), actor=kim)
    assert refused["code"] == "ACTOR_NOT_PERMITTED"
    said("POST", f"{at}/decisions", decisions=decisions(**{boss: ""}), actor=kim)
    for bad in (
        [],
        [{"user": boss}],
        [{"user": boss, "decision": "maybe"}],
        [{"user": boss, "decision": "keep"}] * 1001,
    ):
        said("POST", f"{at}/decisions", 400, decisions=bad)
    for method, path in (("GET", ""), ("GET", "/users"), ("POST", "/close")):
        assert said(method, f"/reviews/none{path}", 404)["code"] == "UNKNOWN_REVIEW"


def test_a_late_review_is_seen_and_told_once(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """It is overdue from its day on, until it is closed."""
    ada = acme.user("ada")
    review = said("POST", "/reviews", 201)
    clock.advance(days=13, hours=23)
    assert (said("GET", f"/reviews/{review['id']}")["overdue"], review_access(acme.runtime, acme.id)) == (False, 0)
    clock.advance(hours=1)
    assert [review_access(acme.runtime, acme.id) for _ in range(2)] == [1, 0]
    assert said("GET", "/reviews")["reviews"][0]["overdue"] is True
    said("POST", f"/reviews/{review['id']}/decisions", decisions=decisions(**{ada: ""}))
    assert said("POST", f"/reviews/{review['id']}/close")["overdue"] is False
    assert told(acme, review["id"])[1:] == ["review.overdue", "review.closed", "review.completed"]


def test_workers_at_once_begin_one_review_and_do_each_decision_once(
    said: Said, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """However many look at the same moment."""
    users = [acme.user() for _ in range(5)]
    clock.advance(days=90)
    assert sum(at_once(lambda: review_access(acme.runtime, acme.id))) == 1
    (review,) = said("GET", "/reviews")["reviews"]
    said("POST", f"/reviews/{review['id']}/decisions", decisions=decisions(**dict.fromkeys(users, "leaver")))
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.reviews.mark(review["id"], closed_at=clock.now())
    assert sum(at_once(lambda: carry_out(acme.runtime, acme.id, review["id"], SELF))) == len(users)
    assert said("GET", f"/reviews/{review['id']}")["users"] == {"deactivated": len(users)}
    assert [told(acme, user).count("user.deactivated") for user in users] == [1] * len(users)
    assert told(acme, review["id"]).count("review.completed") == 1


def at_once(deed: Callable[[], int]) -> list[int]:
    """Do something in four threads at the same moment, and return what each says."""
    start, results = Barrier(4), list[int]()

    def work() -> None:
        start.wait()
        results.append(deed())

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(threads)
    return results
