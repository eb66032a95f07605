"""Connect identity providers to a tenant, renew and revoke what they prove themselves by; every deed is audited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.db.records import Connection, Credential, Trust
from app.db.sign_ons import SignOn
from app.db.work import Database, Work
from app.identity.binding import has_access
from app.identity.issuing import Issued, issue_to_connection
from app.identity.proofs import Proof, SignOnWish, replaced_keys
from app.identity.scopes import SCIM
from app.identity.terms import OnboardingError, invalid, named, offered, spoken
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.outbound import Destinations
from app.runtime import Runtime

CONNECTION_SCOPES = frozenset({SCIM})
LONGEST_OVERLAP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection and its token or client secret, which is shown once; empty where it has keys of its own."""

    connection: Connection
    token: str = field(repr=False)
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A connection beside what it proves itself by: its living secrets and when each was last used, or its trust.

    ``sign_on`` is where its users sign in, if that is known.
    """

    connection: Connection
    credentials: list[tuple[Credential, datetime | None]]
    trust: Trust | None
    sign_on: SignOn | None


@dataclass(frozen=True, slots=True)
class Connecting:
    """Create, renew and revoke the connections of one tenant."""

    database: Database
    clock: Clock
    actor: Actor
    tenant_id: int
    destinations: Destinations = field(default_factory=Destinations)

    @classmethod
    def of(cls, runtime: Runtime, actor: Actor, tenant_id: int) -> Connecting:
        """Return what connects for a tenant in this process."""
        return cls(runtime.database, runtime.clock, actor, tenant_id, runtime.outbound.destinations)

    def create(
        self,
        name: str,
        dialect: str,
        scopes: Iterable[str] = CONNECTION_SCOPES,
        proof: Proof | None = None,
        lifetime: timedelta | None = None,
    ) -> Connected:
        """Create a connection, with its first token or secret if it has any; a secret may end after ``lifetime``."""
        proof, now = proof or Proof(), self.clock.now()
        wanted, dialect, name = offered("scim", scopes), spoken(dialect), named(name)
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            if work.connections.find(name) is not None:
                raise OnboardingError(
                    "conflict", f"There is a connection {name} already; rotate it, or choose another name."
                )
            connection = Connection(work.new_id(), name, dialect, " ".join(sorted(wanted)), now, auth=proof.auth)
            work.connections.add(connection)
            trust = proof.trust(connection.id, self.destinations)
            if trust is not None:
                work.trusts.add(trust)
            issued = issue_to_connection(work, now, connection, lifetime) if trust is None else None
            detail = {"name": name, "dialect": dialect, "scopes": connection.scopes, "auth": proof.auth}
            self._record(work, connection, "connection.created", {**detail, **told(issued)})
        return Connected(connection, issued.token, issued.credential) if issued else Connected(connection, "")

    def all(self) -> list[Connection]:
        """Return the connections, the oldest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.connections.all()

    def by_name(self, name: str) -> Connection:
        """Return the connection of that name, or say that there is none."""
        with self.database.reading(self.tenant_id) as work:
            connection = work.connections.find(name)
        if connection is None:
            raise OnboardingError("missing", f"There is no connection {name}; see: scim-lifecycle connection list")
        return connection

    def overview(self, connection_id: str) -> Overview:
        """Return a connection and what it proves itself by."""
        with self.database.reading(self.tenant_id) as work:
            connection = _found(work, connection_id)
            credentials = work.credentials.of_connection(connection.id, self.clock.now())
            trust, sign_on = work.trusts.of_connection(connection.id), work.sign_ons.of_connection(connection.id)
            return Overview(connection, credentials, trust, sign_on)

    def rotate(
        self, connection_id: str, overlap: timedelta = timedelta(), lifetime: timedelta | None = None
    ) -> Connected:
        """Give a connection a new token or secret; the old ones die now, or after the overlap."""
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise invalid(f"Old secrets may live on for at most {LONGEST_OVERLAP.days} days.")
        now = self.clock.now()
        with self._standing(connection_id) as (work, connection):
            if connection.auth not in {"token", "client-secret"}:
                raise invalid(f"The connection {connection.name} has no secret of ours: replace its keys instead.")
            work.credentials.expire(connection.id, now + overlap)
            issued = issue_to_connection(work, now, connection, lifetime)
            detail = {"name": connection.name, "old_tokens_until": iso(now + overlap), **told(issued)}
            self._record(work, connection, "connection.rotated", detail)
        return Connected(connection, issued.token, issued.credential)

    def rescope(self, connection_id: str, scopes: Iterable[str]) -> Connection:
        """Change what a connection may do: its static tokens follow at once, its access tokens end."""
        wanted = " ".join(sorted(offered("scim", scopes)))
        with self._standing(connection_id) as (work, connection):
            work.connections.rescope(connection.id, wanted)
            work.credentials.rescope(connection.id, wanted)
            detail = {"name": connection.name, "scopes": wanted, "before": connection.scopes}
            self._record(work, connection, "connection.rescoped", detail)
        return replace(connection, scopes=wanted)

    def bind(self, connection_id: str, user_id: str | None) -> Connection:
        """Let a connection stand for an active user, or for nobody; what it may do stays as it is."""
        with self._standing(connection_id) as (work, connection):
            # PostgreSQL takes no NUL in a text
            if user_id is not None and not (user_id.isprintable() and has_access(work, user_id)):
                raise OnboardingError("missing", "There is no such user, or it has no access.")
            work.connections.bind(connection.id, user_id)
            self._record(work, connection, "connection.bound", {"name": connection.name, "user_id": user_id})
        return replace(connection, user_id=user_id)

    def replace_keys(self, connection_id: str, jwks: Any = None, jwks_uri: str | None = None) -> Trust:
        """Trust other keys of a connection from now on, and its old ones no longer."""
        with self._standing(connection_id) as (work, connection):
            old = work.trusts.of_connection(connection.id)
            if old is None:
                raise invalid(f"The connection {connection.name} has no keys: rotate its secret instead.")
            trust = replaced_keys(old, jwks, jwks_uri, self.destinations)
            work.trusts.replace(trust)
            self._record(work, connection, "connection.keys_replaced", {"name": connection.name, "jwks_uri": jwks_uri})
        return trust

    def sign_on(self, connection_id: str, wish: SignOnWish) -> SignOn:
        """Believe an identity provider from now on that users have signed out there."""
        with self._standing(connection_id) as (work, connection):
            sign_on = wish.sign_on(connection.id, self.destinations)
            work.sign_ons.put(sign_on)
            self._record(work, connection, "connection.signs_on", {"name": connection.name, "issuer": sign_on.issuer})
        return sign_on

    def sign_off(self, connection_id: str) -> None:
        """Believe an identity provider no longer that users have signed out there."""
        with self._standing(connection_id) as (work, connection):
            if work.sign_ons.remove(connection.id):
                self._record(work, connection, "connection.signs_on", {"name": connection.name, "issuer": None})

    def revoke(self, connection_id: str) -> Connection:
        """Refuse a connection from now on, for good."""
        with self._standing(connection_id) as (work, connection):
            work.connections.revoke(connection.id, self.clock.now())
            self._record(work, connection, "connection.revoked", {"name": connection.name})
        return connection

    @contextmanager
    def _standing(self, connection_id: str) -> Iterator[tuple[Work, Connection]]:
        """Hold the tenant while a connection is changed that was not revoked."""
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            connection = _found(work, connection_id)
            if connection.revoked_at is not None:
                raise OnboardingError(
                    "conflict", f"The connection {connection.name} was revoked for good; create another one."
                )
            yield work, connection

    def _record(self, work: Work, connection: Connection, type_: str, detail: dict[str, Any]) -> None:
        journal = Journal(work, self.actor, self.clock.now(), policy_version=None)
        journal.record("Connection", connection.id, [(type_, detail)])


def told(issued: Issued | None) -> dict[str, str]:
    """Return what the audit trail may know of a secret."""
    return {"credential": issued.credential.id, "last_four": issued.credential.last_four} if issued else {}


def _found(work: Work, connection_id: str) -> Connection:
    # PostgreSQL takes no NUL in a text
    connection = work.connections.get(connection_id) if connection_id.isprintable() else None
    if connection is None:
        raise OnboardingError("missing", "There is no such connection.")
    return connection
