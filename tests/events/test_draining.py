"""What `drain` processes count together is served for all of them."""

import re
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from app.config import Settings
from tests.brokers import BrokerMissingError, available, brokering
from tests.cli.servers import free_port
from tests.events.conftest import Desk
from tests.events.test_worker import until
from tests.flows.hands import Hands, working
from tests.outbound.servers import Receiver

TOLD = re.compile(r'^scim_delivery_attempts_total\{result="(\w+)"\} (\d+)', re.MULTILINE)


def counted(port: int) -> dict[str, int]:
    """Return the tries that are told at a port, by how they went."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return {result: int(number) for result, number in TOLD.findall(answer.read().decode())}
    return {}


@pytest.mark.slow
def test_the_counts_of_all_drain_processes_are_served(
    settings: Settings, desk: Desk, receiver: Receiver, tmp_path: Path
) -> None:
    """Each try is counted by whichever process made it, and told at one port."""
    if settings.on_sqlite:
        pytest.skip("processes share a PostgreSQL alone")
    if not available("redis"):
        pytest.skip(str(BrokerMissingError.__doc__))
    desk.webhook(receiver.url)
    port = free_port()
    drain = ("drain", "--processes", "2", "--metrics-port", str(port))
    commands = (("worker", "--executor", "celery"), drain)
    with brokering("redis", tmp_path / "redis") as broker:
        hands = Hands(settings.database_url, tmp_path / "hands.log", commands, broker.url)
        with working(hands):
            desk.leaver()
            until(lambda: sum(counted(port).values()) >= 3)
            assert len(receiver.received) == 3
