"""Sign-ins that race with deactivations lose: many clients, several server processes, both databases."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from app.db.engine import open_engine
from app.db.work import Database
from app.lifecycle.clock import SystemClock
from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from app.sessions import registry
from tests.flows.conftest import SECONDS
from tests.flows.dump import dump
from tests.flows.history import History, Seen, Span
from tests.flows.server import Answer, Server
from tests.flows.tenants import DEAD, Host, TenantServed

WRITERS = SIGN_INS = 8
USERS = 3
MOMENT_S = 0.3
"""Long enough for a request that waits for nobody to be answered."""


def span(answer: Answer) -> Span:
    """Return when a request may have taken effect."""
    return Span(answer.asked, answer.answered)


class Race:
    """Clients of one tenant that run until a moment."""

    def __init__(self, port: int, tenant: TenantServed) -> None:
        self.port = port
        self.tenant = tenant
        with tenant.directory(port) as directory:
            names = [f"racer{number}" for number in range(USERS)]
            self.histories = {directory.create(name).body["id"]: History() for name in names}
        self.until = time.monotonic() + SECONDS
        self.statuses: Counter[int] = Counter()

    def switch(self, seed: int) -> None:
        """Toggle users, and look at once at sessions that a deactivation must have ended."""
        chance = random.Random(seed)
        with self.tenant.directory(self.port) as directory, self.tenant.host(self.port) as host:
            while time.monotonic() < self.until:
                user, history = chance.choice(list(self.histories.items()))
                active, known = chance.random() < 0.5, list(history.sign_ins)[-3:]
                answer = directory.patch(user, active=active)
                assert (answer.status, answer.body["active"]) == (200, active), answer
                (history.reactivations if active else history.deactivations).append(span(answer))
                if not active:
                    self.look(host, history, known)

    def sign_in(self, seed: int) -> None:
        """Sign in again and again, and look at what came before."""
        chance = random.Random(seed)
        with self.tenant.host(self.port) as host:
            while time.monotonic() < self.until:
                user, history = chance.choice(list(self.histories.items()))
                answer = host.sign_in(user)
                self.statuses[answer.status] += 1
                assert answer.status in {201, 403}, answer
                if answer.status == 201:
                    history.sign_ins[answer.body["sid"]] = span(answer)
                    self.look(host, history, [answer.body["sid"]])

    def look(self, host: Host, history: History, sids: list[str]) -> None:
        """Ask about sessions and keep what was said."""
        for sid in sids:
            answer = host.introspect(sid)
            assert answer.body == DEAD or answer.body["sid"] == sid
            history.seen.append(Seen(sid, answer.body["active"], span(answer)))

    def run(self) -> None:
        """Let all clients run to their end."""
        with ThreadPoolExecutor(WRITERS + SIGN_INS) as pool:
            runners = [pool.submit(self.switch, seed) for seed in range(WRITERS)]
            runners += [pool.submit(self.sign_in, 100 + seed) for seed in range(SIGN_INS)]
            for runner in runners:
                runner.result()

    def end(self) -> int:
        """Deactivate everybody, ask about every session there was, and return how many lived."""
        with self.tenant.directory(self.port) as directory, self.tenant.host(self.port) as host:
            for user in self.histories:
                assert directory.patch(user, active=False).status == 200
            return sum(host.alive(sid) for history in self.histories.values() for sid in history.sign_ins)


def test_no_session_survives_a_deactivation(server: Server, acme: TenantServed, note: Callable[[str], None]) -> None:
    """Eight who switch and eight who sign in leave no session that a deactivation should have ended."""
    race = Race(server.port, acme)
    race.run()
    histories = list(race.histories.values())
    assert [sid for history in histories for sid in history.survivors()] == []
    assert [sid for history in histories for sid in history.intruders()] == []
    seen = Counter(seen.alive for history in histories for seen in history.seen)
    began = {sid for history in histories for sid in history.sign_ins}
    deactivations = sum(len(history.deactivations) for history in histories)
    assert min(seen[True], seen[False], race.statuses[201], race.statuses[403], deactivations) > 0
    assert race.end() == 0
    kept = [row for row in dump(server.database_url, acme.id)["sessions"] if row["id"] in began]
    assert (len(kept), [row for row in kept if row["ended_at"] is None]) == (len(began), [])
    note(
        f"{SECONDS:.0f} s, {deactivations} deactivations, {race.statuses[201]} sign-ins, {race.statuses[403]} refused, "
        f"{seen[True]} seen alive and {seen[False]} dead; 0 survivors, 0 intruders"
    )


@contextmanager
def in_the_middle(server: Server) -> Iterator[Database]:
    """Open the database beside the server, to stand in the middle of a transaction."""
    with closing(Database(open_engine(server.database_url))) as database:
        yield database


def test_a_sign_in_waits_for_a_deactivation_and_is_refused(server: Server, acme: TenantServed) -> None:
    """Between the deactivation's write and its commit, no session begins."""
    with acme.directory(server.port) as directory, acme.host(server.port) as host:
        user = directory.create("waiting").body["id"]
        with in_the_middle(server) as database, ThreadPoolExecutor(1) as pool:
            with database.unit_of_work(acme.id) as work:
                lifecycle = Lifecycle(work, SystemClock(), Actor("operator", None, "test", "cli"))
                lifecycle.deactivate(lifecycle.find(user), "leaver")
                waiting = pool.submit(host.sign_in, user)
                time.sleep(MOMENT_S)
                assert not waiting.done()
            assert waiting.result().status == 403


def test_a_deactivation_waits_for_a_sign_in_and_ends_it(server: Server, acme: TenantServed) -> None:
    """A session that is about to begin is not overlooked."""
    with acme.directory(server.port) as directory, acme.host(server.port) as host:
        user = directory.create("beginning").body["id"]
        with in_the_middle(server) as database, ThreadPoolExecutor(1) as pool:
            with database.unit_of_work(acme.id) as work:
                sid = registry.register(work, SystemClock(), user, registry.SignIn()).session.id
                waiting = pool.submit(directory.patch, user, active=False)
                time.sleep(MOMENT_S)
                assert not waiting.done()
            assert waiting.result().body["active"] is False
        assert host.introspect(sid).body == DEAD


JUDGED = [
    ("dead before", [(2, 3)], [], (0, 1), 4, True),
    ("reactivated later", [(2, 3)], [(4, 5)], (0, 1), 6, True),
    ("began during, nobody reactivated", [(2, 3)], [], (1, 4), 5, True),
    ("still being deactivated", [(2, 6)], [], (0, 1), 4, False),
    ("began during, perhaps reactivated", [(2, 5)], [(3, 4)], (1, 6), 7, False),
    ("began after a reactivation", [(2, 3)], [(4, 5)], (6, 7), 8, False),
    ("began after, nobody reactivated", [(2, 3)], [], (6, 7), 8, True),
]


@pytest.mark.parametrize(
    ("off", "on", "sign_in", "seen", "wrong"), [case[1:] for case in JUDGED], ids=[case[0] for case in JUDGED]
)
def test_the_judge_sees_survivors_and_no_ghosts(
    off: list[tuple[float, float]],
    on: list[tuple[float, float]],
    sign_in: tuple[float, float],
    seen: float,
    wrong: bool,
) -> None:
    """The judge of the race finds what must not be, and forgives what may have been."""
    history = History({"s": Span(*sign_in)}, [Span(*span) for span in off], [Span(*span) for span in on])
    history.seen.append(Seen("s", alive=True, span=Span(seen, seen + 1)))
    assert list(history.survivors()) == (["s"] if wrong else [])
