"""No session survives a deactivation that runs at the same time."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event
from time import monotonic
from typing import Any

import pytest
from flask import Flask

from app.lifecycle.clock import SystemClock
from tests.service import TenantUnderTest

SIGN_INS = 4
SECONDS = 3.0
ROUNDS = 40


@pytest.fixture
def clock() -> SystemClock:
    """Let time pass, since the threads do not wait for each other."""
    return SystemClock()


class Race:
    """Sign-ins of one user that run while it is deactivated and reactivated."""

    def __init__(self, app: Flask, tenant: TenantUnderTest) -> None:
        self.app = app
        self.user = tenant.user("ada")
        self.headers = tenant.bearer(tenant.api_token())
        self.base = f"/t/{tenant.slug}"

    def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Send a command with a client of its own."""
        answer = self.app.test_client().post(f"{self.base}{path}", headers=self.headers, **body)
        return answer.status_code, answer.json or {}

    def sign_in(self, stop: Event, started: Barrier) -> list[str]:
        """Sign in again and again until told to stop, and return the ids of the sessions that began."""
        began = []
        started.wait()
        while not stop.is_set():
            status, session = self.post(f"/api/v1/users/{self.user}/sessions", json={})
            assert status in {201, 403}, (status, session)
            if status == 201:
                began.append(session["sid"])
        return began

    def round(self, pool: ThreadPoolExecutor) -> list[str]:
        """Deactivate the user amid sign-ins, and return the sessions that began before or after."""
        stop, started = Event(), Barrier(SIGN_INS + 1)
        runners = [pool.submit(self.sign_in, stop, started) for _ in range(SIGN_INS)]
        started.wait()
        status, _ = self.post(f"/api/v1/users/{self.user}/deactivate")
        stop.set()
        wait(runners)
        assert status == 200
        return [sid for runner in runners for sid in runner.result()]

    def survivors(self, sids: list[str]) -> list[str]:
        """Return the sessions that may go on."""
        return [sid for sid in sids if self.post("/oauth/introspect", data={"token": sid})[1]["active"]]


@pytest.mark.slow
def test_no_session_survives_a_concurrent_deactivation(app: Flask, acme: TenantUnderTest) -> None:
    """Whoever signs in while access ends is refused, or let in and out again: none is left after the answer."""
    race, began, deadline, rounds = Race(app, acme), list[str](), monotonic() + SECONDS, 0
    with ThreadPoolExecutor(SIGN_INS) as pool:
        while rounds < ROUNDS and (rounds == 0 or monotonic() < deadline):
            began += race.round(pool)
            assert race.survivors(began[-50:]) == []
            assert race.post(f"/api/v1/users/{race.user}/reactivate")[0] == 200
            rounds += 1
    assert race.survivors(began) == []
    assert began, "no sign-in came through, so that nothing was raced"


@pytest.mark.slow
def test_a_session_is_dead_at_the_first_question(app: Flask, acme: TenantUnderTest) -> None:
    """Round after round, the first introspection after the answer to a deactivation says no."""
    race = Race(app, acme)
    for _ in range(20):
        _, session = race.post(f"/api/v1/users/{race.user}/sessions", json={})
        assert race.survivors([session["sid"]])
        race.post(f"/api/v1/users/{race.user}/deactivate")
        assert race.survivors([session["sid"]]) == []
        race.post(f"/api/v1/users/{race.user}/reactivate")
