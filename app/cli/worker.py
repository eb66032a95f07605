"""Tell events and do what is due by time."""

from __future__ import annotations

import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from app.cli.desk import opened, prepare
from app.cli.faults import CommandError
from app.config import Settings, load

if TYPE_CHECKING:
    from app.events.engine import Engine
    from app.events.worker import Worker
    from app.runtime import Runtime

THREADS = 32


@click.command(
    help="Tell webhooks what happened, and do what is due by time. On PostgreSQL run as many as you like; "
    "on SIGTERM what is being sent is sent to its end. With --executor celery the telling is done by "
    "`scim-lifecycle drain` processes, which are rung for through a broker."
)
@click.option("--executor", type=click.Choice(["builtin", "celery"]), default="builtin", show_default=True)
@click.option("--threads", type=click.IntRange(1, 512), default=THREADS, show_default=True, help="Sending at once.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Where to serve /metrics, on this machine alone.")
def command(executor: str, threads: int, metrics_port: int | None) -> None:
    """Work until told to stop."""
    from app.telemetry import configure, serve_counts

    settings = load()
    broker_url = broker_of(settings) if executor == "celery" else None
    configure(settings)
    prepare(settings)
    if metrics_port:
        serve_counts(metrics_port)
    with opened(settings) as runtime:
        worker = ringing(runtime, broker_url) if broker_url else hired(runtime, threads)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()


def hired(runtime: Runtime, threads: int = THREADS) -> Worker:
    """Return a worker that knows all channels and chores."""
    from app.chores import CHORES
    from app.events.worker import Worker

    return Worker(runtime, engine_of(runtime), CHORES, threads)


def ringing(runtime: Runtime, broker_url: str) -> Worker:
    """Return a worker that lets others drain."""
    from app.chores import CHORES
    from app.events.broker import Doorbells
    from app.events.dispatcher import Dispatcher

    return Dispatcher(runtime, engine_of(runtime), Doorbells(broker_url), CHORES)


def engine_of(runtime: Runtime) -> Engine:
    """Return an engine that knows all channels."""
    from app.events.channels import channels
    from app.events.engine import Engine

    return Engine.of(runtime, channels(runtime))


def broker_of(settings: Settings) -> str:
    """Return the URL of the broker, where there can be one."""
    if find_spec("celery") is None:
        raise CommandError("Celery is not installed; run: pip install 'scim-lifecycle[celery]'")
    if settings.on_sqlite:
        raise CommandError("Telling through a broker needs PostgreSQL: set SCIM_LIFECYCLE_DATABASE_URL.")
    if settings.broker_url is None:
        raise CommandError("Set SCIM_LIFECYCLE_BROKER_URL to amqp://USER:PASSWORD@HOST/VHOST or redis://HOST/NUMBER.")
    return settings.broker_url
