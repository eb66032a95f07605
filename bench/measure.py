"""Run one workload once on one target, and tell what it has cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.drive import Limit, Run, drive
from bench.processes import cpu_seconds
from bench.target import Target
from bench.workload import Workload

WARM_UP = 0.1
LEAST_WARM_UP = 2


@dataclass(frozen=True, slots=True)
class Load:
    """How much to ask: requests a run, over how many connections, for how long at most."""

    requests: int = 1000
    connections: int = 4
    seconds: float = 20.0

    def limit(self, share: float) -> Limit:
        """Return when to stop a workload of which a share of the requests is enough."""
        return Limit(max(self.connections, round(self.requests * share)), self.seconds)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a run has cost in milliseconds a request: of the server's and the database's processors, and of waiting."""

    requests: int
    server_ms: float | None
    database_ms: float | None
    requests_a_second: float
    median_ms: float
    slowest_ms: float
    wrong: dict[str, int] = field(default_factory=dict)

    @property
    def cpu_ms(self) -> float | None:
        """Return what server and database have cost together."""
        return None if self.server_ms is None else self.server_ms + (self.database_ms or 0.0)

    def told(self) -> dict[str, Any]:
        """Return all of it, for a file."""
        facts = {name: getattr(self, name) for name in (*self.__slots__, "cpu_ms")}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in facts.items()}


def measure(target: Target, kind: type[Workload], load: Load) -> Measurement:
    """Warm a target up, run the workload, and check what it has left behind."""
    limit = load.limit(kind.share)
    warming = Limit(max(LEAST_WARM_UP, round(limit.requests * WARM_UP)), load.seconds)
    workload = kind.of(target, load.connections, limit.requests + warming.requests)
    workload.prepare()
    drive(target, workload, warming, load.connections)
    server, database = cpu_seconds(target.server), cpu_seconds(target.database)
    run = drive(target, workload, limit, load.connections)
    server, database = cpu_seconds(target.server) - server, cpu_seconds(target.database) - database
    if wrong := workload.finish():
        run.wrong[wrong] += 1
    return _measurement(target, run, server, database)


def _measurement(target: Target, run: Run, server: float, database: float) -> Measurement:
    waited = sorted(run.latencies)
    asked = max(1, len(waited))
    return Measurement(
        requests=len(waited),
        server_ms=1000 * server / asked if target.server else None,
        database_ms=1000 * database / asked if target.database else None,
        requests_a_second=asked / run.seconds,
        median_ms=1000 * waited[asked // 2] if waited else 0.0,
        slowest_ms=1000 * waited[-1] if waited else 0.0,
        wrong=dict(run.wrong),
    )
