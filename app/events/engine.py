"""Tell events: place them in order, hand them to endpoints, and send what is due under a fenced lease.

Whatever is killed meanwhile, nothing is lost: an event waits in its row until a success is written. A try whose
success could not be written is made again, with the same id. Who lost the lease writes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event as Flag
from time import monotonic
from typing import Any, Self

import structlog

from app.db.deliveries import DEAD, Attempt, Delivery, Settled
from app.db.endpoints import ENABLED, Endpoint, Waiting
from app.db.work import Database, Work
from app.events.channel import Channel, Parcel
from app.events.fate import Fate, Outcome, Rules, Tried
from app.events.metrics import ATTEMPTS, DEAD_LETTERS, LATENCY, TIME_TO_TELL
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import SESSIONS_REVOKED, Journal
from app.outbound import DestinationRefusedError, Limits, Outbound, OutboundError
from app.runtime import Runtime

PLACED_AT_ONCE = 100
TOLD_AT_ONCE = 1000
BATCH = 32
"""So many events at most are told once more after a worker was killed."""
LONGEST_BATCH_S = 0.25
LONGEST_ANSWER = 1000
CONNECT_WITHIN_S = 5.0
LEASE_OF_TIMEOUTS = 3
UNREADY = Tried(Outcome.THROTTLED, error="unready", wait=timedelta(minutes=5))
SELF = Actor("system", None, "scim-lifecycle", "worker")

log = structlog.get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery that was tried, and what became of it."""

    delivery: Delivery
    tried: Tried
    fate: Fate
    at: datetime

    def settled(self) -> Settled:
        """Return what is written of the delivery."""
        return Settled(self.delivery.id, self.fate.state, self.fate.attempts, self.fate.settled_at)

    def attempt(self, id_: str) -> Attempt:
        """Return what is noted of the try."""
        tried = self.tried
        said = tried.outcome, tried.status, tried.error, tried.duration_ms, tried.answer
        return Attempt(self.delivery.id, id_, self.at, *said)


