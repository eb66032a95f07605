"""Build and check logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): what no security event token is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.identity.jwts import InvalidJwt

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(minutes=2)
LONGEST_NAME = 1024


def built(issuer: str, client_id: str, jti: str, subject: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return the claims that tell a client that a session (``sid``) or all sessions of a user (``sub``) have ended."""
    return {
        "iss": issuer,
        "aud": client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": jti,
        **subject,
        "events": {EVENT: {}},
    }


def check(claims: Mapping[str, Any]) -> None:
    """Refuse what is no logout token, such as an ID token or a security event (§2.6)."""
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict) or len(events) != 1:
        raise InvalidJwt("The claim events of the token does not say that this is a logout token.")
    if "nonce" in claims:
        raise InvalidJwt("A logout token has no nonce.")
    subject = [claims[name] for name in ("sub", "sid") if name in claims]
    if not subject or not all(isinstance(name, str) and sane(name) for name in subject):
        raise InvalidJwt("A logout token names a sub, a sid, or both.")


def sane(name: str) -> bool:
    """Tell whether a name is worth looking for."""
    # PostgreSQL takes no NUL in a text
    return 0 < len(name) <= LONGEST_NAME and "\x00" not in name
