"""Other SCIM servers, measured with the same workloads; the benchmark knows them by their URL alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from bench import bodies
from bench.judge import WrongAnswer, wanted
from bench.target import SCIM, Door, Request, Target
from bench.wire import Answer, Line

FORM = re.compile(r"(?P<name>[^=]+)=(?P<url>http://[^,]+),(?P<token>[^,]*)(?:,(?P<pid>\d+))?")
CHUNK = 200


class NotAPeer(Exception):  # noqa: N818 - it is what was given
    """Say how a peer is named."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where another server listens on this machine, and its process if its time is to be read."""

    name: str
    host: str
    port: int
    prefix: str
    token: str
    pid: int | None

    def target(self) -> Target:
        """Return the server, and how many users it has already."""
        target = Target(self.name, (self.host, self.port), {SCIM: Door(self.prefix, self.token)}, foreign=True)
        target.server = [] if self.pid is None else [self.pid]
        target.stock = PeerStock(target)
        target.baseline = int(wanted(target.call(Request("GET", "/Users?startIndex=1&count=1")), 200)["totalResults"])
        return target


def peer(text: str) -> Peer:
    """Read ``NAME=URL,TOKEN[,PID]``; only servers on this machine are asked."""
    found = FORM.fullmatch(text)
    if found is None:
        raise NotAPeer(f"A peer is NAME=http://127.0.0.1:PORT/PATH,TOKEN or the same with ,PID; not {text!r}.")
    url = urlsplit(found["url"])
    host = "127.0.0.1" if url.hostname == "localhost" else url.hostname or ""
    if not _loopback(host):
        raise NotAPeer(f"A peer listens on this machine alone, at 127.0.0.1; not at {host!r}.")
    pid = int(found["pid"]) if found["pid"] else None
    return Peer(found["name"], host, url.port or 80, url.path.rstrip("/"), found["token"], pid)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class PeerStock:
    """Fill a server over its own protocol; users that are there already are used."""

    def __init__(self, target: Target) -> None:
        """Ask ``target``."""
        self._target = target

    def users(self, numbers: range) -> list[str]:
        """Create users, and return their ids in the same order."""
        with closing(self._target.line()) as line:
            return [self._user(line, number) for number in numbers]

    def _user(self, line: Line, number: int) -> str:
        answer = self._ask(line, Request("POST", "/Users", bodies.dumped(bodies.user(number))))
        if answer.status != 409:
            return str(wanted(answer, 201)["id"])
        self._target.baseline -= 1
        condition = quote(f'userName eq "{bodies.user_name(number)}"')
        resources = wanted(self._ask(line, Request("GET", f"/Users?filter={condition}")), 200)["Resources"]
        return str(resources[0]["id"])

    def fill(self, group_id: str, members: Sequence[tuple[str, str]]) -> None:
        """Put members into a group."""
        with closing(self._target.line()) as line:
            for start in range(0, len(members), CHUNK):
                body = bodies.add_members(members[start : start + CHUNK])
                answer = self._ask(line, Request("PATCH", f"/Groups/{group_id}", body))
                if answer.status not in {200, 204}:
                    raise WrongAnswer(f"{self._target.name} adds no members: {answer.status}")

    def _ask(self, line: Line, request: Request) -> Answer:
        return line.ask(self._target.wire(request))
