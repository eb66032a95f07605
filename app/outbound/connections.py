"""Open connections to vetted addresses, keep them for a while, and cut them at the deadline."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Timer
from time import monotonic
from typing import TypeAlias

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from app.outbound.addresses import Address
from app.outbound.destinations import Target
from app.outbound.faults import TimedOutError, UnreachableError

Wire: TypeAlias = HTTPConnection
Key: TypeAlias = tuple[str, str, str]
LONGEST_IDLE = 20.0
MOST_IDLE = 64


class Deadline:
    """The moment at which a whole exchange must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Return the seconds that remain."""
        return self._end - monotonic()

    @property
    def passed(self) -> bool:
        """Tell whether it is too late."""
        return self.left <= 0

    @contextmanager
    def cuts(self, wire: Wire) -> Iterator[None]:
        """Hang up at the deadline, which timeouts of single reads do not keep."""
        timer = Timer(max(self.left, 0), _hang_up, [wire.sock])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@dataclass(frozen=True, slots=True)
class Connections:
    """Open connections, and keep those that a server leaves open."""

    _idle: dict[Key, tuple[float, Wire]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def kept(self, target: Target, addresses: Sequence[Address]) -> Wire | None:
        """Return an open connection to one of the addresses, if there is one."""
        for address in addresses:
            with self._lock:
                since, wire = self._idle.pop(_key(target, str(address)), (0.0, None))
            if wire is not None:
                if wire.is_connected and monotonic() - since < LONGEST_IDLE:
                    return wire
                wire.close()
        return None

    def keep(self, target: Target, wire: Wire) -> None:
        """Keep a connection for the next request, in place of the one that was unused for longest."""
        key = _key(target, wire.host)
        with self._lock:
            oldest = next(iter(self._idle)) if len(self._idle) >= MOST_IDLE else key
            _, surplus = self._idle.pop(oldest, (0.0, None))
            self._idle[key] = (monotonic(), wire)
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            for _, wire in self._idle.values():
                wire.close()
            self._idle.clear()


def connect(
    target: Target, addresses: Sequence[Address], context: ssl.SSLContext, timeout: float, deadline: Deadline
) -> Wire:
    """Connect to the first of the vetted addresses that takes it; the certificate must be the name's."""
    problems = []
    for address in addresses:
        if deadline.passed:
            break
        wire = _wire(target, str(address), context)
        wire.timeout = min(timeout, deadline.left)
        try:
            wire.connect()
        except (HTTPError, OSError) as error:
            wire.close()
            problems.append(f"{address}: {error}")
        else:
            return wire
    if deadline.passed:
        raise TimedOutError(f"{target.authority} took too long to connect to. {'; '.join(problems)}")
    raise UnreachableError(f"{target.authority} cannot be connected to. {'; '.join(problems)}")


def _wire(target: Target, address: str, context: ssl.SSLContext) -> Wire:
    if target.scheme == "http":
        return HTTPConnection(address, target.port)
    return HTTPSConnection(address, target.port, server_hostname=target.host, ssl_context=context)


def _key(target: Target, address: str) -> Key:
    return target.scheme, target.authority, address


def _hang_up(wire: socket.socket) -> None:
    """Shut the socket itself, under whatever TLS another thread is just reading."""
    with suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
