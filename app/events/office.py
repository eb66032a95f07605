"""What every office does for its endpoints: find them, change them under the lock of the tenant, and say so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from app.db.deliveries import Attempt, Chosen, Delivery
from app.db.endpoints import Endpoint
from app.db.work import Database, Work
from app.events.channel import Channel
from app.events.engine import place_events
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.refusals import Refused, unknown_delivery
from app.outbound import Destinations

CALM: Mapping[str, Any] = {"next_at": None, "failing_since": None, "refused": 0}
"""What is known of an endpoint that has not failed."""


@dataclass(frozen=True, slots=True)
class EndpointOffice(ABC):
    """Act for somebody on the endpoints of one tenant; every deed leaves an audit entry and an event."""

    own: ClassVar[Sequence[str]]
    subject_type: ClassVar[str]

    database: Database
    clock: Clock
    destinations: Destinations
    kinds: Mapping[str, Channel]
    tenant_id: int
    actor: Actor

    @abstractmethod
    def unknown(self) -> Exception:
        """Return how an endpoint is refused that is not there, or not the caller's."""

    def owns(self, _endpoint: Endpoint) -> bool:
        """Tell whether the caller may know of one of the office's endpoints."""
        return True

    def all(self) -> list[Endpoint]:
        """Return the endpoints, the oldest first."""
        with self.database.reading(self.tenant_id) as work:
            return [endpoint for endpoint in work.endpoints.all(self.own) if self.owns(endpoint)]

    def find(self, id_: str) -> Endpoint:
        """Return an endpoint, or refuse as unknown."""
        with self.database.reading(self.tenant_id) as work:
            return self.found(work, id_)

    def found(self, work: Work, id_: str) -> Endpoint:
        """Return an endpoint that the caller may know of, or refuse as unknown."""
        # PostgreSQL takes no NUL in a text
        endpoint = work.endpoints.find(id_) if id_.isprintable() else None
        if endpoint is None or endpoint.kind not in self.own or not self.owns(endpoint):
            raise self.unknown()
        return endpoint

    def deliveries(self, id_: str, chosen: Chosen, limit: int) -> list[Delivery]:
        """Return what was or is to be told, the latest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.deliveries.page(self.found(work, id_).id, chosen, limit)

    def delivery(self, id_: str, delivery_id: str) -> tuple[Delivery, list[Attempt]]:
        """Return a delivery and its tries."""
        with self.database.reading(self.tenant_id) as work:
            found = work.deliveries.page(self.found(work, id_).id, Chosen(id=delivery_id), 1)
            if not found:
                raise Refused([unknown_delivery(delivery_id)])
            return found[0], work.deliveries.attempts(delivery_id)

    @contextmanager
    def changing(self, id_: str) -> Iterator[tuple[Work, Endpoint]]:
        """Lend an endpoint to be changed by nobody else."""
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            yield work, self.found(work, id_)

    def begin(self, work: Work, endpoint: Endpoint, deed: str, data: Mapping[str, Any] | None = None) -> None:
        """Add an endpoint that is told what happens from now on: what happened before has its place already."""
        while work.relay.waiting():
            place_events(work, self.kinds)
        work.endpoints.add(endpoint)
        self.record(work, endpoint.id, deed, data)

    def record(self, work: Work, id_: str, deed: str, data: Mapping[str, Any] | None = None) -> None:
        """Keep what was done."""
        journal = Journal(work, self.actor, self.clock.now(), policy_version=None)
        journal.record(self.subject_type, id_, [(deed, dict(data or {}))])
