"""A killed server loses nothing that it has acknowledged, and leaves nothing half done."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.belief import GROUPS, Belief, Write, next_write, truth
from tests.flows.conftest import sized
from tests.flows.dump import Dump, settled
from tests.flows.server import Server, serving
from tests.flows.tenants import TenantServed, take_in
from tests.flows.trail import faults

CLIENTS = 4
WRITES = sized(500, 100)
KILLS = sized(5, 1)


@pytest.fixture
def doomed(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """Serve with two processes, to be killed."""
    with serving(database_url, tmp_path / "server.log") as server:
        yield server


class Client:
    """Somebody who writes until the line goes dead, and knows what was acknowledged."""

    def __init__(self, name: str, tenant: TenantServed, groups: dict[str, str]) -> None:
        self.name = name
        self.tenant = tenant
        self.groups = groups
        self.chance = random.Random(name)
        self.belief = Belief()
        self.pending: Write | None = None
        self.ids: dict[str, str] = {}

    def run(self, port: int, acknowledged: threading.Semaphore) -> None:
        """Write until the server dies."""
        with self.tenant.directory(port) as directory:
            while True:
                self.pending = next_write(self.belief, self.name, self.chance)
                try:
                    answer = self.pending.send(directory, self.ids, self.groups)
                except (OSError, http.client.HTTPException):
                    return
                assert 200 <= answer.status < 300, (self.pending, answer)
                self.belief, self.pending = self.pending.upon(self.belief), None
                acknowledged.release()

    def reconcile(self, rows: Dump) -> bool:
        """Compare belief and truth, take over what became of the last write, and tell whether it was done."""
        found = truth(rows, self.name, self.groups)
        possible = [self.belief] if self.pending is None else [self.belief, self.pending.upon(self.belief)]
        assert found in possible
        done = self.pending is not None and found == possible[-1]
        self.belief, self.pending = found, None
        self.ids = {row["user_name"]: row["id"] for row in rows["users"]}
        return done


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
