"""Measure how soon a receiver holds the signals of a deactivation: `python -m bench.telling`."""

from __future__ import annotations

import json
import signal
import ssl
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from statistics import quantiles
from typing import Any

import click
from sqlalchemy import select

from app.db.engine import open_engine
from app.db.rows import DeliveryRow, OutboxRow
from app.events.streams.channel import PUSH
from app.events.streams.office import StreamOffice
from app.events.streams.wishes import Delivering, Terms, Wish
from app.outbound import Destinations
from app.runtime import EXTENSION
from bench import bodies
from bench.__main__ import Listed, stop
from bench.databases import KINDS, Databases, settle
from bench.machine import facts
from bench.processes import cpu_seconds
from bench.seed import OPERATOR, TENANT, ServiceStock
from bench.servers import LOOPBACK, SERVICE, free_port, running, service_command, service_settings, serving
from bench.target import Request, Target
from bench.wire import Line
from tests.outbound.servers import Authority

AUDIENCE = "https://receiver.example"
CLIENTS = 8
PATIENCE_S = 60.0
WARM = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where one database is measured: the service, the receiver, and what the worker is told."""

    url: str
    target: Target
    receiver: int
    trust: Path
    settings: Mapping[str, str]

    def told(self) -> Any:
        """Return what the receiver has so far."""
        context = ssl.create_default_context(cafile=self.trust)
        with urllib.request.urlopen(f"https://{LOOPBACK}:{self.receiver}/", context=context, timeout=10) as answer:
            return json.load(answer)

    def deactivate(self, numbers: range, rate: float) -> float:
        """Deactivate users at a steady rate, whatever the service makes of it; return how long that took."""
        began = time.monotonic()
        lines: SimpleQueue[Line] = SimpleQueue()
        for _ in range(CLIENTS):
            lines.put(self.target.line())

        def one(turn: int) -> None:
            time.sleep(max(began + turn / rate - time.monotonic(), 0))
            path = f"/Users/{self.target.users[numbers[turn]]}"
            line = lines.get()
            answer = line.ask(self.target.wire(Request("PATCH", path, bodies.activate_as_okta(active=False))))
            lines.put(line)
            if answer.status != 200:
                raise click.ClickException(f"{answer.status}: {answer.body[:300]!r}")

        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(one, range(len(numbers))))
        while not lines.empty():
            lines.get().close()
        return time.monotonic() - began

    def awaited(self, count: int) -> Mapping[str, Sequence[float]]:
        """Wait until so many SETs have arrived, and return the moments of each."""
        deadline = time.monotonic() + PATIENCE_S
        while len((told := self.told())["times"]) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        if told["wrong"]:
            raise click.ClickException(f"The receiver found SETs wrong: {told['wrong'][:3]}")
        times: Mapping[str, Sequence[float]] = told["times"]
        return times

    def changes(self) -> dict[str, float]:
        """Return when each SET's change was made: the moment that is written with it, just before its commit."""
        engine = open_engine(self.url)
        query = select(DeliveryRow.id, OutboxRow.created_at).join(OutboxRow, OutboxRow.seq == DeliveryRow.event_seq)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT set_config('scim_lifecycle.tenant', '1', false)")
            found = {id_: at.timestamp() for id_, at in connection.execute(query)}
        engine.dispose()
        return found


