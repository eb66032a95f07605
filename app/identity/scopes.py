"""Name what a bearer token may be used for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

CredentialKind: TypeAlias = Literal["scim", "api"]
Door: TypeAlias = Literal["scim", "api", "ssf"]

SCIM = "scim"
SCIM_READ = "scim.read"
SESSIONS = "sessions"
LIFECYCLE = "lifecycle"
CONNECTIONS = "connections"
EVENTS = "events"
WORK = "work"
ENTITLEMENTS = "entitlements"
HOLDS = "holds"
AUDIT = "audit"
LOGS = "logs"
POLICY = "policy"
SSF_MANAGE = "ssf.manage"
SSF_READ = "ssf.read"

OFFERED: Mapping[CredentialKind, frozenset[str]] = MappingProxyType(
    {
        "scim": frozenset({SCIM, SCIM_READ, LIFECYCLE, SSF_MANAGE, SSF_READ}),
        "api": frozenset({SESSIONS, LIFECYCLE, CONNECTIONS, EVENTS, HOLDS, WORK, ENTITLEMENTS, AUDIT, LOGS, POLICY}),
    }
)
"""The scopes that a token of each kind can carry."""


def parse(scope: str) -> frozenset[str]:
    """Split a space-delimited list of scopes (RFC 6749 §3.3)."""
    return frozenset(scope.split())
