"""Connections that stand for a user have access as long as the user has."""

from __future__ import annotations

from app.db.work import Work
from app.lifecycle.states import State


def has_access(work: Work | None, user_id: str | None) -> bool:
    """Tell whether a user has access; so has nobody in particular, for whom most connections stand."""
    if user_id is None or work is None:
        return True
    user = work.users.find(user_id)
    return user is not None and user.state is State.ACTIVE
