"""Requests that meet: those in one order of locks never wait in a circle, and all others are carried out too."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Condition
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.runtime import EXTENSION
from tests.scim_client import ScimClient, op, titled
from tests.service import TenantUnderTest

PAIRS, ROUNDS, MOST_ROUNDS = 3, 16, 40
PATIENCE_S = 30
UNHELD = {"mass_change": {"deletions": "off"}}
LICENCES = {"bi": {"assigned_by": "groups", "value": "Shared", "capacity": 1000}}
Request = Callable[[ScimClient], TestResponse]


class Crossing:
    """Where requests of a tenant meet, each on a line of its own; who has to begin anew lets another go first."""

    def __init__(self, app: Flask, pool: ThreadPoolExecutor) -> None:
        self.app, self.pool = app, pool
        self.waits: list[float] = []
        self._answered = self._going = 0
        self._changed = Condition()

    def wait(self, seconds: float) -> None:
        """Wait until one more request is answered, or none goes on."""
        self.waits.append(seconds)
        with self._changed:
            before, self._going = self._answered, self._going - 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._answered > before or not self._going, PATIENCE_S)
            self._going += 1

    def meet(self, scim: ScimClient, *requests: Request) -> Counter[int]:
        """Send requests at the same moment, and count the statuses."""
        barrier, self._going = Barrier(len(requests)), len(requests)

        def send(request: Request) -> int:
            line = ScimClient(self.app.test_client(), scim.tenant, scim.token)
            barrier.wait()
            status = request(line).status_code
            with self._changed:
                self._answered, self._going = self._answered + 1, self._going - 1
                self._changed.notify_all()
            return status

        return Counter(self.pool.map(send, requests))


@pytest.fixture
def crossing(app: Flask) -> Iterator[Crossing]:
    """Return where requests meet."""
    with ThreadPoolExecutor(2 * PAIRS) as pool:
        crossing = Crossing(app, pool)
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], wait=crossing.wait)
        yield crossing


def until_they_met(waits: list[float], database_url: str) -> Iterator[int]:
    """Count rounds until a transaction was begun anew; on SQLite none is, for writers take turns."""
    for turn in range(MOST_ROUNDS):
        if waits or (turn == PAIRS and database_url.startswith("sqlite")):
            return
        yield turn
    raise AssertionError("they never met")


def joining(group: str, *users: str, **renamed: str) -> Request:
    """Return a request that puts users into a group, and renames it if wanted."""
    operations = [op("add", "members", [{"value": user} for user in users])]
    operations += [op("replace", path, value) for path, value in renamed.items()]
    return lambda scim: scim.patch(f"/Groups/{group}", *operations)


def leaving(user: str) -> Request:
    """Return a request that deletes a user."""
    return lambda scim: scim.delete(f"/Users/{user}")


def directory(app: Flask, **knobs: Any) -> ScimClient:
    """Return a connection of a tenant that lets everybody be deleted at once."""
    tenant = TenantUnderTest.create(app.extensions[EXTENSION], "order", scim=UNHELD, **knobs)
    return ScimClient(app.test_client(), tenant, tenant.scim_token())


@pytest.mark.parametrize("knobs", [{}, {"entitlements": LICENCES}], ids=["members", "licences"])
def test_nobody_waits_in_a_circle(app: Flask, crossing: Crossing, knobs: dict[str, Any]) -> None:
    """A deletion and a change of the user's group wait for each other in one order, so that none begins anew."""
    scim = directory(app, **knobs)
    group = scim.group("Shared")
    for turn in range(ROUNDS):
        users = [scim.user(f"leaver{turn}-{each}") for each in range(PAIRS)]
        assert joining(group, *users)(scim).status_code in {200, 204}
        told = crossing.meet(scim, *(request for user in users for request in (leaving(user), joining(group, user))))
        assert told.keys() <= {204, 200, 400}
        assert crossing.waits == []


def test_bulk_requests_that_meet_are_carried_out(app: Flask, crossing: Crossing, database_url: str) -> None:
    """What locks users one after the other meets in a circle, and nobody hears of it."""
    scim = directory(app)
    users = [scim.user(f"user{number}") for number in range(10)]

    def bulk(title: str, *order: str) -> Request:
        return lambda line: line.bulk(*(titled(user, title) for user in order))

    for turn in until_they_met(crossing.waits, database_url):
        told = crossing.meet(scim, bulk(f"up {turn}", *users), bulk(f"down {turn}", *reversed(users)))
        assert told == {200: 2}
        assert len({scim.user_view(user)["title"] for user in users}) == 1


def test_a_group_that_is_renamed_meets_whoever_leaves_it(app: Flask, crossing: Crossing, database_url: str) -> None:
    """A PATCH that renames a group of licence holders and puts others in meets deletions of its members, unheard."""
    scim = directory(app, entitlements=LICENCES)
    for turn in until_they_met(crossing.waits, database_url):
        users = [scim.user(f"leaver{turn}-{each}") for each in range(PAIRS)]
        group, joiner = scim.group("Shared", *users), scim.user(f"joiner{turn}")
        told = crossing.meet(scim, joining(group, joiner, displayName=f"Left {turn}"), *map(leaving, users))
        assert told.keys() <= {200, 204}
        assert scim.members(group) == [joiner]
