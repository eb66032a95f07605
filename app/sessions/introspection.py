"""Answer whether a session may go on (RFC 7662)."""

from datetime import datetime
from typing import Any

from app.db.work import Work
from app.sessions.registry import alive, is_token, sought

DEAD = {"active": False}
"""All that is said of a session that is dead, or that was never one (RFC 7662 §2.2)."""


def introspect(work: Work, token: str, issuer: str, now: datetime) -> dict[str, Any]:
    """Return what RFC 7662 §2.2 says of an opaque session token or a session id; times are in seconds since 1970."""
    standing = sought(work, token)
    if standing is None or not alive(standing, now):
        return DEAD
    session = standing.session
    claims = {
        "active": True,
        "iss": issuer,
        "sub": session.user_id,
        "username": standing.user_name,
        "sid": session.id,
        "client_id": session.client,
        "token_type": "Bearer" if is_token(token) else None,
        "iat": int(session.created_at.timestamp()),
        "exp": int(session.expires_at.timestamp()) if session.expires_at else None,
    }
    return {name: value for name, value in claims.items() if value is not None}
