"""Keep who is told of sign-outs; every deed leaves an audit entry and an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from app.db.deliveries import DEAD, Attempt, Chosen, Delivery
from app.db.endpoints import ENABLED, Endpoint
from app.db.work import Database, Work
from app.events.channel import Channel
from app.events.channels import channels
from app.events.engine import place_events
from app.events.logouts.channel import KIND, SUBJECT
from app.identity.signing import Signing
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import SESSIONS_REVOKED, Journal
from app.lifecycle.refusals import (
    Refused,
    logout_client_taken,
    too_many_logout_clients,
    unknown_delivery,
    unknown_logout_client,
)
from app.outbound import Destinations
from app.runtime import Runtime

MOST = 50


@dataclass(frozen=True, slots=True)
class LogoutOffice:
    """Act for somebody on the logout clients of one tenant."""

    database: Database
    clock: Clock
    destinations: Destinations
    signing: Signing
    kinds: Mapping[str, Channel]
    tenant_id: int
    actor: Actor

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int, actor: Actor) -> Self:
        """Return the office of a process."""
        destinations, signing = runtime.outbound.destinations, Signing.of(runtime)
        return cls(runtime.database, runtime.clock, destinations, signing, channels(runtime), tenant_id, actor)

    def create(self, client_id: str, url: str, *, session_required: bool = False) -> Endpoint:
        """Begin to tell a client what ends from now on."""
        self.destinations.read(url)
        # a first key takes its own transaction
        self.signing.keys(self.tenant_id)
        options, now = {"session_required": session_required}, self.clock.now()
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            _check_room(work.endpoints.all([KIND]), client_id)
            while work.relay.waiting():
                place_events(work, self.kinds)
            client = Endpoint(work.new_id(), KIND, client_id, url, (SESSIONS_REVOKED,), options, None, now, now)
            work.endpoints.add(client)
            self._record(work, client.id, "logout_client.created")
        return client

    def all(self) -> list[Endpoint]:
        """Return the clients, the oldest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.endpoints.all([KIND])

    def find(self, id_: str) -> Endpoint:
        """Return a client, or refuse as unknown."""
        with self.database.reading(self.tenant_id) as work:
            return _found(work, id_)

    def change(self, id_: str, url: str | None = None, *, session_required: bool | None = None) -> Endpoint:
        """Change where a client is told, or whether it needs a sid."""
        if url is not None:
            self.destinations.read(url)
        with self._changing(id_) as (work, client):
            wanted: dict[str, Any] = {"url": url or client.url, "options": client.options}
            if session_required is not None:
                wanted["options"] = {**client.options, "session_required": session_required}
            differing = {name: value for name, value in wanted.items() if getattr(client, name) != value}
            if differing:
                work.endpoints.update(id_, {**differing, "updated_at": self.clock.now()})
                self._record(work, id_, "logout_client.updated", {"changed": sorted(differing)})
            return replace(client, **differing)

    def delete(self, id_: str) -> None:
        """Tell a client nothing more, not even what waits."""
        with self._changing(id_) as (work, _):
            work.endpoints.delete(id_)
            self._record(work, id_, "logout_client.deleted")

    def resume(self, id_: str) -> Endpoint:
        """Tell a client again that was disabled; what it has missed is over, since its users may be back."""
        with self._changing(id_) as (work, client):
            if client.state == ENABLED:
                return client
            now = self.clock.now()
            changes: dict[str, Any] = {
                "state": ENABLED,
                "state_reason": None,
                "next_at": None,
                "failing_since": None,
                "refused": 0,
            }
            work.endpoints.update(id_, {**changes, "updated_at": now})
            work.deliveries.close(id_, None, DEAD, now)
            self._record(work, id_, "logout_client.resumed")
            return replace(client, **changes)

    def deliveries(self, id_: str, chosen: Chosen, limit: int) -> list[Delivery]:
        """Return what a client was or is to be told, the latest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.deliveries.page(_found(work, id_).id, chosen, limit)

    def delivery(self, id_: str, delivery_id: str) -> tuple[Delivery, list[Attempt]]:
        """Return a delivery and its tries."""
        with self.database.reading(self.tenant_id) as work:
            found = work.deliveries.page(_found(work, id_).id, Chosen(id=delivery_id), 1)
            if not found:
                raise Refused([unknown_delivery(delivery_id)])
            return found[0], work.deliveries.attempts(delivery_id)

    @contextmanager
    def _changing(self, id_: str) -> Iterator[tuple[Work, Endpoint]]:
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            yield work, _found(work, id_)

    def _record(self, work: Work, id_: str, type_: str, data: dict[str, Any] | None = None) -> None:
        Journal(work, self.actor, self.clock.now(), policy_version=None).record(SUBJECT, id_, [(type_, data or {})])


def _check_room(clients: list[Endpoint], client_id: str) -> None:
    if any(client.name == client_id for client in clients):
        raise Refused([logout_client_taken(client_id)])
    if len(clients) >= MOST:
        raise Refused([too_many_logout_clients(MOST)])


def _found(work: Work, id_: str) -> Endpoint:
    # PostgreSQL takes no NUL in a text
    client = work.endpoints.find(id_) if id_.isprintable() else None
    if client is None or client.kind != KIND:
        raise Refused([unknown_logout_client()])
    return client
