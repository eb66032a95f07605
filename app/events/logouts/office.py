"""Keep who is told of sign-outs; every deed leaves an audit entry and an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from app.db.deliveries import DEAD
from app.db.endpoints import ENABLED, Endpoint
from app.events.channels import channels
from app.events.logouts.channel import KIND, SUBJECT
from app.events.office import CALM, EndpointOffice
from app.identity.signing import Signing
from app.lifecycle.commands import Actor
from app.lifecycle.journal import SESSIONS_REVOKED
from app.lifecycle.refusals import (
    Refused,
    logout_client_taken,
    too_many_logout_clients,
    unknown_logout_client,
)
from app.runtime import Runtime

MOST = 50


@dataclass(frozen=True, slots=True)
class LogoutOffice(EndpointOffice):
    """Act for somebody on the logout clients of one tenant."""

    own: ClassVar = (KIND,)
    subject_type: ClassVar = SUBJECT

    signing: Signing

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int, actor: Actor) -> Self:
        """Return the office of a process."""
        destinations, signing = runtime.outbound.destinations, Signing.of(runtime)
        return cls(runtime.database, runtime.clock, destinations, channels(runtime), tenant_id, actor, signing)

    def create(self, client_id: str, url: str, *, session_required: bool = False) -> Endpoint:
        """Begin to tell a client what ends from now on."""
        self.destinations.read(url)
        # a first key takes its own transaction
        self.signing.keys(self.tenant_id)
        options, now = {"session_required": session_required}, self.clock.now()
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            _check_room(work.endpoints.all([KIND]), client_id)
            client = Endpoint(work.new_id(), KIND, client_id, url, (SESSIONS_REVOKED,), options, None, now, now)
            self.begin(work, client, "logout_client.created")
        return client

    def change(self, id_: str, url: str | None = None, *, session_required: bool | None = None) -> Endpoint:
        """Change where a client is told, or whether it needs a sid."""
        if url is not None:
            self.destinations.read(url)
        with self.changing(id_) as (work, client):
            wanted: dict[str, Any] = {"url": url or client.url, "options": client.options}
            if session_required is not None:
                wanted["options"] = {**client.options, "session_required": session_required}
            differing = {name: value for name, value in wanted.items() if getattr(client, name) != value}
            if differing:
                work.endpoints.update(id_, {**differing, "updated_at": self.clock.now()})
                self.record(work, id_, "logout_client.updated", {"changed": sorted(differing)})
            return replace(client, **differing)

    def delete(self, id_: str) -> None:
        """Tell a client nothing more, not even what waits."""
        with self.changing(id_) as (work, _):
            work.endpoints.delete(id_)
            self.record(work, id_, "logout_client.deleted")

    def resume(self, id_: str) -> Endpoint:
        """Tell a client again that was disabled; what it has missed is over, since its users may be back."""
        with self.changing(id_) as (work, client):
            if client.state == ENABLED:
                return client
            now = self.clock.now()
            changes: dict[str, Any] = {"state": ENABLED, "state_reason": None, **CALM}
            work.endpoints.update(id_, {**changes, "updated_at": now})
            work.deliveries.close(id_, None, DEAD, now)
            self.record(work, id_, "logout_client.resumed")
            return replace(client, **changes)

    def unknown(self) -> Refused:
        """Refuse as unknown."""
        return Refused([unknown_logout_client()])


def _check_room(clients: list[Endpoint], client_id: str) -> None:
    if any(client.name == client_id for client in clients):
        raise Refused([logout_client_taken(client_id)])
    if len(clients) >= MOST:
        raise Refused([too_many_logout_clients(MOST)])
