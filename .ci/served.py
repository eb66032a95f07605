"""Serve a database through the command line, as operators do, and speak to what is served."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tally import Tally, run

PATIENCE = 60
UNCOUNTED = ("CONNECTION_RATE", "TENANT_RATE", "FAILURES_PER_MINUTE")  # suites send as fast as they can, tokens or none


@dataclass(frozen=True)
class Server:
    """A running server and the command line that looks after it."""

    environment: dict[str, str]
    folder: Path

    def command(self, *arguments: str) -> str:
        """Run `scim-lifecycle` and return what it printed."""
        done = run("scim-lifecycle", *arguments, env=self.environment, cwd=self.folder)
        if done.returncode:
            raise SystemExit(f"scim-lifecycle {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def connect(self, tenant: str, *dialects: str) -> list[tuple[str, str]]:
        """Make a tenant with a connection of each dialect, and return their base URLs and tokens."""
        self.command("tenant", "create", tenant, "--json")
        return [self._connection(tenant, dialect) for dialect in dialects]

    def _connection(self, tenant: str, dialect: str) -> tuple[str, str]:
        options = ["--tenant", tenant, "--name", f"{dialect} suite", "--dialect", dialect, "--json"]
        made = json.loads(self.command("connection", "create", *options))
        return made["base_url"], made["token"]


@contextmanager
def serving(database_url: str, folder: Path, tally: Tally) -> Iterator[Server]:
    """Serve on a free port with an upgraded database; a traceback in the log or an unclean end is a failure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    ours = {"SCIM_LIFECYCLE_DATABASE_URL": database_url, "SCIM_LIFECYCLE_PUBLIC_URL": url}
    ours |= {f"SCIM_LIFECYCLE_THROTTLE_{each}": "0" for each in UNCOUNTED}
    server = Server({**os.environ, **ours}, folder)
    server.command("db", "upgrade")
    command = ["scim-lifecycle", "serve", "--host", "127.0.0.1", "--port", port, "--workers", "2", "--threads", "4"]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=server.environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            wait_until_ready(url, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(PATIENCE)
    said = log.read_text(errors="replace")
    place = said.find("Traceback")
    clean = status == 0 and place < 0
    told = said[-20_000:] if place < 0 else said[max(place - 500, 0) :][:20_000]
    tally.add(f"the server ends with {status} and logs no traceback", int(clean), int(not clean), told)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers `/readyz`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the server was not ready within {PATIENCE} s:\n{log.read_text(errors='replace')}")


def posted(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Post a body, and return the JSON that is answered."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        document: dict[str, Any] = json.load(answer)
    return document


def created(base: str, token: str, endpoint: str, body: dict[str, Any]) -> str:
    """Create a resource, and return its id."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    return str(posted(f"{base}/{endpoint}", json.dumps(body).encode(), headers)["id"])
