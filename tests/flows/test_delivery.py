"""Workers that are killed lose nothing: every event reaches every endpoint, in order, with the same id."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import orjson
import pytest

from app.db.engine import open_engine
from app.db.work import Database
from app.events.webhooks.channel import KIND, Webhooks
from app.events.webhooks.office import Office, Wish
from app.identity.vault import Vault
from app.lifecycle.clock import SystemClock
from app.lifecycle.commands import Actor
from app.lifecycle.ports import Profile
from app.lifecycle.service import Lifecycle
from app.outbound import Destinations
from tests.flows.conftest import LONG, NUMBERS, SECONDS
from tests.flows.server import CLI, ROOT, environment
from tests.flows.tenants import take_in
from tests.outbound.servers import Received, receiving
from tests.service import ISSUER

LASTING = SECONDS >= LONG
KILLS, CHANGES, RECEIVERS = (20, 5000, 40) if LASTING else (3, 150, 6)
TIMEOUT_S = 1.0
PATIENCE_S = 600.0 if LASTING else 120.0
ACTOR = Actor("operator", None, "test", "cli")
MOODS = ("fine", "fails", "hangs")


@dataclass
class Host:
    """A receiver with a mood: it notes what it accepted, in the order of arrival."""

    mood: str
    chance: random.Random
    accepted: list[tuple[str, int]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answer(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        """Accept, or not."""
        moody = self.mood != "fine" and self.chance.random() < 0.1
        if moody and self.mood == "hangs":
            time.sleep(TIMEOUT_S * 1.5)
        if moody:
            return 500, {}, b"not now"
        with self.lock:
            self.accepted.append((received.headers["webhook-id"], orjson.loads(received.body)["seq"]))
        return 200, {}, b""


@dataclass
class Hands:
    """Worker processes on a database."""

    url: str
    log: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self) -> None:
        """Start one."""
        backoff = ",".join(["0.2"] * 50)
        prefix = "SCIM_LIFECYCLE_"
        settings = {
            "OUTBOUND_ALLOW": "127.0.0.0/8:*",
            "DELIVERY_TIMEOUT_S": f"{TIMEOUT_S}",
            "DELIVERY_BACKOFF_S": backoff,
        }
        env = environment(self.url) | {f"{prefix}{name}": value for name, value in settings.items()}
        with self.log.open("ab") as log:
            command = [*CLI, "worker", "--threads", "8"]
            self.running.append(
                subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=env, start_new_session=True)
            )

    def fire(self, number: int, how: signal.Signals) -> int:
        """End one, and return how it ended."""
        worker = self.running.pop(number)
        worker.send_signal(how)
        return worker.wait(30)


@pytest.fixture
def hands(database_url: str, tmp_path: Path) -> Iterator[Hands]:
    """Return two workers."""
    hands = Hands(database_url, tmp_path / "worker.log")
    try:
        for _ in range(2):
            hands.hire()
        yield hands
    finally:
        while hands.running:
            hands.fire(0, signal.SIGKILL)


def changes(database: Database, tenant_id: int, count: int) -> Iterator[None]:
    """Create users and switch them off and on, one change a step."""
    clock, chance = SystemClock(), random.Random(7)
    ids: list[str] = []
    for number in range(count):
        with database.unit_of_work(tenant_id) as work:
            lifecycle = Lifecycle(work, clock, ACTOR)
            if len(ids) < 20:
                name = f"user-{number}"
                profile = Profile(name, name, None, None, None, "{}", {"username": name}, frozenset())
                ids.append(lifecycle.provision("okta", profile, active=True).record.id)
            else:
                lifecycle.change(lifecycle.find(chance.choice(ids)), active=chance.random() < 0.5)
        yield


@pytest.mark.slow
def test_killed_workers_lose_nothing(hands: Hands, note: Callable[[str], None]) -> None:
    """While two workers are killed again and again, all events reach all receivers in order; the rest are repeats."""
    acme = take_in(hands.url, f"told-{next(NUMBERS)}")
    chance = random.Random(11)
    hosts = [Host(MOODS[number % len(MOODS)], random.Random(number)) for number in range(RECEIVERS)]
    with closing(Database(open_engine(hands.url))) as database, ExitStack() as stack:
        ports = [stack.enter_context(receiving(host.answer)) for host in hosts]
        for number, receiver in enumerate(ports):
            office_at(database, acme.id).create(Wish(f"host {number}", receiver.url, ("user.*",)))
        for number, _ in enumerate(changes(database, acme.id, CHANGES)):
            if number % (CHANGES // KILLS) == CHANGES // KILLS - 1:
                time.sleep(1)
                hands.fire(chance.randrange(len(hands.running)), signal.SIGKILL)
                hands.hire()
        with database.reading(acme.id) as work:
            deadline = time.monotonic() + PATIENCE_S
            while work.relay.waiting() or work.deliveries.backlog()[0]:
                assert time.monotonic() < deadline, (work.deliveries.backlog(), hands.log.read_text()[-3000:])
                time.sleep(0.2)
            wanted = [
                id_
                for id_, type_ in work.connection.exec_driver_sql(
                    f"SELECT id, type FROM outbox WHERE tenant_id = {acme.id} ORDER BY position"  # noqa: S608
                )
                if type_.startswith("user.")
            ]
        assert hands.fire(0, signal.SIGTERM) == 0
    repeats = [judged(host, wanted) for host in hosts]
    note(f"{CHANGES} changes, {len(wanted)} events, {RECEIVERS} receivers, {KILLS} kills; {sum(repeats)} repeats")


def office_at(database: Database, tenant_id: int) -> Office:
    """Return who keeps webhooks, with the keys of the workers."""
    vault = Vault(("0123456789abcdef" * 4,))
    inside = Destinations.of(["127.0.0.0/8:*"], (443,))
    kinds = {KIND: Webhooks(vault, ISSUER)}
    return Office(database, SystemClock(), inside, vault, kinds, tenant_id, ACTOR)


def judged(host: Host, wanted: list[str]) -> int:
    """Fail for what was lost, made up or out of order, and return how often something came again."""
    first = list(dict.fromkeys(id_ for id_, _ in host.accepted))
    assert Counter(first) == Counter(wanted)
    assert first == wanted
    places = [seq for _, seq in dict(host.accepted).items()]
    assert places == sorted(places)
    return len(host.accepted) - len(first)
