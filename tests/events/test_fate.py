"""What becomes of an event after a try, case by case."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from app.db.deliveries import Delivery
from app.db.endpoints import Endpoint
from app.events.fate import MOST_REFUSED, Outcome, Rules, Tried, judge, retry_after
from tests.clock import START

RULES = Rules([timedelta(seconds=10), timedelta(seconds=100)], timedelta(seconds=45), lambda: 1.0)


def endpoint(**facts: Any) -> Endpoint:
    """Return an endpoint."""
    return Endpoint("e", "webhook", "Host", "https://a.example/", ("*",), {}, None, START, START, **facts)


def delivery(attempts: int = 0) -> Delivery:
    """Return a delivery that was tried so often."""
    own = ("e", 1, "", "d", "pending", attempts, START, None)
    return Delivery(*own, event_id="v", type="user.created", subject_type="User", subject_id="u", txn="t", payload={})


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, "delivered"),
        (204, {}, "delivered"),
        (299, {}, "delivered"),
        (301, {}, "failed"),
        (307, {}, "failed"),
        (400, {}, "refused"),
        (401, {}, "failed"),
        (403, {}, "failed"),
        (404, {}, "failed"),
        (408, {}, "failed"),
        (410, {}, "gone"),
        (413, {}, "refused"),
        (422, {}, "refused"),
        (429, {}, "failed"),
        (429, {"retry-after": "5"}, "throttled"),
        (500, {}, "failed"),
        (500, {"webhook-delivery": "abort-message"}, "refused"),
        (503, {"retry-after": "5"}, "throttled"),
        (503, {"retry-after": "soon"}, "failed"),
    ],
)
def test_an_answer_is_success_failure_or_the_end(status: int, headers: dict[str, str], outcome: str) -> None:
    """2xx is success; redirects are followed by nobody; what may pass is told from what will not."""
    assert judge(status, headers, START)[0] == outcome


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        ("0", 1),
        ("99999999999999999999", 86400),
        (format_datetime(START + timedelta(minutes=2), usegmt=True), 120),
        (format_datetime(START - timedelta(minutes=2), usegmt=True), 1),
        ("", None),
        ("tomorrow", None),
        ("-5", None),
        ("\u0665", 5),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: int | None) -> None:
    """Both forms of RFC 9110 are read, and kept between a second and a day."""
    assert retry_after(text, START) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_waits_differ_by_a_fifth(chance: float, factor: float) -> None:
    """Endpoints that failed together are not tried again together."""
    rules = Rules(RULES.backoff, RULES.lease, lambda: chance)
    fate = rules.decide(endpoint(), delivery(), Tried(Outcome.FAILED), START)
    assert fate.endpoint["next_at"] == START + timedelta(seconds=10) * factor


def test_the_last_failure_is_the_end() -> None:
    """After all steps of the schedule an event is dead, and the next one follows at once."""
    assert not RULES.decide(endpoint(), delivery(1), Tried(Outcome.FAILED), START).go_on
    fate = RULES.decide(endpoint(), delivery(2), Tried(Outcome.FAILED), START)
    assert (fate.state, fate.go_on, fate.attempts) == ("dead", True, 3)


def test_who_refuses_everything_is_disabled() -> None:
    """So many refusals in a row are the endpoint's fault; one success starts the count anew."""
    fate = RULES.decide(endpoint(refused=MOST_REFUSED - 2), delivery(), Tried(Outcome.REFUSED), START)
    assert (fate.disabled, fate.endpoint["refused"]) == (None, MOST_REFUSED - 1)
    fate = RULES.decide(endpoint(refused=MOST_REFUSED - 1), delivery(), Tried(Outcome.REFUSED), START)
    assert (fate.disabled, fate.state, fate.go_on) == ("refuses_everything", "dead", False)
    fate = RULES.decide(endpoint(refused=MOST_REFUSED - 1), delivery(), Tried(Outcome.DELIVERED), START)
    assert fate.endpoint["refused"] == 0
