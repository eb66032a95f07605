"""Take in tenants, their identity providers and their host application; every deed leaves an audit entry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy.exc import NoResultFound
from uuid_utils import uuid7

from app.db.records import Connection, Credential, Tenant
from app.db.work import Database, Work
from app.identity.authentication import SLUG
from app.identity.issuing import Issued, connect, issue_to_connection, issue_to_host
from app.identity.scopes import LIFECYCLE, OFFERED, SCIM, SESSIONS, CredentialKind
from app.identity.tokens import last_four, new_token, token_hash
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.policy import Preset, TenantPolicy

DIALECTS = ("strict", "okta", "entra", "onelogin")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
FIRST_POLICY = 1
CONNECTION_SCOPES = frozenset({SCIM})
HOST_SCOPES = frozenset({SESSIONS, LIFECYCLE})
Fault: TypeAlias = Literal["invalid", "missing", "conflict"]


class OnboardingError(Exception):
    """Say what is in the way, and what to do about it."""

    def __init__(self, fault: Fault, detail: str) -> None:
        self.fault = fault
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection and its token, which is shown once."""

    connection: Connection
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Take in whoever the actor lets in."""

    database: Database
    clock: Clock
    actor: Actor

    def create_tenant(self, slug: str, name: str | None = None, preset: Preset = "default") -> Tenant:
        """Create a tenant under the policy of a preset, or finish one whose creation was cut off."""
        if not SLUG.fullmatch(slug):
            raise OnboardingError(
                "invalid", f"A tenant is named by a-z, 0-9 and inner hyphens, at most 63: not {slug!r}."
            )
        now, shown = self.clock.now(), _named(name or slug)
        with self.database.tenants() as tenants:
            tenant = tenants.find(slug) or tenants.add(slug, shown, now)
        with self.database.unit_of_work(tenant.id) as work:
            work.lock()
            if _has_policy(work):
                raise OnboardingError("conflict", f"There is a tenant {slug} already; choose another name.")
            document = TenantPolicy.preset(preset).model_dump_json()
            work.policies.add(FIRST_POLICY, document, author="system", reason=None, created_at=now)
            self._journal(work, now).record(
                "Tenant", slug, [("tenant.created", {"name": tenant.name, "preset": preset})]
            )
        return tenant

    def tenant(self, slug: str) -> Tenant:
        """Return a tenant, or say that there is none."""
        with self.database.tenants() as tenants:
            tenant = tenants.find(slug)
        if tenant is None:
            raise OnboardingError("missing", f"There is no tenant {slug}; see: scim-lifecycle tenant list")
        return tenant

    def connect(self, tenant: Tenant, name: str, dialect: str, scopes: Iterable[str] = CONNECTION_SCOPES) -> Connected:
        """Create a connection of an identity provider, with its first token."""
        if dialect not in DIALECTS:
            raise OnboardingError("invalid", f"A dialect is one of {', '.join(DIALECTS)}: not {dialect!r}.")
        wanted, now = _offered("scim", scopes), self.clock.now()
        with self.database.unit_of_work(tenant.id) as work:
            work.lock()
            if work.connections.find(_named(name)) is not None:
                raise OnboardingError(
                    "conflict", f"There is a connection {name} already; rotate it, or choose another name."
                )
            connection = connect(work, now, name, dialect, wanted)
            issued = issue_to_connection(work, now, connection)
            detail = {"name": name, "dialect": dialect, "scopes": connection.scopes, **_told(issued)}
            self._journal(work, now).record("Connection", connection.id, [("connection.created", detail)])
        return Connected(connection, issued.token)

    def rotate(self, tenant: Tenant, name: str, overlap: timedelta = timedelta()) -> Connected:
        """Give a connection a new token; the old ones die now, or after the overlap."""
        now = self.clock.now()
        with self.database.unit_of_work(tenant.id) as work:
            work.lock()
            connection = _standing(work, name)
            work.credentials.expire(connection.id, now + overlap)
            issued = issue_to_connection(work, now, connection)
            detail = {"name": name, "old_tokens_until": iso(now + overlap), **_told(issued)}
            self._journal(work, now).record("Connection", connection.id, [("connection.rotated", detail)])
        return Connected(connection, issued.token)

    def revoke(self, tenant: Tenant, name: str) -> Connection:
        """Refuse a connection from now on, for good."""
        now = self.clock.now()
        with self.database.unit_of_work(tenant.id) as work:
            work.lock()
            connection = _standing(work, name)
            work.connections.revoke(connection.id, now)
            self._journal(work, now).record("Connection", connection.id, [("connection.revoked", {"name": name})])
        return connection

    def create_api_token(
        self, tenant: Tenant, name: str, scopes: Iterable[str] = HOST_SCOPES, lifetime: timedelta | None = None
    ) -> Issued:
        """Issue a token to the host application, for good or for a while."""
        wanted, now = _offered("api", scopes), self.clock.now()
        with self.database.unit_of_work(tenant.id) as work:
            issued = _host_token(work, now, _named(name), wanted, lifetime)
            detail = {"name": name, "scopes": issued.credential.scopes, **_told(issued)}
            self._journal(work, now).record("Credential", issued.credential.id, [("api_token.created", detail)])
        return issued

    def _journal(self, work: Work, now: datetime) -> Journal:
        return Journal(work, self.actor, now, policy_version=None)


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise OnboardingError("invalid", "A name is 1 to 200 characters long, without control characters.")
    return name


def _has_policy(work: Work) -> bool:
    try:
        return bool(work.policies.current())
    except NoResultFound:
        return False


def _offered(kind: CredentialKind, scopes: Iterable[str]) -> frozenset[str]:
    wanted, offered = frozenset(scopes), OFFERED[kind]
    if not wanted or not wanted <= offered:
        raise OnboardingError("invalid", f"The scopes to choose from are: {', '.join(sorted(offered))}.")
    return wanted


def _host_token(work: Work, at: datetime, name: str, scopes: frozenset[str], lifetime: timedelta | None) -> Issued:
    if lifetime is None:
        return issue_to_host(work, at, name, scopes)
    token = new_token("api")
    listed = " ".join(sorted(scopes))
    credential = Credential(str(uuid7()), "api", None, name, listed, last_four(token), at, at + lifetime)
    work.credentials.add(credential, token_hash(token))
    return Issued(credential, token)


def _standing(work: Work, name: str) -> Connection:
    connection = work.connections.find(name)
    if connection is None:
        raise OnboardingError("missing", f"There is no connection {name}; see: scim-lifecycle connection list")
    if connection.revoked_at is not None:
        raise OnboardingError("conflict", f"The connection {name} was revoked for good; create another one.")
    return connection


def _told(issued: Issued) -> dict[str, str]:
    return {"credential": issued.credential.id, "last_four": issued.credential.last_four}
