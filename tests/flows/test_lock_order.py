"""Users who are deleted while groups take them in: nobody waits in a circle, so that nobody is told to come again."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import pytest

from tests.flows.conftest import NUMBERS, sized
from tests.flows.server import Server
from tests.flows.tenants import Directory, TenantServed, take_in

PAIRS = 3
UNHELD = {"mass_change": {"deletions": "off"}}
LICENCES = {"bi": {"assigned_by": "groups", "value": "Shared", "capacity": 1000}}


class Pairs:
    """Clients who act at the same moment, two on each user: one deletes it, one puts it into the group anew."""

    def __init__(self, port: int, tenant: TenantServed, stack: ExitStack) -> None:
        self.lines = [stack.enter_context(tenant.directory(port)) for _ in range(2 * PAIRS)]
        self.group = self.lines[0].create_group("Shared").body["id"]
        self.barrier = Barrier(2 * PAIRS)
        self.statuses: Counter[tuple[str, int]] = Counter()

    def join(self, directory: Directory, *users: str) -> int:
        """Put users into the group."""
        value = [{"value": user} for user in users]
        return directory.operate("Groups", self.group, {"op": "add", "path": "members", "value": value}).status

    def act(self, number: int, user: str) -> None:
        """Delete the user or put it into the group, together with all others."""
        self.barrier.wait()
        if number % 2:
            self.statuses["delete", self.lines[number].delete(user).status] += 1
        else:
            self.statuses["join", self.join(self.lines[number], user)] += 1

    def round(self, turn: int, pool: ThreadPoolExecutor) -> None:
        """Let some users come and go."""
        names = [f"leaver{turn}-{each}" for each in range(PAIRS)]
        users = [self.lines[0].create(name).body["id"] for name in names]
        assert self.join(self.lines[0], *users) in {200, 204}
        list(pool.map(self.act, range(2 * PAIRS), [user for user in users for _ in range(2)]))


@pytest.mark.parametrize("knobs", [{}, {"entitlements": LICENCES}], ids=["members", "licences"])
def test_nobody_waits_in_a_circle(server: Server, knobs: dict[str, Any], note: Callable[[str], None]) -> None:
    """A deletion and a change of the user's group wait for each other in one order: each is answered, none with 503."""
    tenant = take_in(server.database_url, f"order-{next(NUMBERS)}", scim=UNHELD, **knobs)
    rounds = sized(120, 12)
    with ExitStack() as stack:
        pairs = Pairs(server.port, tenant, stack)
        with ThreadPoolExecutor(2 * PAIRS) as pool:
            for turn in range(rounds):
                pairs.round(turn, pool)
    told = pairs.statuses
    assert told.keys() <= {("delete", 204), ("join", 200), ("join", 204), ("join", 400)}
    assert told["delete", 204] == rounds * PAIRS
    note(f"{rounds} rounds, {dict(told)}")
