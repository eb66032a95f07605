"""Let each connection and each tenant ask so often and no oftener, and slow down whoever fails to authenticate.

Token buckets, kept as one number each: the moment at which the bucket will be full again. A process counts for itself,
unless THROTTLE_STORAGE_URL names a Redis in which all count together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import ceil
from typing import Protocol

from flask import current_app, has_request_context, request

from app.config import Settings

EXTENSION = "scim-lifecycle-throttle"
MOST_REMEMBERED = 10_000


class Buckets:
    """Hold a bucket for each key: ``burst`` tokens, refilled at ``rate`` tokens a second; at rate 0 all are endless."""

    def __init__(self, rate: float, burst: float) -> None:
        self.interval = 1 / rate if rate else 0.0
        self.room = self.interval * max(burst - 1, 0)
        self._full_at: dict[Hashable, float] = {}

    def take(self, key: Hashable, now: float) -> float:
        """Take a token, and return 0; or leave it, and return after how many seconds there will be one."""
        wait = self.wait(key, now)
        if wait <= 0 and self.interval:
            if len(self._full_at) >= MOST_REMEMBERED:
                self._forget(now)
            self._full_at[key] = max(self._full_at.get(key, 0.0), now) + self.interval
        return max(wait, 0.0)

    def wait(self, key: Hashable, now: float) -> float:
        """Return after how many seconds there will be a token, 0 or less where there is one."""
        return self._full_at.get(key, 0.0) - now - self.room

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full; where none is, whoever fills the memory gains nothing but a fresh start."""
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= MOST_REMEMBERED:
            self._full_at.clear()


class Counting(Protocol):
    """Where tokens are taken from."""

    def take(self, key: Hashable, now: float) -> float:
        """Take a token, and return 0; or leave it, and return after how many seconds there will be one."""


class Throttled(Exception):  # noqa: N818
    """Say after how many whole seconds to try again (RFC 9110 §10.2.3)."""

    def __init__(self, wait: float) -> None:
        self.retry_after = max(1, ceil(wait))
        super().__init__(f"Too many requests; retry after {self.retry_after} seconds.")


class Throttle:
    """Count the requests of connections and tenants, and the failures of sources."""

    def __init__(self, settings: Settings) -> None:
        seconds = settings.throttle_burst_s
        per_connection, per_tenant = settings.throttle_connection_rate, settings.throttle_tenant_rate
        failures = settings.throttle_failures_per_minute
        share = _sharing(settings)
        self._connections = share("connection", Buckets(per_connection, per_connection * seconds))
        self._tenants = share("tenant", Buckets(per_tenant, per_tenant * seconds))
        self._failures = share("failure", Buckets(failures / 60, failures))
        self._slowed: dict[Hashable, float] = {}
        self._proven: set[int] = set()

    def request(self, tenant_id: int, connection_id: str | None, now: float) -> None:
        """Count a request of a connection, or raise Throttled."""
        wait = self._connections.take((tenant_id, connection_id), now) or self._tenants.take(tenant_id, now)
        if wait:
            raise Throttled(wait)

    def succeeded(self, authorization: str | None) -> None:
        """Remember what proved somebody, so that the failures of others behind the same address do not slow it."""
        if len(self._proven) >= MOST_REMEMBERED:
            self._proven.clear()
        self._proven.add(hash(authorization))

    @property
    def slows(self) -> bool:
        """Tell whether any source is slowed."""
        return bool(self._slowed)

    def failed(self, tenant_id: int | None, now: float) -> Throttled | None:
        """Count a failure to authenticate; of a source that fails too often, return how it is refused."""
        key = (tenant_id, source())
        wait = self._failures.take(key, now)
        if not wait:
            return None
        self._slowed = {key: until for key, until in self._slowed.items() if until > now} | {key: now + wait}
        return Throttled(wait)

    def hold_back(self, tenant_id: int | None, authorization: str | None, now: float) -> None:
        """Raise Throttled for a source that is slowed, before anything is looked up for it."""
        if hash(authorization) in self._proven:
            return
        wait = self._slowed.get((tenant_id, source()), 0.0) - now
        if wait > 0:
            raise Throttled(wait)


def _sharing(settings: Settings) -> Callable[[str, Buckets], Counting]:
    """Return what lets buckets of a kind be counted by all servers together, where that is set up."""
    if settings.throttle_storage_url is None:
        return lambda _, own: own
    from app.identity.shared_buckets import SharedBuckets, connected  # noqa: PLC0415 - an extra

    redis = connected(settings.throttle_storage_url)
    return lambda kind, own: SharedBuckets(redis, kind, own)


def throttle() -> Throttle:
    """Return the counts of this process."""
    found: Throttle = current_app.extensions[EXTENSION]
    return found


def source() -> str | None:
    """Return the address that a request comes from; proxies are believed as far as PROXY_HOPS says."""
    return request.remote_addr if has_request_context() else None
