"""A server under measurement: its doors, its processes, and what the benchmark has put into it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, Protocol

from bench.wire import Answer, Line

SCIM, ENTRA, HOST = "scim", "entra", "host"
MEDIA_TYPE = "application/scim+json"
FIRST_OF_EXTRAS = 50_000_000
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request; ``path`` follows the prefix of its door, ``about`` is for whoever judges the answer."""

    method: str
    path: str
    body: bytes = b""
    about: Any = None
    door: str = SCIM
    media_type: str = MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Door:
    """Where a kind of request goes, and the token it shows."""

    prefix: str
    token: str


class Stock(Protocol):
    """What fills a server before it is measured."""

    def users(self, numbers: range) -> list[str]:
        """Create users, and return their ids in the same order."""

    def fill(self, group_id: str, members: Sequence[tuple[str, str]]) -> None:
        """Put members, ``(id, display)``, into a group."""


@dataclass
class Target:
    """A server, what it was filled with, and what has come on top; ``foreign`` ones may lack what is ours."""

    name: str
    address: tuple[str, int]
    doors: dict[str, Door]
    stock: Stock = field(init=False)
    server: Sequence[int] = ()
    database: Sequence[int] = ()
    foreign: bool = False
    baseline: int = 0
    users: list[str] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)
    extras: deque[str] = field(default_factory=deque)
    numbers: count[int] = field(default_factory=lambda: count(FIRST_OF_EXTRAS))

    @property
    def total(self) -> int:
        """Return how many users the server must count."""
        return self.baseline + len(self.users) + len(self.extras)

    def wire(self, request: Request) -> bytes:
        """Return a request as it is sent."""
        head = f"{request.method} {self.door(request).prefix}{request.path} HTTP/1.1\r\n{self._headers[request.door]}"
        if request.body:
            head += f"Content-Type: {request.media_type}\r\nContent-Length: {len(request.body)}\r\n"
        return f"{head}\r\n".encode() + request.body

    def call(self, request: Request) -> Answer:
        """Ask outside of what is measured."""
        with closing(self.line()) as line:
            return line.ask(self.wire(request))

    def line(self) -> Line:
        """Return a new connection."""
        return Line(self.address, PATIENCE_S)

    def door(self, request: Request) -> Door:
        """Return where a request goes; servers with one door get all at that one."""
        return self.doors.get(request.door) or self.doors[SCIM]

    @cached_property
    def _headers(self) -> dict[str, str]:
        host = f"{self.address[0]}:{self.address[1]}"
        doors = {name: self.doors.get(name) or self.doors[SCIM] for name in (SCIM, ENTRA, HOST)}
        return {name: f"Host: {host}\r\nAuthorization: Bearer {door.token}\r\n" for name, door in doors.items()}
