"""What every workload is: requests, and a verdict on each answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from bench.target import Request, Target
from bench.wire import Answer

STRIDE = 7919
"""A prime, so that consecutive requests touch users far apart."""


class Workload(ABC):
    """One run of one kind of request; ``share`` is the part of the usual number of requests that is enough."""

    title: ClassVar[str]
    share: ClassVar[float] = 1.0

    def __init__(self, target: Target, connections: int, requests: int) -> None:
        """Prepare to send so many requests, over so many connections, to a target."""
        self.target = target
        self.connections = connections
        self.requests = requests
        self.sent = [0] * connections

    @classmethod
    def fits(cls, target: Target, users: int) -> bool:  # noqa: ARG003
        """Tell whether a target with so many users can be asked this."""
        return True

    @classmethod
    def of(cls, target: Target, connections: int, requests: int) -> Workload:
        """Return what is run on a target."""
        return cls(target, connections, requests)

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Bring the target into the state from which to measure."""

    @abstractmethod
    def request(self, connection: int) -> Request | None:
        """Return the next request of a connection, None when there is nothing left to ask."""

    @abstractmethod
    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Tell what is wrong with an answer."""

    def finish(self) -> str | None:
        """Leave the target as it was, and tell what is wrong with the state it is in."""
        return None

    def count(self, connection: int) -> int:
        """Return how many requests the connection has sent, and count one more."""
        self.sent[connection] += 1
        return self.sent[connection] - 1

    def pick(self, connection: int, turn: int) -> int:
        """Return the number of a user that no other connection touches, spread over all of them."""
        users = len(self.target.users) // self.connections * self.connections
        return (turn * self.connections * STRIDE + connection) % users
