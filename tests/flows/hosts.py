"""Receivers of webhooks that work, fail or hang, and what they accepted."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from threading import Lock

import orjson

from app.db.engine import open_engine
from app.db.work import Database
from app.events.catalogue import covers
from app.events.webhooks.channel import KIND, Webhooks
from app.events.webhooks.office import Office, Wish
from app.identity.vault import Vault
from app.lifecycle.clock import SystemClock
from app.lifecycle.commands import Actor
from app.outbound import Destinations
from tests.outbound.servers import Received, receiving
from tests.service import ISSUER

TIMEOUT_S = 1.0
ACTOR = Actor("operator", None, "test", "cli")
MOODS = ("fine", "fails", "hangs")
WISHES = (("user.*", "group.*"), ("user.created", "user.deleted"), ("group.*",), ("user.deactivated",))


@dataclass
class Host:
    """A receiver with a mood, and the events it wants: it notes what it accepted, in the order of arrival."""

    mood: str
    types: tuple[str, ...]
    chance: random.Random
    moodiness: float
    accepted: list[tuple[str, int]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answer(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        """Accept, or not."""
        moody = self.mood != "fine" and self.chance.random() < self.moodiness
        if moody and self.mood == "hangs":
            time.sleep(TIMEOUT_S * 1.5)
        if moody:
            return 500, {}, b"not now"
        with self.lock:
            self.accepted.append((received.headers["webhook-id"], orjson.loads(received.body)["seq"]))
        return 200, {}, b""

    def judged(self, events: Iterable[tuple[str, str]]) -> int:
        """Fail for what was lost, made up or out of order, and return how often something came again."""
        wanted = [id_ for id_, type_ in events if any(covers(pattern, type_) for pattern in self.types)]
        first = list(dict.fromkeys(id_ for id_, _ in self.accepted))
        assert Counter(first) == Counter(wanted)
        assert first == wanted
        places = [seq for _, seq in dict(self.accepted).items()]
        assert places == sorted(places)
        return len(self.accepted) - len(first)


@contextmanager
def hosting(database_url: str, tenant_id: int, count: int, moodiness: float) -> Iterator[list[Host]]:
    """Run so many receivers of a tenant's events, of every mood and wish."""
    hosts = [
        Host(MOODS[number % len(MOODS)], WISHES[number % len(WISHES)], random.Random(number), moodiness)
        for number in range(count)
    ]
    with closing(Database(open_engine(database_url))) as database, ExitStack() as stack:
        office = office_at(database, tenant_id)
        for number, host in enumerate(hosts):
            receiver = stack.enter_context(receiving(host.answer))
            office.create(Wish(f"host {number}", receiver.url, host.types))
        yield hosts


def office_at(database: Database, tenant_id: int) -> Office:
    """Return who keeps webhooks, with the keys of the workers."""
    vault = Vault(("0123456789abcdef" * 4,))
    inside = Destinations.of(["127.0.0.0/8:*"], (443,))
    kinds = {KIND: Webhooks(vault, ISSUER)}
    return Office(database, SystemClock(), inside, kinds, tenant_id, ACTOR, vault)
