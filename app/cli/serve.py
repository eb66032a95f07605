"""Serve the application."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from app.cli.desk import prepare
from app.config import Settings, load

THREADS = 8
MOST_WORKERS = 4


def serving_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of everything that serves."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    for option in (
        click.option(
            "--threads", type=click.IntRange(1, 256), default=THREADS, show_default=True, help="In a process."
        ),
        click.option("--workers", type=click.IntRange(1, 256), default=workers, show_default=True, help="Processes."),
        click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True),
        click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
    ):
        function = option(function)
    return function


def seen_at(settings: Settings, host: str, port: int) -> Settings:
    """Let links lead to where we listen, unless the operator said where the world sees us."""
    if "public_url" in settings.model_fields_set:
        return settings
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return settings.model_copy(update={"public_url": f"http://{name}:{port}"})


@click.command(help="Serve the application. SQLite is upgraded first; other databases: scim-lifecycle db upgrade.")
@serving_options
def command(host: str, port: int, workers: int, threads: int) -> None:
    """Serve until told to stop; SIGTERM lets requests end."""
    settings = seen_at(load(), host, port)
    prepare(settings)
    serve(settings, host, port, workers, threads)


def serve(settings: Settings, host: str, port: int, workers: int, threads: int) -> None:
    """Hand over to gunicorn."""
    from app.cli.server import options, run

    run(settings, options(host, port, workers, threads))
