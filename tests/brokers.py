"""Start a private RabbitMQ or Redis from the machine's packages, kill it, start it again; or borrow a running one."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows.server import free_port, heard

PATIENCE_S = 120
LENT = {"rabbitmq": "AMQP_URL", "redis": "REDIS_URL"}
PROGRAM = {"rabbitmq": "rabbitmq-server", "redis": "redis-server"}
RABBIT_CONF = """listeners.tcp.default = 127.0.0.1:{port}
default_user = scim
default_pass = scim
loopback_users = none
disk_free_limit.absolute = 10MB
vm_memory_high_watermark.absolute = 1GB
"""


class BrokerMissingError(Exception):
    """There is no such broker: install rabbitmq-server and redis-server, or set AMQP_URL or REDIS_URL."""


def available(kind: str) -> bool:
    """Tell whether there is such a broker to lend."""
    return bool(os.environ.get(LENT[kind]) or shutil.which(PROGRAM[kind]))


@dataclass
class Broker:
    """A broker; one that was borrowed cannot be killed."""

    kind: str
    url: str
    folder: Path | None = None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    names: subprocess.Popen[bytes] | None = None

    @property
    def version(self) -> str:
        """Return what it is, for the record."""
        if self.folder is None:
            return f"{self.kind}, borrowed"
        if self.kind == "redis":
            told = subprocess.run([PROGRAM["redis"], "--version"], capture_output=True, text=True, check=True).stdout
            return "Redis " + told.split("v=")[1].split()[0]
        told = (self.folder / "log").read_text()
        return "RabbitMQ " + told.split("Starting RabbitMQ ")[1].split()[0]

    def start(self) -> None:
        """Start, and wait until it listens."""
        assert self.folder is not None
        if self.kind == "rabbitmq":
            # a name server that RabbitMQ starts by itself would outlive it
            self.names = subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port", f"{self.port + 2}"])
        command, env = (_redis if self.kind == "redis" else _rabbitmq)(self.folder, self.port)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **env}, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE_S
        while not heard(self.port):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it and all it started, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE_S)
            self.process = None
        if self.names is not None:
            self.names.kill()
            self.names.wait()
            self.names = None


def _redis(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """Run without any file, so that a killed one has forgotten everything."""
    return [PROGRAM["redis"], *f"--bind 127.0.0.1 --port {port} --save --appendonly no --dir {folder}".split()], {}


def _rabbitmq(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    conf = folder / "rabbitmq.conf"
    conf.write_text(RABBIT_CONF.format(port=port))
    (folder / "plugins").write_text("[].")
    folders = {"MNESIA_BASE": "data", "LOG_BASE": "logs", "ENABLED_PLUGINS_FILE": "plugins", "PID_FILE": "pid"}
    env = {f"RABBITMQ_{name}": str(folder / value) for name, value in folders.items()}
    env |= {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"scim-{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(conf),
        "RABBITMQ_DIST_PORT": str(port + 1),
        "ERL_EPMD_PORT": str(port + 2),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
    }
    return [_unwrapped()], env


def _unwrapped() -> str:
    """Return the server itself: Debian's wrapper would run it as another user, on the machine's own node."""
    servers = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return str(servers[-1]) if servers else PROGRAM["rabbitmq"]


@contextmanager
def brokering(kind: str, folder: Path) -> Iterator[Broker]:
    """Lend a broker."""
    if url := os.environ.get(LENT[kind]):
        yield Broker(kind, url)
        return
    if not available(kind):
        raise BrokerMissingError(BrokerMissingError.__doc__)
    folder.mkdir()
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0" if kind == "redis" else f"amqp://scim:scim@127.0.0.1:{port}//"
    broker = Broker(kind, url, folder, port)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
