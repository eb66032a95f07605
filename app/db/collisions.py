"""Do anew what PostgreSQL undid because transactions waited for each other in a circle, or could not follow each other.

All of it is undone then, so that it may be begun again; nothing else is known to leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

PAUSES_S = ((0.01, 0.1), (0.3, 1.0))
"""How long to wait at least and at most: first so that those who met part, then so that the other is through."""
_STATES = frozenset({"40P01", "40001"})
"""deadlock_detected and serialization_failure."""

T = TypeVar("T")


def collided(error: BaseException) -> bool:
    """Tell whether the database undid a transaction because of another."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _STATES


def repeated(attempt: Callable[[], T], wait: Callable[[float], object]) -> T:
    """Attempt one transaction, and after a wait in seconds attempt it anew where another made the database undo it."""
    for pause in (*PAUSES_S, None):
        try:
            return attempt()
        except DBAPIError as error:
            if not collided(error):
                raise
            _counted("repeated" if pause else "refused")
            if pause is None:
                raise
        wait(uniform(*pause))  # noqa: S311 - no secret
    raise AssertionError("the last attempt returns or raises")


def _counted(then: str) -> None:
    # servers say where their processes count together before the library of counts is imported
    from app.db.measures import COLLISIONS  # noqa: PLC0415

    COLLISIONS.labels(then).inc()
