"""What repositories give to surfaces and take from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.db.query import Position
from app.lifecycle.states import State


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the host application; ``slug`` is its name in URLs and never changes."""

    id: int
    slug: str
    name: str
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """One identity provider's link to a tenant: its dialect, what it may do (space-separated scopes).

    ``auth`` says how it proves itself: ``token``, ``client-secret``, ``private-key-jwt``, ``external-jwt``
    or ``transmitter``; ``user_id`` whom it stands for at ``/Me``.
    """

    id: str
    name: str
    dialect: str
    scopes: str
    created_at: datetime
    revoked_at: datetime | None = None
    auth: str = "token"
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token or client secret without the secret."""

    id: str
    kind: str
    connection_id: str | None
    name: str
    scopes: str
    last_four: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """What the JWTs of a connection must say, and whose keys prove them: ``jwks`` is a JWK Set as text.

    ``issuer`` is the connection's own id where it authenticates as a client (RFC 7523 §3); ``algorithms`` are
    separated by spaces, ``required_claims`` is a JSON object.
    """

    connection_id: str
    issuer: str
    audience: str
    algorithms: str
    required_claims: str = "{}"
    jwks: str | None = None
    jwks_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """A trust beside its connection, and its tenant's state and policy version."""

    trust: Trust
    connection: Connection
    tenant_state: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever presents a token: the credential beside its connection, and its tenant's state and policy version."""

    credential: Credential
    tenant_state: str
    policy_version: int
    connection_name: str | None
    dialect: str | None
    connection_revoked_at: datetime | None
    user_id: str | None


class View(NamedTuple):
    """A resource as it is served: its document, and what is spliced into it; times as text.

    ``active`` is None where the attribute is not assigned; ``groups`` are the ``(id, displayName)`` of the groups
    that a user is directly in, None where they were not read; ``indirect`` are those these groups are in.
    """

    id: str
    version: int
    document: str
    created_at: str
    updated_at: str
    active: bool | None
    groups: Sequence[tuple[str, str]] | None = None
    indirect: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a live user stands: ``since`` when it is inactive, and why; ``deactivate_at`` when it is to be."""

    state: State
    since: datetime | None
    reason: str | None
    deactivate_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matching resources, and how many match in all, None where that was not counted.

    Of a walk, ``positions`` are those of the views, and ``more`` tells whether others follow.
    """

    total: int | None
    views: list[View]
    positions: Sequence[Position] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group: the ``value``, ``type`` and ``display`` of RFC 7643 §4.2."""

    id: str
    type: str
    display: str | None


Shown = tuple[Any, ...]
"""A member as it is shown: its id, its type, and its name if it has one."""


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group as it is stored; ``unique_key`` is None where the policy allows equal display names."""

    id: str
    connection_id: str | None
    version: int
    display_name: str
    display_name_key: str
    unique_key: str | None
    external_id: str | None
    document: str
    search: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold on the data of a user; ``reference`` names the matter, and whoever acted is an id."""

    id: str
    user_id: str
    reason: str
    reference: str | None
    placed_at: datetime
    placed_by: str | None
    released_at: datetime | None = None
    released_by: str | None = None
    release_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """What stood in the way of an identity provider and was not refused; open while ``settled_at`` is None."""

    id: str
    user_id: str
    code: str
    guard: str
    detail: Mapping[str, Any]
    since: datetime
    due: datetime | None
    owner: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeatHolder:
    """A user who holds an entitlement; ``since`` is None where everybody active does."""

    user_id: str
    scope: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A thing of the host application that somebody owns; others may claim it where it is ``transferable``."""

    type: str
    id: str
    owner: str | None
    created_by: str | None
    state: str
    scope: str | None
    transferable: bool = False
    reason: str | None = None
    former_owner: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a tenant's policy: who wrote it, when and why."""

    version: int
    document: str
    author: str
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A user as a list shows it; ``signed_in_before`` tells whether a session of it ever began."""

    id: str
    user_name: str
    display_name: str | None
    state: State
    since: datetime | None
    reason: str | None
    signed_in_before: bool


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """A resource of an operator's type as it is stored."""

    type: str
    id: str
    version: int
    external_id: str | None
    document: str
    search: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class DisplayNameTakenError(Exception):
    """Another group of the tenant has this display name, and the policy wants them unique."""
