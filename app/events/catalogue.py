"""List every event: what it means, who causes it, and what it is called elsewhere.

The shape of its data is ``schemas/events/<type>.json``. ``signals`` are its names in CAEP 1.0, RISC 1.0,
RFC 9967 and SSF 1.0, where it has any: one change may be several events, which share one ``txn``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.lifecycle.commands import ActorKind

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SCIM = "urn:ietf:params:scim:event:"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
EVERYTHING = "*"

PROVIDER: tuple[ActorKind, ...] = ("connection",)
ANYBODY: tuple[ActorKind, ...] = ("connection", "api", "operator", "system")
HOST: tuple[ActorKind, ...] = ("api", "operator")
OPERATOR: tuple[ActorKind, ...] = ("operator",)
NOTICE = (SCIM + "prov:patch:notice", SCIM + "prov:put:notice")
"""How RFC 9967 tells of a change: by the method that made it."""
RECEIVER: tuple[ActorKind, ...] = ("connection", "api", "operator")


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
    EventType("user.updated", "Attributes of a user changed.", ANYBODY, (CAEP + "token-claims-change", *NOTICE)),
    EventType(
        "user.deactivated",
        "Access ended, reversibly.",
        ANYBODY,
        (RISC + "account-disabled", SCIM + "prov:deactivate", *NOTICE),
    ),
    EventType("user.deactivation_scheduled", "Access is to end at a moment to come.", ANYBODY),
    EventType("user.deactivation_cancelled", "Access is not to end by itself any more.", ANYBODY),
    EventType(
        "user.reactivated",
        "Access was given again.",
        ANYBODY,
        (RISC + "account-enabled", SCIM + "prov:activate", *NOTICE),
    ),
    EventType("user.deleted", "A user was tombstoned.", ANYBODY, (RISC + "account-disabled", SCIM + "prov:delete")),
    EventType(
        "user.restored",
        "A tombstoned user came back.",
        ANYBODY,
        (RISC + "account-enabled", SCIM + "prov:create:notice"),
    ),
    EventType("user.purged", "The personal data of a user is gone.", ANYBODY, (RISC + "account-purged",)),
    EventType("user.welcome_requested", "The host application is to welcome a user.", ANYBODY),
    EventType(
        "user.password_reset_requested", "The host application is to send a user a way to a new password.", ANYBODY
    ),
    EventType("user.sessions_revoked", "Sessions of a user ended.", ANYBODY, (CAEP + "session-revoked",)),
    EventType("group.created", "A group was provisioned.", PROVIDER, (SCIM + "prov:create:notice",)),
    EventType("group.updated", "Attributes of a group changed.", PROVIDER, NOTICE),
    EventType(
        "group.member_added",
        "Members joined a group.",
        PROVIDER,
        (CAEP + "token-claims-change", *NOTICE),
    ),
    EventType(
        "group.member_removed",
        "Members left a group.",
        PROVIDER,
        (CAEP + "token-claims-change", *NOTICE),
    ),
    EventType("group.deleted", "A group was deleted.", PROVIDER, (SCIM + "prov:delete",)),
    EventType("resource.created", "An operator's resource was created.", PROVIDER, (SCIM + "prov:create:notice",)),
    EventType(
        "resource.updated",
        "Attributes of an operator's resource changed.",
        PROVIDER,
        NOTICE,
    ),
    EventType("resource.deleted", "An operator's resource was deleted.", PROVIDER, (SCIM + "prov:delete",)),
    EventType(
        "request.completed",
        "A request that was answered before was carried out, or refused.",
        PROVIDER,
        (SCIM + "misc:asyncresp",),
    ),
    EventType("attribution.relabel", "What remains of a purged user's content is to show a label.", ANYBODY),
    EventType("attribution.confirmed", "The host application shows the label.", ("api",)),
    EventType("purge.approved", "A person agreed that a deleted user is purged.", ("api",)),
    EventType("entitlement.assigned", "A user got a seat or licence.", ANYBODY),
    EventType("entitlement.released", "A seat or licence was taken from a user.", ANYBODY),
    EventType("work.transferable", "Work of a user may be claimed by others.", ANYBODY),
    EventType("work.unassigned", "Work of a user has no owner any more.", ANYBODY),
    EventType("work.reassigned", "Work of a user has another owner.", ANYBODY),
    EventType("work.removed", "Work of a purged user is to be removed.", ANYBODY),
    EventType("work.returned", "Work that nobody took over is the user's again.", ANYBODY),
    EventType("obligation.opened", "Something was left for somebody to clear.", ANYBODY),
    EventType("obligation.settled", "Nothing is left to clear any more.", ANYBODY),
    EventType("hold.placed", "The data of a user has to stay.", HOST),
    EventType("hold.released", "A reason why data had to stay is gone.", HOST),
    EventType("mass_change.held", "Identity providers delete more users than usual; the others wait.", PROVIDER),
    EventType("mass_change.alerted", "Identity providers deactivate more users than usual.", ("system",)),
    EventType("mass_change.approved", "Deletions that waited go through.", HOST),
    EventType("mass_change.rejected", "Deletions that waited do not go through.", HOST),
    EventType("mass_change.undone", "Users that identity providers took away were given back.", HOST),
    EventType("review.begun", "Who has access is to be reviewed.", ("api", "system")),
    EventType("review.decided", "Somebody decided about the access of a user.", ("api",)),
    EventType("review.overdue", "Nobody has decided in time.", ("system",)),
    EventType("review.closed", "All decisions of a review were taken.", ("api",)),
    EventType("review.completed", "All decisions of a review were carried out.", ("api", "system")),
    EventType("policy.changed", "Other rules are in force.", HOST),
    EventType("tenant.created", "The tenant began.", OPERATOR),
    EventType(
        "directory.suspended",
        "Identity providers are refused and nobody has access, reversibly.",
        HOST,
        (CAEP + "session-revoked",),
    ),
    EventType("directory.resumed", "Everything is again as it was before the directory was suspended.", HOST),
    EventType("connection.created", "An identity provider was linked.", HOST),
    EventType("connection.rotated", "A connection got a new token.", HOST),
    EventType("connection.rescoped", "What a connection may do was changed.", HOST),
    EventType("connection.bound", "A connection stands for a user from now on, or for nobody.", HOST),
    EventType("connection.keys_replaced", "Other keys of a connection are trusted.", HOST),
    EventType("connection.signs_on", "Another identity provider is believed about sign-outs, or none.", HOST),
    EventType("connection.revoked", "A connection ended for good.", HOST),
    EventType("api_token.created", "The host application got a token.", OPERATOR),
    EventType("signing_key.rotated", "Another key will sign.", OPERATOR),
    EventType("precheck.configured", "The host application is asked before users leave.", HOST),
    EventType("precheck.removed", "The host application is asked no more.", HOST),
    EventType("webhook.created", "An endpoint began to receive events.", HOST),
    EventType("webhook.updated", "An endpoint was changed.", HOST),
    EventType("webhook.deleted", "An endpoint receives no more events.", HOST),
    EventType("webhook.secret_rotated", "An endpoint got a new secret.", HOST),
    EventType("webhook.paused", "Events wait for an endpoint.", HOST),
    EventType("webhook.resumed", "An endpoint receives events again.", HOST),
    EventType("webhook.replayed", "Events are told to an endpoint once more.", HOST),
    EventType("webhook.disabled", "An endpoint failed for too long, or said that it is gone.", ("system",)),
    EventType("webhook.test", "An endpoint is tried.", HOST),
    EventType("logout_client.created", "A client began to be told of sign-outs.", HOST),
    EventType("logout_client.updated", "A client that is told of sign-outs was changed.", HOST),
    EventType("logout_client.deleted", "A client is told of no more sign-outs.", HOST),
    EventType("logout_client.resumed", "A client that failed is told of sign-outs again.", HOST),
    EventType("logout_client.disabled", "A client failed for too long, or said that it is gone.", ("system",)),
    EventType("stream.created", "A receiver of signals began to be told.", RECEIVER),
    EventType("stream.updated", "A stream of signals was changed.", RECEIVER),
    EventType("stream.deleted", "A receiver is sent no more signals.", RECEIVER),
    EventType("stream.verification", "A stream of signals is tried.", RECEIVER, (SSF + "verification",)),
    EventType(
        "stream.disabled",
        "A receiver failed for too long, so that signals wait.",
        ("system",),
        (SSF + "stream-updated",),
    ),
    EventType("stream.resumed", "A receiver that failed is sent signals again.", HOST, (SSF + "stream-updated",)),
    EventType("stream.subject_added", "A stream is to tell of a user.", PROVIDER, (SCIM + "feed:add",)),
    EventType("stream.subject_removed", "A stream is not to tell of a user.", PROVIDER, (SCIM + "feed:remove",)),
)

CATALOGUE: Mapping[str, EventType] = MappingProxyType({event.name: event for event in _TYPES})
"""Every event type, by its name."""


class WrongTypeError(ValueError):
    """Name an event type that nothing is called."""


def covers(pattern: str, type_: str) -> bool:
    """Tell whether ``*``, ``user.*`` or ``user.created`` covers a type."""
    return pattern in {EVERYTHING, type_} or (pattern.endswith(".*") and type_.startswith(pattern[:-1]))


def known_types(types: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns, or raise WrongTypeError for one that covers no event."""
    for pattern in types:
        if not any(covers(pattern, name) for name in CATALOGUE):
            raise WrongTypeError(f"{pattern!r} is no event type; see docs/events.md, or use * or user.*")
    return tuple(dict.fromkeys(types))
