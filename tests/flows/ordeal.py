"""Kill servers and workers while changes are told to receivers that fail and hang, and judge what arrived."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from app.db.engine import open_engine
from app.db.work import Database
from tests.flows.belief import GROUPS
from tests.flows.dump import Dump, settled
from tests.flows.hands import Hands
from tests.flows.hosts import Host
from tests.flows.server import Server
from tests.flows.tenants import TenantServed
from tests.flows.trail import faults
from tests.flows.writers import Client

CLIENTS = 4
PATIENCE_S = 60
JUDGED = ("users", "groups", "members", "user_lookups", "sessions", "audit", "outbox")
MOST_AT_ONCE = 32  # an endpoint is told by the batch: so many may come again for each kill


@dataclass(frozen=True)
class Size:
    """How much is done, and for how long the backlog may take."""

    rounds: int = 20
    changes: int = 5000
    receivers: int = 40
    backlog_s: float = 900

    @property
    def moodiness(self) -> float:
        """Return how probably a receiver fails or hangs: about sixty times, since each holds up what follows."""
        return min(0.1, 60 / self.changes)


@dataclass
class Ordeal:
    """Clients write to a server that is killed in every round; so are workers; in the middle something else is."""

    server: Server
    hands: Hands
    tenant: TenantServed
    size: Size
    outage: Callable[[], None] | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(11))
    written: int = 0
    rounds: int = 0
    worker_kills: int = 0

    def go(self) -> None:
        """Write and kill until there was enough of both."""
        with self.tenant.directory(self.server.port) as directory:
            groups = {name: directory.create_group(name).body["id"] for name in GROUPS}
        self.settle()  # a broker that is killed while its queue is being declared may never serve it
        clients = [Client(f"client{number}", self.tenant, groups, patient=True) for number in range(CLIENTS)]
        share = self.size.changes // self.size.rounds
        while self.written < self.size.changes or self.rounds < self.size.rounds:
            self._round(clients, share)

    def _round(self, clients: list[Client], share: int) -> None:
        """Let the clients write; kill a worker or more on the way, and the server while they still write."""
        acknowledged, permits = threading.Semaphore(0), threading.Semaphore(share + len(clients))
        with ThreadPoolExecutor(len(clients)) as pool:
            runners = [pool.submit(client.run, self.server.port, acknowledged, permits) for client in clients]
            try:
                self._watch(acknowledged, runners, share)
            finally:
                self.server.kill()
                permits.release(len(clients))
            for runner in runners:
                runner.result()
        self.rounds += 1
        self.hands.tend()
        self.server.start()
        rows = settled(self.server.database_url, self.tenant.id, "users", "groups", "members")
        for client in clients:
            client.reconcile(rows)

    def _watch(self, acknowledged: threading.Semaphore, runners: list[Future[None]], share: int) -> None:
        """Count what is acknowledged, and strike at a random moment."""
        strike = self.chance.randrange(share)
        for number in range(share):
            if not _acquired(acknowledged, runners):
                return
            self.written += 1
            if number == strike:
                self._strike()

    def _strike(self) -> None:
        """Kill one worker, now and then all of them; once, let something else fail."""
        count = len(self.hands.running)
        for number in range(count) if self.chance.random() < 0.2 else [self.chance.randrange(count)]:
            self.hands.kill(number)
            self.worker_kills += 1
        if self.outage and self.rounds == self.size.rounds // 2:
            self.outage()

    def settle(self) -> float:
        """Wait until everything was told, and return how long that took."""
        began = time.monotonic()
        with closing(Database(open_engine(self.server.database_url))) as database:
            while _waiting(database, self.tenant.id):
                assert time.monotonic() < began + self.size.backlog_s, self.hands.log.read_text()[-5000:]
                self.hands.tend()
                time.sleep(0.2)
        return time.monotonic() - began

    def judge(self, hosts: list[Host]) -> tuple[int, int, int]:
        """Fail for what was lost, made up or out of order; return how much was told, how often, and what came again."""
        rows = settled(self.server.database_url, self.tenant.id, *JUDGED)
        assert faults(rows, self.tenant.id) == []
        events = [(row["id"], row["type"]) for row in _in_order(rows)]
        repeats = sum(host.judged(events) for host in hosts)
        outages = 1 if self.outage else 0
        assert repeats <= (self.worker_kills + outages * len(hosts)) * MOST_AT_ONCE * len(hosts)
        return len(events), sum(len(host.accepted) for host in hosts), repeats


def _acquired(acknowledged: threading.Semaphore, runners: list[Future[None]]) -> bool:
    """Wait for the next acknowledgement; tell whether there can be one."""
    deadline = time.monotonic() + PATIENCE_S
    while not acknowledged.acquire(timeout=0.2):
        if all(runner.done() for runner in runners):
            return False
        assert time.monotonic() < deadline
    return True


def _waiting(database: Database, tenant_id: int) -> bool:
    with database.reading(tenant_id) as work:
        return work.relay.waiting() or work.deliveries.backlog()[0] > 0


def _in_order(rows: Dump) -> list[dict[str, Any]]:
    return sorted(rows["outbox"], key=lambda row: int(row["position"]))
