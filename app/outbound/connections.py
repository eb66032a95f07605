"""Open connections to vetted addresses, keep them for a while, and cut them at the deadline."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from os import getpid
from threading import Lock, Thread
from time import monotonic, sleep
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
LOOK_EVERY = 0.1


class Watch:
    """Hang up whatever takes too long: one thread for all, since to start one for each request costs more than most.

    It looks ten times a second, while anything is under way.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._begun: dict[int, tuple[float, socket.socket]] = {}
        self._lock = Lock()
        self._watcher: int | None = None

    def begin(self, wire: socket.socket, end: float) -> int:
        """Watch a connection until ``end``, and return the number under which that is done."""
        number = next(self._numbers)
        with self._lock:
            self._begun[number] = end, wire
            # a thread does not follow its process into a fork
            known, self._watcher = self._watcher, getpid()
        if known != self._watcher:
            Thread(target=self._watch, name="deadlines", daemon=True).start()
        return number

    def end(self, number: int) -> None:
        """Watch it no more."""
        with self._lock:
            self._begun.pop(number, None)

    def _watch(self) -> None:
        idle_since = monotonic()
        while True:
            sleep(LOOK_EVERY)
            now = monotonic()
            with self._lock:
                late = [number for number, (end, _) in self._begun.items() if end <= now]
                wires = [self._begun.pop(number)[1] for number in late]
                idle_since = now if self._begun or wires else idle_since
                if now - idle_since > LONGEST_IDLE:
                    self._watcher = None
                    return
            for wire in wires:
                _hang_up(wire)


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
        if wire.sock is None:
            yield
            return
        number = _WATCH.begin(wire.sock, self._end)
        try:
            yield
        finally:
            _WATCH.end(number)


_WATCH = Watch()


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
