"""Decide what becomes of an event after a try to tell it: pure, so that every case can be tried.

An answer of 2xx is success. 410 disables the endpoint; 400 and its like condemn this event alone; anything else may
pass: it is tried again by the schedule, or after Retry-After, and the events behind it wait, so that order is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Self

from app.db.deliveries import DEAD, DELIVERED, PENDING, Delivery
from app.db.endpoints import Endpoint

REFUSALS = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
"""Statuses that will be the same tomorrow."""
THROTTLED = frozenset({429, 503})
DISABLE_AFTER = timedelta(days=5)
MOST_REFUSED = 100
"""After so many refusals in a row it is not the events that are wrong."""
LONGEST_WAIT = timedelta(days=1)
JITTER = 0.2


class Outcome(StrEnum):
    """What a try came to."""

    DELIVERED = "delivered"
    FAILED = "failed"
    THROTTLED = "throttled"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Tried:
    """A try: its outcome, what was answered, and for how long the receiver wants to be left alone."""

    outcome: Outcome
    status: int | None = None
    error: str | None = None
    duration_ms: int = 0
    answer: str = ""
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the delivery and of its endpoint; ``go_on`` tells whether the next one may be sent at once."""

    state: str
    attempts: int
    settled_at: datetime | None
    endpoint: Mapping[str, Any]
    go_on: bool
    disabled: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How long to wait after each failure, and how long a lease lasts; ``chance`` is between 0 and 1."""

    backoff: Sequence[timedelta]
    lease: timedelta
    chance: Callable[[], float]

    def within(self, retries: int | None) -> Self:
        """Return the same rules for what is not tried again that often."""
        return self if retries is None else replace(self, backoff=self.backoff[:retries])

    def decide(self, endpoint: Endpoint, delivery: Delivery, tried: Tried, now: datetime) -> Fate:
        """Decide what becomes of a delivery after a try."""
        tries = delivery.attempts + (tried.outcome is not Outcome.THROTTLED)
        match tried.outcome:
            case Outcome.DELIVERED:
                calm = {"failing_since": None, "refused": 0, "next_at": None, "lease_until": now + self.lease}
                return Fate(DELIVERED, tries, now, calm, go_on=True)
            case Outcome.REFUSED:
                return self._condemned(endpoint, tries, now, refused=endpoint.refused + 1)
            case Outcome.GONE:
                return _disabled(tries, "gone")
        since = endpoint.failing_since or now
        if now - since >= DISABLE_AFTER:
            return _disabled(tries, "failing")
        if tries > len(self.backoff):
            return self._condemned(endpoint, tries, now, failing_since=since)
        wait = tried.wait if tried.wait is not None else self._jittered(self.backoff[max(tries, 1) - 1])
        return Fate(PENDING, tries, None, {"failing_since": since, "next_at": now + wait}, go_on=False)

    def _condemned(self, endpoint: Endpoint, tries: int, now: datetime, **changes: Any) -> Fate:
        """Give one event up, and go on with the next."""
        if changes.get("refused", 0) >= MOST_REFUSED:
            return _disabled(tries, "refuses_everything", DEAD, now)
        held = {"next_at": None, "lease_until": now + self.lease, "refused": endpoint.refused, **changes}
        return Fate(DEAD, tries, now, held, go_on=True)

    def _jittered(self, wait: timedelta) -> timedelta:
        return wait * (1 - JITTER + 2 * JITTER * self.chance())


def judge(status: int, headers: Mapping[str, str], now: datetime) -> tuple[Outcome, timedelta | None]:
    """Return what an answer means, and for how long it asks to be left alone (RFC 9110 §10.2.3)."""
    if 200 <= status < 300:
        return Outcome.DELIVERED, None
    if status == 410:
        return Outcome.GONE, None
    if status in REFUSALS or headers.get("webhook-delivery", "").lower() == "abort-message":
        return Outcome.REFUSED, None
    wait = retry_after(headers.get("retry-after", ""), now)
    return (Outcome.THROTTLED if wait is not None and status in THROTTLED else Outcome.FAILED), wait


def retry_after(text: str, now: datetime) -> timedelta | None:
    """Read seconds or a date, within a second and a day; None where there is neither."""
    try:
        if text.strip().isdecimal():
            wait = timedelta(seconds=min(int(text), LONGEST_WAIT.total_seconds()))
        else:
            moment = parsedate_to_datetime(text)
            wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def _disabled(tries: int, reason: str, state: str = PENDING, settled_at: datetime | None = None) -> Fate:
    changes = {"state": "disabled", "state_reason": reason}
    return Fate(state, tries, settled_at, changes, go_on=False, disabled=reason)
