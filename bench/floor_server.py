"""Serve the floor with the gunicorn and the options of the service: `python -m bench.floor_server URL PORT THREADS`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from app.cli.server import options
from bench.floor import create_floor


class Server(BaseApplication):  # type: ignore[misc]
    """Run gunicorn with the options of the service, and another application."""

    def __init__(self, application: Callable[[], WSGIApplication], port: int, threads: int) -> None:
        """Build the application in the one worker."""
        self._application = application
        self._chosen = options("127.0.0.1", port, 1, threads)
        super().__init__()

    def load_config(self) -> None:
        """Hand over the options."""
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Build the application in the worker."""
        return self._application()


if __name__ == "__main__":
    _, database, port, threads = sys.argv
    Server(lambda: create_floor(database), int(port), int(threads)).run()
