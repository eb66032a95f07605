"""A killed server loses nothing that it has acknowledged, and leaves nothing half done."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.belief import GROUPS
from tests.flows.conftest import sized
from tests.flows.dump import settled
from tests.flows.server import Server, serving
from tests.flows.tenants import take_in
from tests.flows.trail import faults
from tests.flows.writers import Client

CLIENTS = 4
WRITES = sized(500, 100)
KILLS = sized(5, 1)


@pytest.fixture
def doomed(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """Serve with two processes, to be killed."""
    with serving(database_url, tmp_path / "server.log") as server:
        yield server


def write_until_killed(server: Server, clients: list[Client], writes: int) -> float:
    """Let the clients write, kill the server when enough is acknowledged, and return how long that took."""
    acknowledged, began = threading.Semaphore(0), time.monotonic()
    with ThreadPoolExecutor(len(clients)) as pool:
        runners = [pool.submit(client.run, server.port, acknowledged) for client in clients]
        for _ in range(writes):
            assert acknowledged.acquire(timeout=30), [runner.exception() for runner in runners if runner.done()]
        server.kill()
        for runner in runners:
            runner.result()
    return time.monotonic() - began


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(doomed: Server, note: Callable[[str], None]) -> None:
    """Killed in the middle of writes, again and again, the server comes back with all of each change or nothing."""
    acme = take_in(doomed.database_url)
    with acme.directory(doomed.port) as directory:
        groups = {name: directory.create_group(name).body["id"] for name in GROUPS}
    clients = [Client(f"client{number}", acme, groups) for number in range(CLIENTS)]
    done, seconds = 0, 0.0
    for _ in range(KILLS):
        seconds += write_until_killed(doomed, clients, WRITES // KILLS)
        doomed.start()
        rows = settled(doomed.database_url, acme.id)
        assert faults(rows, acme.id) == []
        done += sum(client.reconcile(rows) for client in clients)
    told = {row["action"] for row in rows["audit"]}
    assert {"user.created", "user.updated", "user.deactivated", "user.deleted", "group.member_added"} <= told
    note(
        f"{WRITES} writes acknowledged in {seconds:.1f} s by {CLIENTS} clients, {KILLS} kills: none lost, "
        f"none half there; {done} of {KILLS * CLIENTS} unanswered writes had been committed"
    )
