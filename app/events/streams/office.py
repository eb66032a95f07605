"""Keep the streams of a tenant: every deed leaves an audit entry and an event (SSF 1.0 §8.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from app.db.deliveries import DEAD
from app.db.endpoints import ENABLED, Endpoint
from app.events.channels import channels
from app.events.office import CALM, EndpointOffice
from app.events.streams.channel import KINDS, POLL, PUSH, REQUESTED, SUBJECT, context
from app.events.streams.refusing import StreamRefused, invalid, unknown_stream
from app.events.streams.subjects import Subject, user_named
from app.events.streams.wishes import Delivering, Terms, Wish
from app.identity.signing import Signing
from app.identity.vault import Vault
from app.lifecycle.clock import iso, parse_iso
from app.lifecycle.commands import Actor
from app.outbound import DestinationRefusedError
from app.runtime import Runtime

MOST = 50
MOST_EXCLUDED = 1000
LONGEST_STATE = 1000
STATUSES = ("enabled", "paused", "disabled")
LEAST_INTERVAL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class StreamOffice(EndpointOffice):
    """Act for somebody on the streams of one tenant; ``client`` sees its own alone, None is the operator."""

    own: ClassVar = KINDS
    subject_type: ClassVar = SUBJECT

    vault: Vault
    signing: Signing
    issuer: str
    client: str | None = None

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int, tenant: str, actor: Actor, client: str | None = None) -> Self:
        """Return the office of a process."""
        return cls(
            runtime.database,
            runtime.clock,
            runtime.outbound.destinations,
            channels(runtime),
            tenant_id,
            actor,
            Vault(runtime.settings.secret_keys),
            Signing.of(runtime),
            f"{runtime.settings.public_url}/t/{tenant}",
            client,
        )

    def create(self, wish: Wish, terms: Terms) -> Endpoint:
        """Begin to tell a receiver what happens from now on."""
        self._check(wish.delivering)
        # a first key takes its own transaction
        self.signing.keys(self.tenant_id)
        now = self.clock.now()
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            if len(work.endpoints.all(KINDS)) >= MOST:
                raise StreamRefused("conflict", f"There are {MOST} streams, as many as a tenant may have.")
            id_ = work.new_id()
            stated = self._stated(id_, wish)
            options = {**terms.options(), **stated.pop("options")}
            stream = Endpoint(id=id_, name="stream", options=options, created_at=now, updated_at=now, **stated)
            self.begin(work, stream, "stream.created", {"method": "push" if stream.kind == PUSH else "poll"})
        return stream

    def change(self, stream_id: str, wish: Wish) -> Endpoint:
        """Let a stream be as its receiver wishes."""
        self._check(wish.delivering)
        with self.changing(stream_id) as (work, stream):
            stated = self._stated(stream_id, wish)
            stated["options"] = {**stream.options, **stated["options"]}
            sealed = wish.delivering.authorization is not None or stream.url != wish.delivering.url
            differing = {
                name: value
                for name, value in stated.items()
                if getattr(stream, name) != value and (name != "sealed" or sealed)
            }
            if differing:
                work.endpoints.update(stream_id, {**differing, **CALM, "updated_at": self.clock.now()})
                self.record(work, stream_id, "stream.updated", {"changed": sorted(differing)})
            return replace(stream, **differing)

    def delete(self, stream_id: str) -> None:
        """Send a receiver nothing more, not even what waits."""
        with self.changing(stream_id) as (work, _):
            work.endpoints.delete(stream_id)
            self.record(work, stream_id, "stream.deleted")

    def turn(self, stream_id: str, status: str, reason: str | None = None) -> Endpoint:
        """Send, hold or drop, as the receiver wants (SSF 1.0 §8.1.2)."""
        if status not in STATUSES:
            raise invalid(f"The status is one of {', '.join(STATUSES)}.")
        with self.changing(stream_id) as (work, stream):
            options = {**stream.options, "status": status, "reason": reason}
            changes: dict[str, Any] = {
                "state": status,
                "options": options,
                "state_reason": None if status == ENABLED else REQUESTED,
            }
            if (stream.state, stream.options.get("reason")) != (status, reason):
                work.endpoints.update(stream_id, {**changes, **CALM, "updated_at": self.clock.now()})
                self.record(work, stream_id, "stream.updated", {"changed": ["status"], "status": status})
            if status == "disabled":
                work.deliveries.close(stream_id, None, DEAD, self.clock.now())
            return replace(stream, **changes)

    def resume(self, stream_id: str) -> Endpoint:
        """Send again to a receiver that failed, and let it know that it was held up."""
        with self.changing(stream_id) as (work, stream):
            if stream.state_reason in {None, REQUESTED}:
                return stream
            changes = {"state": ENABLED, "state_reason": None, **CALM}
            work.endpoints.update(stream_id, {**changes, "updated_at": self.clock.now()})
            self.record(work, stream_id, "stream.resumed")
            return replace(stream, **changes)

    def verify(self, stream_id: str, state: str | None = None) -> None:
        """Send a verification event, soon (SSF 1.0 §8.1.4)."""
        if state is not None and len(state) > LONGEST_STATE:
            raise invalid(f"The state is at most {LONGEST_STATE} characters long.")
        now = self.clock.now()
        with self.changing(stream_id) as (work, stream):
            self._not_too_fast(stream, now)
            work.endpoints.update(stream_id, {"options": {**stream.options, "verified_at": iso(now)}})
            self.record(work, stream_id, "stream.verification", {} if state is None else {"state": state})

    def include(self, stream_id: str, subject: Subject) -> None:
        """Tell a stream of a user again; whether there is one is not said (SSF 1.0 §9.2)."""
        with self.changing(stream_id) as (work, stream):
            user_id = user_named(work, self.issuer, stream.options["subject"], subject)
            left = {id_: since for id_, since in stream.options["excluded"].items() if id_ != user_id}
            if user_id and left != stream.options["excluded"]:
                work.endpoints.update(stream_id, {"options": {**stream.options, "excluded": left}})
                self.record(work, stream_id, "stream.subject_added", {"user": user_id})

    def exclude(self, stream_id: str, subject: Subject) -> None:
        """Tell a stream no more of a user; of what concerns security, only after a while (SSF 1.0 §9.3)."""
        with self.changing(stream_id) as (work, stream):
            user_id, excluded = (
                user_named(work, self.issuer, stream.options["subject"], subject),
                stream.options["excluded"],
            )
            if user_id is None or user_id in excluded:
                return
            if len(excluded) >= MOST_EXCLUDED:
                raise StreamRefused(
                    "conflict", f"A stream leaves out at most {MOST_EXCLUDED} users; add one again first."
                )
            excluded = {**excluded, user_id: iso(self.clock.now())}
            work.endpoints.update(stream_id, {"options": {**stream.options, "excluded": excluded}})
            self.record(work, stream_id, "stream.subject_removed", {"user": user_id})

    def unknown(self) -> StreamRefused:
        """Refuse as unknown."""
        return unknown_stream()

    def owns(self, endpoint: Endpoint) -> bool:
        """Tell whether the caller is the operator, or manages the stream."""
        return self.client is None or endpoint.options["client"] == self.client

    def _check(self, delivering: Delivering) -> None:
        if delivering.kind == POLL:
            return
        try:
            self.destinations.read(delivering.url)
        except DestinationRefusedError as error:
            unfit = "The endpoint_url must be https, on a port that is allowed here, and lead to a public address."
            raise invalid(unfit) from error

    def _stated(self, stream_id: str, wish: Wish) -> dict[str, Any]:
        """Return what a receiver says, as it is stored."""
        header = wish.delivering.authorization
        return {
            "kind": wish.delivering.kind,
            "url": wish.delivering.url,
            "types": wish.delivered,
            "sealed": None if header is None else self.vault.seal(header, context(self.tenant_id, stream_id)),
            "options": {"requested": list(wish.asked), "description": wish.description},
        }

    @staticmethod
    def _not_too_fast(stream: Endpoint, now: datetime) -> None:
        last = stream.options["verified_at"]
        if last is not None and now - parse_iso(last) < LEAST_INTERVAL:
            seconds = int(LEAST_INTERVAL.total_seconds())
            raise StreamRefused("too_fast", f"Ask for a verification at most every {seconds} seconds.", seconds)
