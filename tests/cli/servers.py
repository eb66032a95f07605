"""Real servers for tests: a process of ours, its port, and what it printed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALL = [sys.executable, "-c", "from app.cli import main; main()"]
PATIENCE_S = 60


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with settings of ours and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCIM_", "PROMETHEUS_"))}
    return kept | {"PYTHONPATH": str(ROOT)} | {f"SCIM_LIFECYCLE_{name}": value for name, value in settings.items()}


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*CALL, *arguments],
        check=False,
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[str]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        """Return its standard output so far."""
        return (self.folder / "stdout").read_text()

    @property
    def logged(self) -> str:
        """Return its standard error so far."""
        return (self.folder / "stderr").read_text()

    def get(self, path: str, token: str = "") -> tuple[int, str]:
        """Return the status and the body of an answer."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self) -> int:
        """End it as a platform does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(folder: Path, call: list[str], port: int, settings: Mapping[str, str]) -> Iterator[Server]:
    """Start a server, wait until it answers, and stop it."""
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        process = subprocess.Popen(
            call, cwd=folder, env=environment(**settings), stdout=out, stderr=err, text=True, process_group=0
        )
    server = Server(process, port, folder)
    try:
        _wait(server)
        yield server
    finally:
        server.stop()


def _wait(server: Server) -> None:
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience and server.process.poll() is None:
        try:
            if server.get("/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server does not answer:\n{server.logged}")
