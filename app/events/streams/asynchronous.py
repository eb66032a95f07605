"""Know whether a request may be answered before its outcome is told (RFC 9967 §2.5)."""

from __future__ import annotations

from app.db.work import Work
from app.events.streams.channel import KINDS, switched_off
from app.events.streams.provisioning import ASYNC_RESPONSE, COMPLETED

__all__ = ["COMPLETED", "awaited"]


def awaited(work: Work) -> bool:
    """Tell whether anybody would be told what becomes of a request."""
    return any(ASYNC_RESPONSE in each.types and not switched_off(each) for each in work.endpoints.all(KINDS))
