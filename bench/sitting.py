"""One sitting: floor and service on one database, filled alike, asked in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import Databases, settle
from bench.floor import ROOT as FLOOR_ROOT
from bench.floor import TOKEN
from bench.floor_store import FloorStock
from bench.judge import WrongAnswer
from bench.measure import Load, Measurement, measure
from bench.seed import ServiceStock
from bench.servers import LOOPBACK, floor_command, free_port, service_command, service_settings, serving
from bench.target import SCIM, Door, Target
from bench.wire import BrokenAnswer
from bench.workload import Workload

FLOOR, SERVICE = "floor", "service"
MOST_CONNECTIONS = 16
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how much of it."""

    workloads: dict[str, type[Workload]]
    load: Load = field(default_factory=Load)
    rounds: int = 3
    threads: int = 4
    log_level: str = "info"
    until: float = float("inf")


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of one workload on one side; ``failure`` says why there is no figure."""

    database: str
    users: int
    workload: str
    side: str
    round: int
    measurement: Measurement | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """Where servers are started: the databases, and a folder for what they leave."""

    databases: Databases
    folder: Path
    plan: Plan

    @contextmanager
    def floor(self, kind: str, users: int) -> Iterator[Target]:
        """Run the floor with so many users."""
        port = free_port()
        with self.databases.one(kind, f"floor-{users}") as url, closing(FloorStock(url)) as stock:
            target = Target(FLOOR, (LOOPBACK, port), {SCIM: Door(FLOOR_ROOT, TOKEN)})
            target.stock = stock
            fill(target, users)
            settle(url)
            with self._running(target, kind, floor_command(url, port, self.plan.threads), {}):
                yield target

    @contextmanager
    def service(self, kind: str, users: int) -> Iterator[Target]:
        """Run the service with so many users."""
        port = free_port()
        with self.databases.one(kind, f"service-{users}") as url, closing(ServiceStock(url)) as stock:
            target = Target(SERVICE, (LOOPBACK, port), stock.doors())
            target.stock = stock
            fill(target, users)
            settle(url)
            settings = service_settings(url, self.plan.log_level)
            with self._running(target, kind, service_command(port, self.plan.threads), settings):
                yield target

    @contextmanager
    def _running(self, target: Target, kind: str, command: list[str], settings: dict[str, str]) -> Iterator[None]:
        log = self.folder / f"{target.name}.log"
        with serving(command, settings, target.address[1], log) as pid:
            target.server, target.database = [pid], self.databases.processes(kind)
            yield


def fill(target: Target, users: int) -> None:
    """Bring a target to so many users, and some more that come and go as members."""
    wanted = users + MOST_CONNECTIONS
    while len(target.users) < wanted:
        first = len(target.users)
        target.users += target.stock.users(range(first, min(wanted, first + BATCH)))


def sit(room: Room, kind: str, users: int, peers: list[Target]) -> Iterator[Cell]:
    """Measure each workload round by round, one side after the other."""
    with ExitStack() as stack:
        targets = [stack.enter_context(room.floor(kind, users)), stack.enter_context(room.service(kind, users))]
        for target in peers:
            fill(target, users)
        targets += peers
        for name, workload in room.plan.workloads.items():
            fitting = [target for target in targets if workload.fits(target, users)]
            for number in range(1, room.plan.rounds + 1):
                if time.monotonic() > room.plan.until:
                    return
                for target in fitting:
                    yield _cell(Cell(kind, users, name, target.name, number, None), target, workload, room.plan.load)


def _cell(empty: Cell, target: Target, workload: type[Workload], load: Load) -> Cell:
    about = (empty.database, empty.users, empty.workload, empty.side, empty.round)
    try:
        return Cell(*about, measure(target, workload, load))
    except (WrongAnswer, BrokenAnswer, OSError) as error:
        return Cell(*about, None, str(error) or type(error).__name__)
