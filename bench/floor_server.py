"""Serve the floor with the gunicorn and the options of the service: `python -m bench.floor_server URL PORT THREADS`."""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from app.cli.server import options
from bench.floor import create_floor


class FloorServer(BaseApplication):  # type: ignore[misc]
    """Run gunicorn with the options of the service, and another application."""

    def __init__(self, url: str, chosen: dict[str, Any]) -> None:
        self._url = url
        self._chosen = chosen
        super().__init__()

    def load_config(self) -> None:
        """Hand over the options."""
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the worker."""
        return create_floor(self._url)


if __name__ == "__main__":
    _, database, port, threads = sys.argv
    FloorServer(database, options("127.0.0.1", int(port), 1, int(threads))).run()
