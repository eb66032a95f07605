"""Keep the webhooks of a tenant: create, change, try, pause, replay; every deed leaves an audit entry and an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from app.db.deliveries import Attempt, Chosen, Delivery
from app.db.endpoints import ENABLED, Endpoint
from app.db.work import Database, Work
from app.events.catalogue import EVERYTHING, known_types
from app.events.channel import Channel
from app.events.channels import channels
from app.events.engine import place_events
from app.events.webhooks.channel import KIND, SUBJECT, TEST, context
from app.events.webhooks.modes import Mode
from app.events.webhooks.secrets import Scheme, Secret, read, rotated, written
from app.identity.vault import Vault
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.refusals import Refused, too_many_webhooks, unknown_delivery, unknown_webhook
from app.outbound import Destinations
from app.runtime import Runtime

MOST = 50
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a new webhook."""

    name: str
    url: str
    types: tuple[str, ...] = (EVERYTHING,)
    mode: Mode = "standard"
    scheme: Scheme = "v1"
    cloudevents: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """Act for somebody on the webhooks of one tenant."""

    database: Database
    clock: Clock
    destinations: Destinations
    vault: Vault
    kinds: Mapping[str, Channel]
    tenant_id: int
    actor: Actor

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int, actor: Actor) -> Self:
        """Return the office of a process."""
        destinations, vault = runtime.outbound.destinations, Vault(runtime.settings.secret_keys)
        return cls(runtime.database, runtime.clock, destinations, vault, channels(runtime), tenant_id, actor)

    def create(self, wish: Wish) -> tuple[Endpoint, str]:
        """Begin to tell an endpoint what happens from now on; return it and its secret, which is shown this once."""
        self.destinations.read(wish.url)
        options = {"mode": wish.mode, "scheme": wish.scheme, "cloudevents": wish.cloudevents}
        now, secret = self.clock.now(), Secret.new(wish.scheme)
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            if len(work.endpoints.all([KIND])) >= MOST:
                raise Refused([too_many_webhooks(MOST)])
            while work.relay.waiting():
                place_events(work, self.kinds)
            id_ = work.new_id()
            sealed = self.vault.seal(written([secret]), context(self.tenant_id, id_))
            endpoint = Endpoint(
                id_, KIND, wish.name, wish.url, known_types(wish.types), options, sealed, created_at=now, updated_at=now
            )
            work.endpoints.add(endpoint)
            self._record(work, id_, "webhook.created", {"mode": wish.mode})
        return endpoint, secret.shown

    def all(self) -> list[Endpoint]:
        """Return the webhooks, the oldest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.endpoints.all([KIND])

    def find(self, webhook_id: str) -> Endpoint:
        """Return a webhook, or refuse as unknown."""
        with self.database.reading(self.tenant_id) as work:
            return _found(work, webhook_id)

    def change(self, webhook_id: str, **changes: Any) -> Endpoint:
        """Change name, url or types."""
        if "url" in changes:
            self.destinations.read(changes["url"])
        if "types" in changes:
            changes["types"] = known_types(changes["types"])
        with self._changing(webhook_id) as (work, endpoint):
            differing = {name: value for name, value in changes.items() if getattr(endpoint, name) != value}
            if differing:
                work.endpoints.update(webhook_id, {**differing, "updated_at": self.clock.now()})
                self._record(work, webhook_id, "webhook.updated", {"changed": sorted(differing)})
            return replace(endpoint, **differing)

    def delete(self, webhook_id: str) -> None:
        """Tell an endpoint nothing more, not even what waits."""
        with self._changing(webhook_id) as (work, _):
            work.endpoints.delete(webhook_id)
            self._record(work, webhook_id, "webhook.deleted")

    def rotate(self, webhook_id: str, overlap: timedelta) -> tuple[Endpoint, str]:
        """Give an endpoint a new secret; the old ones sign beside it until the overlap is over."""
        now = self.clock.now()
        with self._changing(webhook_id) as (work, endpoint):
            place = context(self.tenant_id, webhook_id)
            old = read(self.vault.open(endpoint.sealed or "", place), now)
            secrets = rotated(old, endpoint.options["scheme"], now + overlap)
            work.endpoints.update(webhook_id, {"sealed": self.vault.seal(written(secrets), place), "updated_at": now})
            self._record(work, webhook_id, "webhook.secret_rotated", {"old_until": iso(now + overlap)})
        return endpoint, secrets[0].shown

    def pause(self, webhook_id: str) -> Endpoint:
        """Let events wait."""
        return self._turn(webhook_id, "webhook.paused", state="paused", state_reason="requested")

    def resume(self, webhook_id: str) -> Endpoint:
        """Tell what has waited, at once, whatever failed before."""
        calm = {"next_at": None, "failing_since": None, "refused": 0}
        return self._turn(webhook_id, "webhook.resumed", state=ENABLED, state_reason=None, **calm)

    def test(self, webhook_id: str) -> None:
        """Tell this endpoint alone that it is tried."""
        with self._changing(webhook_id) as (work, _):
            self._record(work, webhook_id, TEST)

    def replay(self, webhook_id: str, chosen: Chosen) -> int:
        """Tell what was told or given up once more; return how many that is."""
        with self._changing(webhook_id) as (work, _):
            if chosen.id and not work.deliveries.page(webhook_id, Chosen(id=chosen.id), 1):
                raise Refused([unknown_delivery(chosen.id)])
            count = work.deliveries.again(webhook_id, chosen)
            work.endpoints.update(webhook_id, {"next_at": None})
            self._record(work, webhook_id, "webhook.replayed", {"deliveries": count})
        return count

    def deliveries(self, webhook_id: str, chosen: Chosen, limit: int) -> list[Delivery]:
        """Return what was or is to be told, the latest first."""
        with self.database.reading(self.tenant_id) as work:
            return work.deliveries.page(_found(work, webhook_id).id, chosen, limit)

    def delivery(self, webhook_id: str, delivery_id: str) -> tuple[Delivery, list[Attempt]]:
        """Return a delivery and its tries."""
        with self.database.reading(self.tenant_id) as work:
            found = work.deliveries.page(_found(work, webhook_id).id, Chosen(id=delivery_id), 1)
            if not found:
                raise Refused([unknown_delivery(delivery_id)])
            return found[0], work.deliveries.attempts(delivery_id)

    def _turn(self, webhook_id: str, deed: str, **changes: Any) -> Endpoint:
        with self._changing(webhook_id) as (work, endpoint):
            if endpoint.state != changes["state"]:
                work.endpoints.update(webhook_id, {**changes, "updated_at": self.clock.now()})
                self._record(work, webhook_id, deed)
            return replace(endpoint, **changes)

    @contextmanager
    def _changing(self, webhook_id: str) -> Iterator[tuple[Work, Endpoint]]:
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            yield work, _found(work, webhook_id)

    def _record(self, work: Work, webhook_id: str, type_: str, data: dict[str, Any] | None = None) -> None:
        Journal(work, self.actor, self.clock.now(), policy_version=None).record(
            SUBJECT, webhook_id, [(type_, data or {})]
        )


def _found(work: Work, webhook_id: str) -> Endpoint:
    # PostgreSQL takes no NUL in a text
    endpoint = work.endpoints.find(webhook_id) if webhook_id.isprintable() else None
    if endpoint is None or endpoint.kind != KIND:
        raise Refused([unknown_webhook()])
    return endpoint
