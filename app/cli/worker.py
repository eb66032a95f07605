"""Tell events and do what is due by time."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from app.cli.desk import opened, prepare
from app.config import load

if TYPE_CHECKING:
    from app.events.worker import Worker
    from app.runtime import Runtime

THREADS = 32


@click.command(
    help="Tell webhooks what happened, and do what is due by time. On PostgreSQL run as many as you like; "
    "on SIGTERM what is being sent is sent to its end."
)
@click.option("--threads", type=click.IntRange(1, 512), default=THREADS, show_default=True, help="Sending at once.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Where to serve /metrics, on this machine alone.")
def command(threads: int, metrics_port: int | None) -> None:
    """Work until told to stop."""
    from prometheus_client import start_http_server

    from app.telemetry import configure

    settings = load()
    configure(settings)
    prepare(settings)
    if metrics_port:
        start_http_server(metrics_port, "127.0.0.1")
    with opened(settings) as runtime:
        worker = hired(runtime, threads)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()


def hired(runtime: Runtime, threads: int = THREADS) -> Worker:
    """Return a worker that knows all channels and chores."""
    from app.chores import CHORES
    from app.events.channels import channels
    from app.events.engine import Engine
    from app.events.worker import Worker

    return Worker(runtime, Engine.of(runtime, channels(runtime)), CHORES, threads)
