"""Know what streams ask for, and so whether a request may be answered before its outcome is told (RFC 9967 §2.5)."""

from __future__ import annotations

from app.db.work import Work
from app.events.streams.channel import KINDS, switched_off
from app.events.streams.provisioning import ASYNC_RESPONSE, COMPLETED

__all__ = ["COMPLETED", "asked_for", "awaited"]


def asked_for(work: Work) -> frozenset[str]:
    """Return the events that streams of the tenant ask for, those aside that are switched off."""
    return frozenset(type_ for each in work.endpoints.all(KINDS) if not switched_off(each) for type_ in each.types)


def awaited(work: Work) -> bool:
    """Tell whether anybody would be told what becomes of a request."""
    return ASYNC_RESPONSE in asked_for(work)
