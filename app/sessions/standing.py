"""Tell whether a session or credential may go on, and why not."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from app.db.sessions import Session, Standing
from app.lifecycle.ending import LASTING
from app.lifecycle.states import State

Condition: TypeAlias = Literal["alive", "deferred", "suspended", "over"]
"""``deferred`` is alive until it expires, though its user has no access any more; ``suspended`` may live again."""
SEEN_EVERY = timedelta(hours=1)
SEEN_SHARE = 10


def condition(session: Session, user_state: str, user_epoch: int, now: datetime) -> Condition:
    """Return how it is about a session of a user in that state."""
    if session.ended_at is not None or _too_old(session, now):
        return "over"
    if user_state == State.ACTIVE:
        current = session.epoch == user_epoch or session.kind in LASTING or session.deferred_at is not None
        return "alive" if current else "over"
    if user_state != State.INACTIVE:
        return "over"
    if session.deferred_at is not None:
        return "deferred"
    return "suspended" if session.kind in LASTING else "over"


def alive(standing: Standing, now: datetime) -> bool:
    """Tell whether a session may go on."""
    return condition(standing.session, standing.user_state, standing.user_epoch, now) in {"alive", "deferred"}


def unseen(session: Session, now: datetime) -> bool:
    """Tell whether it is time to note that a session is in use; each time would be a write for each question."""
    every = SEEN_EVERY if session.idle_s is None else timedelta(seconds=session.idle_s / SEEN_SHARE)
    return session.last_seen_at is None or now - session.last_seen_at >= min(every, SEEN_EVERY)


def _too_old(session: Session, now: datetime) -> bool:
    if session.expires_at is not None and session.expires_at <= now:
        return True
    if session.idle_s is None or session.last_seen_at is None:
        return False
    return now - session.last_seen_at >= timedelta(seconds=session.idle_s)
