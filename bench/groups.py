"""The workloads on groups of a given size."""

from __future__ import annotations

from secrets import token_hex
from typing import ClassVar

from bench import bodies
from bench.judge import document, wanted, wrong_group
from bench.target import Request, Target
from bench.wire import Answer
from bench.workload import Workload


class OnGroup(Workload):
    """A workload on one group of ``size`` members, made when it is first asked for."""

    size: ClassVar[int]

    @classmethod
    def fits(cls, target: Target, users: int) -> bool:  # noqa: ARG003
        """Skip groups with more members than there are users."""
        return cls.size <= users

    def prepare(self) -> None:
        """Make the group, once."""
        if self.size in self.target.groups:
            return
        body = bodies.group(f"Bench {self.size} {token_hex(3)}")
        made = wanted(self.target.call(Request("POST", "/Groups", body)), 201)
        members = [(id_, bodies.display_name(number)) for number, id_ in enumerate(self.target.users[: self.size])]
        self.target.stock.fill(made["id"], members)
        self.target.groups[self.size] = made["id"]

    @property
    def path(self) -> str:
        """Return the path of the group."""
        return f"/Groups/{self.target.groups[self.size]}"

    def wrong(self, request: Request, answer: Answer) -> str | None:  # noqa: ARG002
        """Want the group with all its members."""
        return wrong_group(answer, self.target.groups[self.size], self.size)


class ReadGroup(OnGroup):
    """Read a group without its members, as Entra does."""

    title = "group without members"

    def request(self, connection: int) -> Request:
        """Ask for the group."""
        self.count(connection)
        return Request("GET", f"{self.path}?excludedAttributes=members")

    def wrong(self, request: Request, answer: Answer) -> str | None:  # noqa: ARG002
        """Want the group, and no member."""
        return wrong_group(answer, self.target.groups[self.size], 0)


class ReadWholeGroup(OnGroup):
    """Read a group with all its members."""

    title = "whole group"

    def request(self, connection: int) -> Request:
        """Ask for the group."""
        self.count(connection)
        return Request("GET", self.path)


class ChangeMember(OnGroup):
    """Put a user into a group and take it out again; each connection has a user of its own."""

    title = "one member in or out"

    def _spare(self, connection: int) -> str:
        return self.target.users[-1 - connection]

    def request(self, connection: int) -> Request:
        """Add the user, or remove it."""
        adds, spare = self.count(connection) % 2 == 0, self._spare(connection)
        body = bodies.add_members([(spare, "Come And Go")]) if adds else bodies.remove_member(spare)
        return Request("PATCH", self.path, body)

    def wrong(self, request: Request, answer: Answer) -> str | None:  # noqa: ARG002
        """Want nothing back, or the group."""
        if answer.status == 204:
            return None
        found = document(answer, 200)
        return found if isinstance(found, str) else None

    def finish(self) -> str | None:
        """Count the members, and take out those that are in."""
        inside = [connection for connection, sent in enumerate(self.sent) if sent % 2]
        answer = self.target.call(Request("GET", self.path))
        for connection in inside:
            self.target.call(Request("PATCH", self.path, bodies.remove_member(self._spare(connection))))
        return wrong_group(answer, self.target.groups[self.size], self.size + len(inside))


def sized(kind: type[OnGroup], size: int) -> type[OnGroup]:
    """Return the workload on groups of that size; what grows with the size is asked less often."""
    share = min(1.0, 100 / size) if kind is ReadWholeGroup else 1.0
    return type(f"{kind.__name__}{size}", (kind,), {"size": size, "share": share, "title": f"{kind.title} of {size:,}"})
