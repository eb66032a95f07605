"""Refuse for where a review stands."""

from app.lifecycle.refusals.kinds import Code, Conflict, Missing


def unknown_review() -> Missing:
    """Refuse because there is no such review."""
    return Missing(Code.UNKNOWN_REVIEW, "There is no such review.", guard="reviews", retryable=False)


def review_unfinished() -> Conflict:
    """Refuse to begin a review while another is not completed."""
    detail = "A review is not completed yet. Decide about the users that are left, and close it first."
    return Conflict(Code.REVIEW_UNFINISHED, detail, guard="reviews", remedies=("close_review",))


def review_undecided(count: int) -> Conflict:
    """Refuse to close a review in which nobody has decided about some users."""
    detail = (
        f"{count} {'user with access is' if count == 1 else 'users with access are'} undecided. "
        "Decide first, then retry."
    )
    blocking = ({"type": "user", "state": "undecided", "count": count},)
    return Conflict(Code.REVIEW_UNDECIDED, detail, guard="reviews", remedies=("decide",), blocking=blocking)
