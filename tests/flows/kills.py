"""Kill everything again and again while changes are told; `python -m tests.flows.kills --help` says how."""

import argparse
import platform
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db.migrate import upgrade
from tests.brokers import Broker, brokering
from tests.flows.hands import BUILTIN, CELERY, Hands, working
from tests.flows.hosts import hosting
from tests.flows.ordeal import Ordeal, Size
from tests.flows.server import serving
from tests.flows.tenants import take_in
from tests.postgres import Run

AWAY_S = 2.0
UNBRAKED = {"mass_change": {"deletions": "off"}}
"""Nobody is there to approve that hundreds are deleted."""


@dataclass(frozen=True)
class Case:
    """What is run on what, and what fails in the middle: the ``database``, the ``broker``, or nothing more."""

    database: str
    broker: str | None = None
    outage: str | None = None


def endure(case: Case, size: Size, folder: Path) -> str:
    """Run a case, fail for anything lost, made up or out of order, and return the figures."""
    began = time.monotonic()
    with ExitStack() as stack:
        run = stack.enter_context(_private_run()) if case.database == "postgresql" else None
        url = stack.enter_context(run.database()) if run else f"sqlite:///{folder / 'scim.sqlite'}"
        upgrade(url)
        broker = stack.enter_context(brokering(case.broker, folder / case.broker)) if case.broker else None
        server = stack.enter_context(serving(url, folder / "server.log", workers=1))
        acme = take_in(url, scim=UNBRAKED)
        hosts = stack.enter_context(hosting(url, acme.id, size.receivers, size.moodiness))
        hands = Hands(url, folder / "worker.log", CELERY if broker else BUILTIN, broker.url if broker else "")
        stack.enter_context(working(hands))
        ordeal = Ordeal(server, hands, acme, size, _outage(case, run, broker))
        ordeal.go()
        waited = ordeal.settle()
        events, told, repeats = ordeal.judge(hosts)
        ended = hands.dismiss()
        # one that was still starting ends by the signal itself
        assert set(ended) <= {0, -signal.SIGTERM}, (ended, hands.log.read_text()[-5000:])
        on = ", ".join([run.source.label if run and run.source else "SQLite", *([broker.version] if broker else [])])
    return (
        f"{on}: {ordeal.written} changes, {events} events, {size.receivers} receivers, {told} told; "
        f"{ordeal.rounds} kills of the server, {ordeal.worker_kills} of workers, "
        f"{f'the {case.outage} killed once' if case.outage else 'nothing else killed'}, "
        f"{hands.started_anew} workers started again after they had ended by themselves; "
        f"0 lost, 0 without a change, 0 out of order, {repeats} repeats with the same id; "
        f"{time.monotonic() - began:.0f} s in all, the last {waited:.0f} s for the backlog"
    )


def _outage(case: Case, run: Run | None, broker: Broker | None) -> Callable[[], None] | None:
    """Return what kills something and starts it again."""
    if case.outage == "database" and run:
        return run.restart
    if case.outage == "broker" and broker:
        return lambda: _cut(broker)
    return None


def _cut(broker: Broker) -> None:
    broker.kill()
    time.sleep(AWAY_S)
    broker.start()


@contextmanager
def _private_run() -> Iterator[Run]:
    """Lend a PostgreSQL that nobody else uses, so that it can be killed."""
    run = Run.begin()
    try:
        yield run
    finally:
        run.end()


def main() -> None:
    """Run one case in the size that the arguments say, and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.flows.kills", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--executor", choices=["builtin", "celery"], default="builtin")
    parser.add_argument("--broker", choices=["rabbitmq", "redis"], default="rabbitmq", help="for celery")
    parser.add_argument("--outage", choices=["database", "broker"], help="what else is killed, in the middle")
    for name, default in (("rounds", Size.rounds), ("changes", Size.changes), ("receivers", Size.receivers)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    case = Case(given.database, given.broker if given.executor == "celery" else None, given.outage)
    with tempfile.TemporaryDirectory(prefix="scim-kills-") as folder:
        figures = endure(case, Size(given.rounds, given.changes, given.receivers), Path(folder))
    print(f"Python {platform.python_version()}, {figures}")  # noqa: T201 - this is what the command is for


if __name__ == "__main__":
    main()
