"""Say which kinds of credentials there are at the host application, and which of them end when access does."""

from typing import Literal, TypeAlias, get_args

from app.lifecycle.effects import EndAccess
from app.lifecycle.policy import TenantPolicy

SessionKind: TypeAlias = Literal["local", "sso", "refresh", "api_key", "personal_token"]
KINDS: tuple[SessionKind, ...] = get_args(SessionKind)
LASTING: tuple[SessionKind, ...] = ("api_key", "personal_token")
"""What is not bound to a sign-in, and may work again after a reactivation."""
BROWSED: tuple[SessionKind, ...] = ("local", "sso")
"""What a person does not use for a while, and is then signed out."""


def ending(policy: TenantPolicy, *, for_security: bool) -> EndAccess:
    """Return how the access of a user ends that is deactivated; what is done for security defers and spares nothing."""
    if for_security:
        return EndAccess("deactivated")
    ends = {"local": policy.sessions.end.local, "sso": policy.sessions.end.sso}
    deferred = tuple(kind for kind, when in ends.items() if when == "at_expiry")
    return EndAccess("deactivated", deferred, LASTING if policy.credentials.tokens == "suspend" else ())
