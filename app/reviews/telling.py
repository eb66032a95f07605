"""Say where a review stands, and its users in it; for the API and the command line alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.db.reviews import Review, Reviewed
from app.db.work import Work
from app.lifecycle.clock import iso
from app.lifecycle.refusals import Refused, unknown_review


def look_up(work: Work, review_id: str) -> Review:
    """Return a review, or refuse one that there is not."""
    review = work.reviews.find(review_id)
    if review is None:
        raise Refused([unknown_review()])
    return review


def shown(work: Work, review: Review, now: datetime) -> dict[str, Any]:
    """Return what is said of a review, and how many of its users stand where."""
    counts = work.reviews.counts(review.id)
    return {
        "id": review.id,
        "state": review.state,
        "overdue": review.is_overdue(now),
        "begun_at": iso(review.begun_at),
        "begun_by": review.begun_by,
        "due_at": iso(review.due_at),
        "closed_at": review.closed_at and iso(review.closed_at),
        "closed_by": review.closed_by,
        "completed_at": review.completed_at and iso(review.completed_at),
        "population": sum(counts.values()),
        "users": dict(counts),
    }


def shown_user(each: Reviewed) -> dict[str, Any]:
    """Return what is said of a user under review."""
    return {
        "id": each.user_id,
        "user_name": each.user_name,
        "display_name": each.display_name,
        "standing": each.standing,
        "decision": each.decision,
        "reason": each.reason,
        "decided_at": each.decided_at and iso(each.decided_at),
        "decided_by": each.decided_by,
        "refused": each.outcome if each.standing == "refused" else None,
    }