@dataclass(frozen=True)
class Engine:
    """Relay and deliver the events of all tenants; safe to share between threads and to run many times."""

    database: Database
    clock: Clock
    outbound: Outbound
    channels: Mapping[str, Channel]
    rules: Rules
    limits: Limits
    stop: Flag = field(default_factory=Flag)
    _slugs: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, runtime: Runtime, channels: Mapping[str, Channel]) -> Self:
        """Return the engine of a process."""
        settings = runtime.settings
        timeout = settings.delivery_timeout_s
        backoff = [timedelta(seconds=seconds) for seconds in settings.delivery_backoff_s]
        rules = Rules(backoff, timedelta(seconds=timeout * LEASE_OF_TIMEOUTS), random.random)
        limits = Limits(connect=min(timeout, CONNECT_WITHIN_S), read=timeout, total=timeout, body=LONGEST_ANSWER)
        return cls(runtime.database, runtime.clock, runtime.outbound, channels, rules, limits)

    def relay(self, tenant_id: int) -> None:
        """Give new events their places, and let them wait for the endpoints that asked for them."""
        with self.database.reading(tenant_id) as work:
            while work.relay.waiting():
                with work.transaction():
                    place_events(work, self.channels)

    def waiting(self, tenant_id: int) -> list[Waiting]:
        """Return the endpoints for which something waits."""
        with self.database.reading(tenant_id) as work:
            return work.endpoints.waiting([kind for kind, channel in self.channels.items() if channel.pushes])

    def drain(self, tenant_id: int, endpoint_id: str) -> None:
        """Tell an endpoint what is due, in order, until nothing is, a try fails, or somebody else took over."""
        now = self.clock.now()
        with self.database.unit_of_work(tenant_id) as work:
            leased = work.endpoints.claim(endpoint_id, now, now + self.rules.lease)
        if leased is None:
            return
        try:
            self._tell_all(tenant_id, leased)
        finally:
            with self.database.unit_of_work(tenant_id) as work:
                work.endpoints.hold(endpoint_id, leased.fence, {"lease_until": None})

    def _tell_all(self, tenant_id: int, endpoint: Endpoint) -> None:
        """Tell batch by batch, each larger than the last, so that for who fails or is slow little is made in vain."""
        size, left = 1, TOLD_AT_ONCE
        while left > 0 and not self.stop.is_set():
            told = self._tell_some(tenant_id, endpoint, size)
            if not told or not self._record(tenant_id, endpoint, told) or not told[-1].fate.go_on:
                return
            endpoint = replace(endpoint, **changed(told))
            size, left = min(2 * len(told), BATCH), left - len(told)

    def _tell_some(self, tenant_id: int, endpoint: Endpoint, size: int) -> list[Told]:
        """Tell the first events that wait, until one fails or time is up; what came of them is still to be written."""
        with self.database.reading(tenant_id) as work:
            waiting = work.deliveries.pending(endpoint.id, size)
            parcels = [self._parcel(work, endpoint, each) for each in waiting]
        told: list[Told] = []
        rules, began = self.rules.within(self.channels[endpoint.kind].retries), monotonic()
        for delivery, parcel in zip(waiting, parcels, strict=True):
            tried = self._send(endpoint, parcel) if parcel else UNREADY
            now = self.clock.now()
            fate = rules.decide(replace(endpoint, **changed(told)), delivery, tried, now)
            told.append(Told(delivery, tried, fate, now))
            if not fate.go_on or monotonic() - began > LONGEST_BATCH_S or self.stop.is_set():
                break
        return told

    def _parcel(self, work: Work, endpoint: Endpoint, delivery: Delivery) -> Parcel | None:
        """Make what is sent; what we cannot make is our fault, and waits until it is mended."""
        try:
            channel, slug = self.channels[endpoint.kind], self._slug(work.tenant_id)
            return channel.parcel(work, slug, endpoint, delivery, self.clock.now())
        except Exception:
            log.exception("delivery cannot be made", endpoint=endpoint.id, delivery=delivery.id)
            return None

    def _send(self, endpoint: Endpoint, parcel: Parcel) -> Tried:
        """Send, and say what came of it; the operator's log knows more than the tenant's."""
        began = monotonic()
        try:
            answer = self.outbound.send(
                "POST", endpoint.url, headers=parcel.headers, body=parcel.body, limits=self.limits
            )
        except OutboundError as error:
            tell = log.warning if isinstance(error, DestinationRefusedError) else log.info
            tell("delivery failed", endpoint=endpoint.id, error=str(error))
            return Tried(Outcome.FAILED, error=error.code, duration_ms=_since(began))
        channel = self.channels[endpoint.kind]
        outcome, wait = channel.judge(answer.status, answer.headers, answer.body, self.clock.now())
        # PostgreSQL takes no NUL in a text
        text = answer.body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return Tried(outcome, answer.status, None, _since(began), text, wait)

    def _record(self, tenant_id: int, endpoint: Endpoint, told: Sequence[Told]) -> bool:
        """Write what came of a batch, unless the lease was lost; tell whether the endpoint still wants more."""
        last = told[-1]
        with self.database.unit_of_work(tenant_id) as work:
            state = work.endpoints.hold(endpoint.id, endpoint.fence, changed(told))
            if state is None:
                log.warning("lease lost", endpoint=endpoint.id, delivery=told[0].delivery.id)
                return False
            work.deliveries.settle([one.settled() for one in told])
            work.deliveries.log([one.attempt(work.new_id()) for one in told])
            if last.fate.disabled:
                subject_type, event = self.channels[endpoint.kind].notice(last.fate.disabled)
                Journal(work, SELF, last.at, policy_version=None).record(subject_type, endpoint.id, [event])
        for one in told:
            _count(endpoint, one)
        return state == ENABLED

    def _slug(self, tenant_id: int) -> str:
        if tenant_id not in self._slugs:
            with self.database.tenants(reading=True) as tenants:
                self._slugs.update((tenant.id, tenant.slug) for tenant in tenants.all())
        return self._slugs[tenant_id]


def place_events(work: Work, channels: Mapping[str, Channel]) -> None:
    """Place the next events, inside a transaction, and let each wait for whom it concerns."""
    events = work.relay.place(PLACED_AT_ONCE)
    rows = [
        {
            "endpoint_id": endpoint.id,
            "position": event.position,
            "form": form,
            "id": work.new_id(),
            "event_seq": event.seq,
            "created_at": event.created_at,
        }
        for endpoint in (work.endpoints.all(list(channels)) if events else ())
        for event in events
        for form in channels[endpoint.kind].forms(work, endpoint, event)
    ]
    work.deliveries.add(rows)


def changed(told: Sequence[Told]) -> dict[str, Any]:
    """Return what a batch changes of its endpoint."""
    return {name: value for one in told for name, value in one.fate.endpoint.items()}


def _count(endpoint: Endpoint, one: Told) -> None:
    delivery, fate = one.delivery, one.fate
    ATTEMPTS.labels(one.tried.outcome).inc()
    if one.tried.outcome is Outcome.DELIVERED:
        taken = max((one.at - delivery.created_at).total_seconds(), 0)
        LATENCY.observe(taken)
        if delivery.type == SESSIONS_REVOKED:
            TIME_TO_TELL.labels(endpoint.kind).observe(taken)
    if fate.state == DEAD:
        DEAD_LETTERS.inc()
        log.warning("event given up", endpoint=endpoint.id, delivery=delivery.id, status=one.tried.status)
    if fate.disabled:
        log.error("endpoint disabled", endpoint=endpoint.id, reason=fate.disabled)


def _since(began: float) -> int:
    return round((monotonic() - began) * 1000)
