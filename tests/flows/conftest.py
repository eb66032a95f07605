"""Serve an empty, migrated database with a real server, and a tenant in it."""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from app.db.migrate import upgrade
from tests.flows.server import Server, serving
from tests.flows.tenants import TenantServed, take_in
from tests.postgres import PostgresMissingError, Run

SECONDS = float(os.environ.get("FLOW_SECONDS", "4"))
NUMBERS = count(1)
FIGURE = "figure"
LONG = 30.0
"""Set FLOW_SECONDS to this for the figures that go on record; less is a fraction of them."""


def sized(full: int, least: int) -> int:
    """Return how often to do what the long form does ``full`` times."""
    return max(least, min(full, int(full * SECONDS / LONG)))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve with two processes, and go on serving for all tests that only need a tenant."""
    folder = tmp_path_factory.mktemp("flows")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'scim.sqlite'}"
        upgrade(url)
        with serving(url, folder / "server.log") as server:
            yield server
        return
    if run.source is None:
        pytest.skip(str(PostgresMissingError.__doc__))
    with run.database() as url:
        upgrade(url)
        with serving(url, folder / "server.log") as server:
            yield server


@pytest.fixture
def acme(server: Server) -> TenantServed:
    """Return a tenant that purges the deleted at once."""
    return take_in(server.database_url, f"acme-{next(NUMBERS)}", delete={"min_days_inactive": 0})


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Take down a figure, to be told at the end of the run."""
    return lambda figure: record_property(FIGURE, figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures that the flows took down."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            if name == FIGURE:
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figure}")
