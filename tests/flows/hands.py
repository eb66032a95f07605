"""Worker processes on a database, each in a group of its own that can be killed."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.flows.hosts import TIMEOUT_S
from tests.flows.server import CLI, ROOT, environment

BUILTIN = (("worker", "--threads", "8"),) * 2
CELERY = (("worker", "--executor", "celery"), *(("drain", "--processes", "4"),) * 2)
CALM_END_S = 60


@dataclass
class Hands:
    """Processes by the command that each was started with."""

    url: str
    log: Path
    commands: Sequence[tuple[str, ...]]
    broker_url: str = ""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started_anew: int = 0

    def hire(self) -> None:
        """Start all."""
        self.running = [self._start(command) for command in self.commands]

    def kill(self, number: int) -> None:
        """Kill one with all its processes, and start another in its place."""
        with suppress(ProcessLookupError):
            os.killpg(self.running[number].pid, signal.SIGKILL)
        self.running[number].wait()
        self.running[number] = self._start(self.commands[number])

    def tend(self) -> None:
        """Start again what ended by itself, as an operator's restart policy does."""
        for number, process in enumerate(self.running):
            if process.poll() is not None:
                self.started_anew += 1
                self.running[number] = self._start(self.commands[number])

    def dismiss(self) -> list[int]:
        """Ask all to end, and return how they did."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(CALM_END_S) for process in self.running]

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        settings = {
            "OUTBOUND_ALLOW": "127.0.0.0/8:*",
            "DELIVERY_TIMEOUT_S": f"{TIMEOUT_S}",
            "DELIVERY_BACKOFF_S": ",".join(["0.2"] * 50),
            "BROKER_URL": self.broker_url,
        }
        env = environment(self.url) | {f"SCIM_LIFECYCLE_{name}": value for name, value in settings.items()}
        with self.log.open("ab") as log:
            return subprocess.Popen([*CLI, *command], stdout=log, stderr=log, cwd=ROOT, env=env, start_new_session=True)


@contextmanager
def working(hands: Hands) -> Iterator[Hands]:
    """Let them work, and leave none behind."""
    try:
        hands.hire()
        yield hands
    finally:
        for process in hands.running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
