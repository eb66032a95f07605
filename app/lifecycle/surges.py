"""Tell whether identity providers take away more users in a short while than they should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from app.lifecycle.policy.watching import MassChangeRule
    from app.lifecycle.ports import Work

SurgeKind: TypeAlias = Literal["deletions", "deactivations"]
SurgeState: TypeAlias = Literal["held", "approved", "rejected", "alerted"]
AT_ONCE = 32
"""How many requests may be under way at once before they could pass the limit together."""
DECISION_DAYS = 30
"""For how long a decision about a user's deletion holds: identity providers retry for weeks, ever more rarely."""
UNDECIDED_S, REJECTED_S = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Surge:
    """More deletions than the policy lets pass; worth trying again after so many seconds."""

    retry_after: int
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Lately:
    """What is known when a user is to be deleted: how many were since a moment, and what was decided about them.

    ``held_since`` is when the open surge began, ``let_until`` until when an approval lets all pass; ``decided`` is the
    latest decision about this user, and ``decided_at`` its moment.
    """

    count: int
    held_since: datetime | None = None
    let_until: datetime | None = None
    decided: SurgeState | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SurgeRecord:
    """A surge as it is kept: ``count`` is how many there were when it was noticed."""

    id: str
    kind: SurgeKind
    state: SurgeState
    began_at: datetime
    count: int
    window_minutes: int
    let_until: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


class Surges(Protocol):
    """What identity providers took away lately, and what was held of it."""

    def lately(self, user_id: str, since: datetime, most: int) -> Lately:
        """Return what is known of deletions since a moment, counting so many at most."""

    def deletions(self, since: datetime) -> int:
        """Return how many users identity providers deleted since a moment."""

    def as_many_live(self, number: int) -> bool:
        """Tell whether there are so many live users."""


def surge(work: Work, rule: MassChangeRule, user_id: str, now: datetime) -> Surge | None:
    """Return why one more deletion by an identity provider has to wait, None where it has not.

    Only near the limit are the deletions of a tenant counted one after another.
    """
    window = timedelta(minutes=rule.window_minutes)
    limits = [rule.count, rule.at_least if rule.percent else None]
    if rule.deletions == "off" or not (certain := [limit for limit in limits if limit is not None]):
        return None
    known = work.surges.lately(user_id, now - window, min(certain))
    decided = decision(known, now)
    if decided == "rejected":
        return Surge(REJECTED_S, rejected=True)
    if decided == "approved" or (known.let_until is not None and known.let_until > now):
        return None
    if known.held_since is not None:
        return Surge(max(_seconds(known.held_since + window - now), UNDECIDED_S))
    if known.count + AT_ONCE < min(certain):
        return None
    work.lock()
    count = work.surges.deletions(max(now - window, known.let_until or now - window))
    return Surge(max(_seconds(window), 1)) if beyond(work.surges, rule, count + 1, count) else None


def beyond(surges: Surges, rule: MassChangeRule, count: int, gone: int) -> bool:
    """Tell whether so many changes are too many, of which so many users are gone: the share is that of those before."""
    if rule.count is not None and count > rule.count:
        return True
    if rule.percent is None or count <= rule.at_least:
        return False
    return not surges.as_many_live(ceil(count * 100 / rule.percent) - gone)


def decision(known: Lately, now: datetime) -> SurgeState | None:
    """Return what was decided about a user's deletion, as long as that holds."""
    holds = known.decided_at is not None and now < known.decided_at + timedelta(days=DECISION_DAYS)
    return known.decided if holds else None


def _seconds(length: timedelta) -> int:
    return ceil(length.total_seconds())
