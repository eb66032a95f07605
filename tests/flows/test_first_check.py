"""Dead at the first check, under load and in every process: what a host application asks is never a moment behind."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.server import Server, serving
from tests.flows.tenants import DEAD, TenantServed

pytestmark = pytest.mark.slow

CLIENTS, ROUNDS = 16, 16
SINGLE, TOGETHER = 4, 36
CHECKS = CLIENTS * ROUNDS * (SINGLE + TOGETHER)
PROCESSES = 3
TURNS = 9
WITHIN_S = 1.0


def missed(server: Server, tenant: TenantServed, number: int) -> tuple[int, int]:
    """Let one user sign in and leave, again and again; return how many sessions were checked, and how many lived."""
    checked = lived = 0
    with tenant.directory(server.port) as directory, tenant.host(server.port) as host:
        user = directory.create(f"client-{number}").body["id"]
        for _ in range(ROUNDS):
            sids = host.sign_in_together(user, SINGLE + TOGETHER)
            assert host.alive(sids[0])
            left = directory.patch(user, active=False)
            assert (left.status, left.body["active"]) == (200, False), left
            answers = [host.introspect(sid).body for sid in sids[:SINGLE]]
            answers += host.introspect_together(sids[SINGLE:])
            checked, lived = checked + len(answers), lived + sum(answer != DEAD for answer in answers)
            back = directory.patch(user, active=True)
            assert (back.status, back.body["active"]) == (200, True), back
    return checked, lived


def test_of_ten_thousand_checks_none_is_missed(server: Server, acme: TenantServed, note: Callable[[str], None]) -> None:
    """Sixteen clients at once: each session is asked about for the first time after its user was deactivated."""
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(lambda number: missed(server, acme, number), range(CLIENTS)))
    checked, lived = (sum(numbers) for numbers in zip(*found, strict=True))
    assert (checked, lived) == (CHECKS, 0)
    assert CHECKS >= 10_000
    note(f"{checked} first checks by {CLIENTS} clients, {lived} missed, {time.monotonic() - began:.1f} s")


@pytest.fixture
def servers(server: Server, tmp_path: Path) -> Iterator[list[Server]]:
    """Serve one database by several servers, each of which remembers what it likes."""
    with ExitStack() as stack:
        others = [
            stack.enter_context(serving(server.database_url, tmp_path / f"{number}.log", workers=1, threads=4))
            for number in range(1, PROCESSES)
        ]
        yield [server, *others]


def test_no_process_is_behind(servers: list[Server], acme: TenantServed, note: Callable[[str], None]) -> None:
    """Whichever server ends access, every other one that knew the session refuses it from the first question on."""
    slowest = 0.0
    with ExitStack() as stack:
        directories = [stack.enter_context(acme.directory(server.port)) for server in servers]
        hosts = [stack.enter_context(acme.host(server.port)) for server in servers]
        users = [directories[0].create(f"known-{number}").body["id"] for number in range(TURNS)]
        for turn, user in enumerate(users):
            sid = hosts[turn % PROCESSES].sign_in(user).body["sid"]
            assert [host.alive(sid) for host in hosts * 2] == [True] * 2 * PROCESSES
            ended = directories[(turn + 1) % PROCESSES].patch(user, active=False)
            answers = [host.introspect(sid) for host in hosts]
            assert [answer.body for answer in answers] == [DEAD] * PROCESSES
            slowest = max(slowest, answers[-1].answered - ended.answered)
            assert [host.sign_in(user).status for host in hosts] == [403] * PROCESSES
    note(f"{TURNS} ends, {PROCESSES} servers, 0 behind; the last was asked within {slowest * 1000:.0f} ms")
    assert slowest < WITHIN_S
