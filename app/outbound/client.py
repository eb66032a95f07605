"""Send one request to one server: resolve once, vet every address, connect to the vetted one, follow nothing."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from time import monotonic
from typing import Any

import orjson
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowError

from app.outbound.addresses import Address, read
from app.outbound.connections import Connections, Deadline, Wire, connect
from app.outbound.destinations import Destinations, Target
from app.outbound.faults import (
    NoAnswerError,
    OutboundError,
    TimedOutError,
    UnreachableError,
    UnusableAnswerError,
)

USER_AGENT = "scim-lifecycle"
MOST_ADDRESSES = 4
Resolve = Callable[..., list[Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how many bytes to read."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 15.0
    body: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; the names of ``headers`` are in lower case, ``whole`` is false where more was to come."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """A request as it goes over the wire."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None

    def over(self, wire: Wire, path: str, most: int) -> tuple[int, dict[str, str], bytes]:
        """Send it, and return status, headers and at most so many bytes of the answer as they come."""
        wire.request(self.method, path, self.body, self.headers, preload_content=False, decode_content=False)
        response = wire.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status, headers, response.read(most, decode_content=False)


@cache
def _trusting() -> ssl.SSLContext:
    """Return the context of the machine's certificate authorities, which take 20 ms to load."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Outbound:
    """Speak to the world, within limits; safe to share between threads."""

    destinations: Destinations = field(default_factory=Destinations)
    limits: Limits = field(default_factory=Limits)
    context: ssl.SSLContext = field(default_factory=_trusting)
    resolve: Resolve = socket.getaddrinfo
    connections: Connections = field(default_factory=Connections)

    def check(self, url: str) -> None:
        """Raise DestinationRefusedError for a URL that can be seen to be wrong without looking up its name."""
        self.destinations.read(url)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """Return the answer, whatever its status; raise OutboundError where there is none. A redirect is an answer."""
        target, limits = self.destinations.read(url), limits or self.limits
        deadline = Deadline(limits.total)
        addresses = self._addresses(target)
        said = Said(method, {"Host": target.authority, "User-Agent": USER_AGENT, **(headers or {})}, body)
        kept = self.connections.kept(target, addresses)
        if kept is not None and not deadline.passed:
            # a server may close what it kept open in the moment in which we use it: that is no failure
            with suppress(NoAnswerError):
                return self._exchange(kept, target, said, limits, deadline)
        wire = connect(target, addresses, self.context, limits.connect, deadline)
        return self._exchange(wire, target, said, limits, deadline)

    def fetch_json(self, url: str) -> Any:
        """Return the JSON document behind a URL, or raise OutboundError."""
        answer = self.send("GET", url, headers={"Accept": "application/json"})
        if answer.status != 200 or not answer.whole:
            raise UnusableAnswerError(f"{url} answered {answer.status} with {len(answer.body)} bytes or more.")
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise UnusableAnswerError(f"{url} answered something that is not JSON.") from error

    def close(self) -> None:
        """Close the connections that are kept open."""
        self.connections.close()

    def _addresses(self, target: Target) -> list[Address]:
        """Return the vetted addresses of a host."""
        try:
            found = self.resolve(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UnreachableError(f"{target.host} has no address: {error}.") from error
        addresses = list(dict.fromkeys(read(entry[4][0]) for entry in found))
        if not addresses:
            raise UnreachableError(f"{target.host} has no address.")
        self.destinations.vet(target, addresses)
        return addresses[:MOST_ADDRESSES]

    def _exchange(self, wire: Wire, target: Target, said: Said, limits: Limits, deadline: Deadline) -> Answer:
        """Send and read, and keep the connection where nothing is left to be read."""
        started = monotonic()
        wire.timeout = limits.read
        try:
            with deadline.cuts(wire):
                status, headers, body = said.over(wire, target.path, limits.body + 1)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            wire.close()
            raise _named(error, target, deadline) from error
        if deadline.passed:
            # a header that was cut off reads like its end
            wire.close()
            raise TimedOutError(f"{target.authority} did not answer in time.")
        whole = len(body) <= limits.body
        if whole and wire.sock is not None:
            self.connections.keep(target, wire)
        else:
            wire.close()
        return Answer(status, headers, body[: limits.body], whole, monotonic() - started)


def _named(error: Exception, target: Target, deadline: Deadline) -> OutboundError:
    """Translate what went wrong on the wire."""
    if deadline.passed or isinstance(error, SlowError | TimeoutError):
        return TimedOutError(f"{target.authority} did not answer in time.")
    return NoAnswerError(f"{target.authority} gave no HTTP answer: {type(error).__name__}: {error}")
