"""List every event: what it means, who causes it, and what it is called elsewhere.

The shape of its data is ``schemas/events/<type>.json``. ``signals`` are its names in CAEP 1.0, in RISC 1.0 and in
RFC 9967, where it has any: one change may be several events, which share one ``txn``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.lifecycle.commands import ActorKind

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SCIM = "urn:ietf:params:scim:event:"

PROVIDER: tuple[ActorKind, ...] = ("connection",)
ANYBODY: tuple[ActorKind, ...] = ("connection", "api", "operator", "system")
HOST: tuple[ActorKind, ...] = ("api", "operator")
OPERATOR: tuple[ActorKind, ...] = ("operator",)


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event; ``version`` grows when a receiver would have to change."""

    name: str
    told: str
    causes: tuple[ActorKind, ...]
    signals: tuple[str, ...] = ()
    version: int = 1


_TYPES = (
    EventType("user.created", "A user was provisioned.", PROVIDER, (SCIM + "prov:create:notice",)),
    EventType("user.updated", "Attributes of a user changed.", ANYBODY, (SCIM + "prov:patch:notice",)),
    EventType(
        "user.deactivated",
        "Access ended, reversibly.",
        ANYBODY,
        (RISC + "account-disabled", SCIM + "prov:deactivate"),
    ),
    EventType(
        "user.reactivated", "Access was given again.", ANYBODY, (RISC + "account-enabled", SCIM + "prov:activate")
    ),
    EventType("user.deleted", "A user was tombstoned.", ANYBODY, (RISC + "account-disabled", SCIM + "prov:delete")),
    EventType(
        "user.restored",
        "A tombstoned user came back.",
        ANYBODY,
        (RISC + "account-enabled", SCIM + "prov:create:notice"),
    ),
    EventType("user.purged", "The personal data of a user is gone.", ANYBODY, (RISC + "account-purged",)),
    EventType("user.sessions_revoked", "Sessions of a user ended.", ANYBODY, (CAEP + "session-revoked",)),
    EventType("group.created", "A group was provisioned.", PROVIDER, (SCIM + "prov:create:notice",)),
    EventType("group.updated", "Attributes of a group changed.", PROVIDER, (SCIM + "prov:patch:notice",)),
    EventType(
        "group.member_added",
        "Members joined a group.",
        PROVIDER,
        (CAEP + "token-claims-change", SCIM + "prov:patch:notice"),
    ),
    EventType(
        "group.member_removed",
        "Members left a group.",
        PROVIDER,
        (CAEP + "token-claims-change", SCIM + "prov:patch:notice"),
    ),
    EventType("group.deleted", "A group was deleted.", PROVIDER, (SCIM + "prov:delete",)),
    EventType("tenant.created", "The tenant began.", OPERATOR),
    EventType("connection.created", "An identity provider was linked.", HOST),
    EventType("connection.rotated", "A connection got a new token.", HOST),
    EventType("connection.rescoped", "What a connection may do was changed.", HOST),
    EventType("connection.keys_replaced", "Other keys of a connection are trusted.", HOST),
    EventType("connection.revoked", "A connection ended for good.", HOST),
    EventType("api_token.created", "The host application got a token.", OPERATOR),
    EventType("signing_key.rotated", "Another key will sign.", OPERATOR),
)

CATALOGUE: Mapping[str, EventType] = MappingProxyType({event.name: event for event in _TYPES})
"""Every event type, by its name."""
