"""End the session that a token names (RFC 7009)."""

from app.db.work import Work
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.sessions.registry import end, sought


def revoke(work: Work, clock: Clock, actor: Actor, token: str) -> None:
    """End the session of an opaque session token or a session id; an unknown one is as good as ended (§2.2)."""
    standing = sought(work, token)
    if standing is not None:
        end(work, clock, actor, standing)
