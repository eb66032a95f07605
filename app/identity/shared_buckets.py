"""Token buckets in Redis, for servers that count together.

Redis is asked for the time too, since the clocks of machines differ. While it is away each process counts for itself.
"""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from redis import Redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from app.identity.throttle import Buckets

PREFIX = "scim-lifecycle:throttle"
ANSWER_WITHIN_S = 0.1
AWAY_FOR_S = 5.0
TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local interval, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = full_at - now - room
if wait <= 0 then
    full_at = full_at + interval
    redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000))
end
return string.format('%.6f', math.max(wait, 0))
"""

log = structlog.get_logger("throttle")


class SharedBuckets:
    """Hold buckets of one kind in Redis, like ``own`` ones, which stand in when there is no answer."""

    def __init__(self, redis: Redis, kind: str, own: Buckets) -> None:
        self._kind = kind
        self._own = own
        self._take = redis.register_script(TAKE)
        self._back_at = 0.0

    def take(self, key: Hashable, now: float) -> float:
        """Take a token, and return 0; or leave it, and return after how many seconds there will be one."""
        if not self._own.interval:
            return 0.0
        if monotonic() >= self._back_at:
            try:
                name = f"{PREFIX}:{self._kind}:{key}"
                return float(self._take(keys=[name], args=[self._own.interval, self._own.room]))
            except RedisError as error:
                self._back_at = monotonic() + AWAY_FOR_S
                log.warning("requests are counted by each process alone", error=str(error))
        return self._own.take(key, now)


def connected(url: str) -> Redis:
    """Return a client that connects when it is first asked, and does not wait for long."""
    timeouts = {"socket_connect_timeout": ANSWER_WITHIN_S, "socket_timeout": ANSWER_WITHIN_S}
    client: Redis = Redis.from_url(url, **timeouts)
    return client
