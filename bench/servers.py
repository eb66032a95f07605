"""Start the floor and the service as an operator would, and stop them whatever happens."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.seed import SECRET
from bench.wire import BrokenAnswer, Line

ROOT = Path(__file__).parents[1]
LOOPBACK = "127.0.0.1"
SERVICE = "from app.cli import main; main()"
PATIENCE_S = 60
SERVER_ERROR = 500
LONGEST_S = 4 * 60 * 60
"""After this a server ends by itself, even if whoever started it was killed."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


def floor_command(database_url: str, port: int, threads: int) -> list[str]:
    """Return how the floor is started."""
    return [sys.executable, "-m", "bench.floor_server", database_url, str(port), str(threads)]


def service_command(port: int, threads: int) -> list[str]:
    """Return how the service is started."""
    options = ["--host", LOOPBACK, "--port", str(port), "--workers", "1", "--threads", str(threads)]
    return [sys.executable, "-c", SERVICE, "serve", *options]


def service_settings(database_url: str, log_level: str) -> dict[str, str]:
    """Return what the service is told by its environment; all else but the throttle is as shipped."""
    told = {"DATABASE_URL": database_url, "SECRET_KEYS": SECRET, "LOG_LEVEL": log_level}
    # a single connection asks as fast as it can
    told |= {"THROTTLE_CONNECTION_RATE": "0", "THROTTLE_TENANT_RATE": "0"}
    return {f"SCIM_LIFECYCLE_{name}": value for name, value in told.items()}


@contextmanager
def serving(command: Sequence[str], settings: Mapping[str, str], port: int, log: Path) -> Iterator[int]:
    """Run a server until the block ends, and give its process."""
    with running(command, settings, log) as process:
        _wait(process, port, log)
        yield process.pid


@contextmanager
def running(command: Sequence[str], settings: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SCIM_LIFECYCLE_", "PROMETHEUS"))}
    environment = {**ours, **settings, "PYTHONPATH": str(ROOT)}
    bounded = ["timeout", "--kill-after=10", str(LONGEST_S), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            bounded, cwd=log.parent, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server does not answer:\n{log.read_text(errors='replace')}")


def _answers(port: int) -> bool:
    try:
        line = Line((LOOPBACK, port), PATIENCE_S)
    except OSError:
        return False
    try:
        return line.ask(f"GET /healthz HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n\r\n".encode()).status < SERVER_ERROR
    except (BrokenAnswer, OSError):
        return False
    finally:
        line.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
