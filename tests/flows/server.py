"""Run the real server as its operators do, ask it over HTTP, and kill it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import orjson

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-c", "from app.cli import main; main()")
PATIENCE_S = 90


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP, and between which moments it must have been decided."""

    status: int
    body: Any
    asked: float
    answered: float


@dataclass
class Server:
    """A server on a free port; ``log`` gathers what it says."""

    database_url: str
    log: Path
    workers: int = 2
    threads: int = 8
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.port = self.port or free_port()
        options = {"--port": self.port, "--workers": self.workers, "--threads": self.threads}
        command = [*CLI, "serve", *(str(part) for option in options.items() for part in option)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=ROOT, env=environment(self.database_url), start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._healthy():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _healthy(self) -> bool:
        with suppress(OSError, http.client.HTTPException), Line(self.port) as line:
            return line.ask("GET", "/healthz").status == 200
        return False

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it end calmly."""
        self._end(signal.SIGTERM)

    def _end(self, signal_number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                if signal_number == signal.SIGKILL:
                    os.killpg(self.process.pid, signal_number)
                else:
                    self.process.send_signal(signal_number)
            self.process.wait(PATIENCE_S)
            self.process = None


@dataclass
class Line:
    """One client's connection, kept alive between requests."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, json: Any = None, form: Mapping[str, str] | None = None) -> Answer:
        """Send a request and read the answer; a connection that ends in between raises."""
        body, headers = None, dict(self.headers)
        if json is not None:
            body, headers["Content-Type"] = orjson.dumps(json), "application/json"
        elif form is not None:
            body, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        asked = time.monotonic()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        return Answer(response.status, orjson.loads(text) if text else None, asked, time.monotonic())


@contextmanager
def serving(database_url: str, log: Path, *, workers: int = 2, threads: int = 8) -> Iterator[Server]:
    """Serve a migrated database while the block runs."""
    server = Server(database_url, log, workers, threads)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def command(database_url: str, *arguments: str) -> Any:
    """Run a command of the command line and return the object it prints."""
    done = subprocess.run(
        [*CLI, *arguments, "--json"], cwd=ROOT, env=environment(database_url), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return orjson.loads(done.stdout)


def environment(database_url: str) -> dict[str, str]:
    """Return the settings of a server on that database."""
    return {
        **os.environ,
        "SCIM_LIFECYCLE_DATABASE_URL": database_url,
        "SCIM_LIFECYCLE_SECRET_KEYS": "0123456789abcdef" * 4,
        "SCIM_LIFECYCLE_LOG_LEVEL": "warning",
        "SCIM_LIFECYCLE_THROTTLE_CONNECTION_RATE": "0",
        "SCIM_LIFECYCLE_THROTTLE_TENANT_RATE": "0",
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def heard(port: int) -> bool:
    """Tell whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
