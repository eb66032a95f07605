"""Tell events when rung for through a broker."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from app.cli.counts import shared_counts
from app.cli.desk import prepare
from app.cli.worker import broker_of, engine_of
from app.config import load

if TYPE_CHECKING:
    from app.events.engine import Engine

QUEUES = ["healthy", "failing"]
PROCESSES = 8


@click.command(
    help="Tell webhooks what happened when `scim-lifecycle worker --executor celery` rings for it. Run as many as you "
    "like, and let them be started again when they end: that is what they do when the broker goes away."
)
@click.option("--processes", type=click.IntRange(1, 256), default=PROCESSES, show_default=True, help="Sending at once.")
@click.option("--queue", "queues", type=click.Choice(QUEUES), multiple=True, default=QUEUES, show_default=True,
              help="Endpoints that work, or those whose last try failed.")  # fmt: skip
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Where to serve /metrics, on this machine alone.")
def command(processes: int, queues: tuple[str, ...], metrics_port: int | None) -> None:
    """Drain until told to stop."""
    settings = load()
    broker_url = broker_of(settings)
    with shared_counts() if metrics_port else nullcontext():
        # the folder of shared counts is looked for when the library is imported
        from app.events.broker import FAILING, HEALTHY
        from app.events.executor import Executor
        from app.telemetry import configure, serve_counts

        configure(settings)
        prepare(settings)
        if metrics_port:
            serve_counts(metrics_port)
        names = dict(zip(QUEUES, (HEALTHY, FAILING), strict=True))
        code = Executor(_hired).run(broker_url, [names[queue] for queue in queues], processes)
    sys.exit(code)


def _hired() -> Engine:
    """Return the engine of a process that was just forked."""
    from app.wiring import open_runtime

    return engine_of(open_runtime(load()))
