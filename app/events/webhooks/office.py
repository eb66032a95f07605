"""Keep the webhooks of a tenant: create, change, try, pause, replay; every deed leaves an audit entry and an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Self

from app.db.deliveries import Chosen
from app.db.endpoints import ENABLED, Endpoint
from app.events.catalogue import EVERYTHING, known_types
from app.events.channels import channels
from app.events.office import CALM, EndpointOffice
from app.events.webhooks.channel import KIND, SUBJECT, TEST, context
from app.events.webhooks.modes import Mode
from app.events.webhooks.secrets import Scheme, Secret, read, rotated, written
from app.identity.vault import Vault
from app.lifecycle.clock import iso
from app.lifecycle.commands import Actor
from app.lifecycle.refusals import Refused, too_many_webhooks, unknown_delivery, unknown_webhook
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
class Office(EndpointOffice):
    """Act for somebody on the webhooks of one tenant."""

    own: ClassVar = (KIND,)
    subject_type: ClassVar = SUBJECT

    vault: Vault

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int, actor: Actor) -> Self:
        """Return the office of a process."""
        destinations, vault = runtime.outbound.destinations, Vault(runtime.settings.secret_keys)
        return cls(runtime.database, runtime.clock, destinations, channels(runtime), tenant_id, actor, vault)

    def create(self, wish: Wish) -> tuple[Endpoint, str]:
        """Begin to tell an endpoint what happens from now on; return it and its secret, which is shown this once."""
        self.destinations.read(wish.url)
        options = {"mode": wish.mode, "scheme": wish.scheme, "cloudevents": wish.cloudevents}
        now, secret = self.clock.now(), Secret.new(wish.scheme)
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            if len(work.endpoints.all([KIND])) >= MOST:
                raise Refused([too_many_webhooks(MOST)])
            id_ = work.new_id()
            sealed = self.vault.seal(written([secret]), context(self.tenant_id, id_))
            endpoint = Endpoint(
                id_, KIND, wish.name, wish.url, known_types(wish.types), options, sealed, created_at=now, updated_at=now
            )
            self.begin(work, endpoint, "webhook.created", {"mode": wish.mode})
        return endpoint, secret.shown

    def change(self, webhook_id: str, **changes: Any) -> Endpoint:
        """Change name, url or types."""
        if "url" in changes:
            self.destinations.read(changes["url"])
        if "types" in changes:
            changes["types"] = known_types(changes["types"])
        with self.changing(webhook_id) as (work, endpoint):
            differing = {name: value for name, value in changes.items() if getattr(endpoint, name) != value}
            if differing:
                work.endpoints.update(webhook_id, {**differing, "updated_at": self.clock.now()})
                self.record(work, webhook_id, "webhook.updated", {"changed": sorted(differing)})
            return replace(endpoint, **differing)

    def delete(self, webhook_id: str) -> None:
        """Tell an endpoint nothing more, not even what waits."""
        with self.changing(webhook_id) as (work, _):
            work.endpoints.delete(webhook_id)
            self.record(work, webhook_id, "webhook.deleted")

    def rotate(self, webhook_id: str, overlap: timedelta) -> tuple[Endpoint, str]:
        """Give an endpoint a new secret; the old ones sign beside it until the overlap is over."""
        now = self.clock.now()
        with self.changing(webhook_id) as (work, endpoint):
            place = context(self.tenant_id, webhook_id)
            old = read(self.vault.open(endpoint.sealed or "", place), now)
            secrets = rotated(old, endpoint.options["scheme"], now + overlap)
            work.endpoints.update(webhook_id, {"sealed": self.vault.seal(written(secrets), place), "updated_at": now})
            self.record(work, webhook_id, "webhook.secret_rotated", {"old_until": iso(now + overlap)})
        return endpoint, secrets[0].shown

    def pause(self, webhook_id: str) -> Endpoint:
        """Let events wait."""
        return self._turn(webhook_id, "webhook.paused", state="paused", state_reason="requested")

    def resume(self, webhook_id: str) -> Endpoint:
        """Tell what has waited, at once, whatever failed before."""
        return self._turn(webhook_id, "webhook.resumed", state=ENABLED, state_reason=None, **CALM)

    def test(self, webhook_id: str) -> None:
        """Tell this endpoint alone that it is tried."""
        with self.changing(webhook_id) as (work, _):
            self.record(work, webhook_id, TEST)

    def replay(self, webhook_id: str, chosen: Chosen) -> int:
        """Tell what was told or given up once more; return how many that is."""
        with self.changing(webhook_id) as (work, _):
            if chosen.id and not work.deliveries.page(webhook_id, Chosen(id=chosen.id), 1):
                raise Refused([unknown_delivery(chosen.id)])
            count = work.deliveries.again(webhook_id, chosen)
            work.endpoints.update(webhook_id, {"next_at": None})
            self.record(work, webhook_id, "webhook.replayed", {"deliveries": count})
        return count

    def _turn(self, webhook_id: str, deed: str, **changes: Any) -> Endpoint:
        with self.changing(webhook_id) as (work, endpoint):
            if endpoint.state != changes["state"]:
                work.endpoints.update(webhook_id, {**changes, "updated_at": self.clock.now()})
                self.record(work, webhook_id, deed)
            return replace(endpoint, **changes)

    def unknown(self) -> Refused:
        """Refuse as unknown."""
        return Refused([unknown_webhook()])