def placed(stack: ExitStack, databases: Databases, folder: Path, kind: str, users: int) -> Place:
    """Fill a database, and start the service, the receiver and a stream between them."""
    port, receiver = free_port(), free_port()
    url = stack.enter_context(databases.one(kind, "telling"))
    stock = stack.enter_context(closing(ServiceStock(url)))
    target = Target("service", (LOOPBACK, port), stock.doors())
    target.users = stock.users(range(users))
    authority = Authority(folder)
    authority.trusting()
    authority.serving(LOOPBACK)
    origin = f"http://{LOOPBACK}:{port}"
    more = {"PUBLIC_URL": origin, "OUTBOUND_ALLOW": "127.0.0.0/8:*"}
    settings = service_settings(url, "warning") | {f"SCIM_LIFECYCLE_{name}": value for name, value in more.items()}
    settings["SSL_CERT_FILE"] = str(folder / "root.pem")
    certificate = str(folder / f"{LOOPBACK}.pem")
    issuer = f"{origin}/t/{TENANT}"
    command = [sys.executable, "-m", "bench.receiver", str(receiver), certificate, issuer, AUDIENCE]
    stack.enter_context(running(command, {}, folder / "receiver.log"))
    runtime = stock.app.extensions[EXTENSION]
    office = StreamOffice.of(runtime, stock.tenant.id, TENANT, OPERATOR)
    office = replace(office, destinations=Destinations.of(["127.0.0.0/8:*"], (443,)))
    office.create(Wish(Delivering(PUSH, f"https://{LOOPBACK}:{receiver}/")), Terms(None, [AUDIENCE]))
    settle(url)
    target.server = [stack.enter_context(serving(service_command(port, 4), settings, port, folder / "service.log"))]
    return Place(url, target, receiver, folder / "root.pem", settings)


def measured(databases: Databases, kind: str, rate: float, seconds: float) -> str:
    """Deactivate for a while, and say how soon the receiver knew."""
    count = round(rate * seconds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scim-bench-")))
        place = placed(stack, databases, folder, kind, count + WARM)
        command = [sys.executable, "-c", SERVICE, "worker"]
        worker = stack.enter_context(running(command, place.settings, folder / "worker.log"))
        place.deactivate(range(WARM), 10)
        warm = set(place.awaited(2 * WARM))
        used = cpu_seconds([worker.pid])
        took = place.deactivate(range(WARM, count + WARM), rate)
        arrived = place.awaited(2 * (count + WARM))
        used = cpu_seconds([worker.pid]) - used
        changes = place.changes()
    return f"| {kind} | {count / took:.0f} | {_row(arrived, warm, changes)} | {1000 * used / count / 2:.2f} ms |"


def _row(arrived: Mapping[str, Sequence[float]], warm: set[str], changes: Mapping[str, float]) -> str:
    """Return how many came, how late, how many were lost, and how many came twice."""
    late = [min(moments) - changes[jti] for jti, moments in arrived.items() if jti not in warm]
    cuts = quantiles(late, n=100)
    times = [f"{1000 * each:.0f} ms" for each in (cuts[49], cuts[94], cuts[98], max(late))]
    again = sum(len(moments) - 1 for moments in arrived.values())
    return " | ".join([f"{len(late)}", *times, f"{len(changes) - len(arrived)}", f"{again}"])


def report(kinds: Sequence[str], rate: float, seconds: float) -> Iterator[str]:
    """Yield the lines of the table."""
    for name, value in facts().items():
        yield f"- {name}: {value}"
    yield "\n| database | changes a second | SETs | p50 | p95 | p99 | longest | lost | twice | worker's CPU a SET |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory(prefix="scim-bench-") as folder, closing(Databases(Path(folder))) as databases:
        for kind in kinds:
            yield measured(databases, kind, rate, seconds)


@click.command(context_settings={"show_default": True})
@click.option("--databases", type=Listed(), default=",".join(KINDS), help="Which databases.")
@click.option("--rate", type=click.FloatRange(0.1, 1000), default=100.0, help="Deactivations a second.")
@click.option("--seconds", type=click.FloatRange(1, 600), default=20.0, help="For how long.")
def main(databases: list[str], rate: float, seconds: float) -> None:
    """Deactivate users over SCIM, and measure until a receiver on TLS has verified the signals of each."""
    signal.signal(signal.SIGTERM, stop)
    for line in report(databases, rate, seconds):
        click.echo(line)


if __name__ == "__main__":
    main()
