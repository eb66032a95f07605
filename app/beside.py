"""What goes on beside the requests of a process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread


def every(interval: float, do: Callable[[], None], name: str, stop: Event | None = None) -> Thread:
    """Do something each ``interval`` seconds, until the process ends or ``stop`` is set."""
    stop = stop or Event()

    def run() -> None:
        while not stop.wait(interval):
            do()

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
