"""Lend each test a migrated, empty database on SQLite and on PostgreSQL, and a clock that stands still."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.clock import FixedClock
from tests.lending import Lending
from tests.postgres import PostgresMissingError, Run

pytest_plugins = ["tests.service"]

RUN = pytest.StashKey[Run]()

settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True, derandomize=True)
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=15,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # a mutant is killed by the first example that fails, however large
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run, or join it in an xdist worker."""
    shared = getattr(config, "workerinput", {}).get("run")
    run = Run.join(shared) if shared else Run.begin()
    config.stash[RUN] = run
    if run.source is None and os.environ.get("REQUIRE_POSTGRES") == "1":
        run.end()
        raise pytest.UsageError(f"REQUIRE_POSTGRES=1, but: {PostgresMissingError.__doc__}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, however the run went."""
    if RUN in config.stash:
        config.stash[RUN].end()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Tell an xdist worker where the run's folder is."""
    node.workerinput["run"] = str(node.config.stash[RUN].directory)  # type: ignore[attr-defined]


def pytest_report_header(config: pytest.Config) -> str:
    """Say which PostgreSQL the run uses."""
    source = config.stash[RUN].source
    return f"postgresql: {source.label}" if source else f"postgresql: SKIPPED. {PostgresMissingError.__doc__}"


def migrate(url: str) -> None:
    """Bring a database to the newest schema, as `db upgrade` does."""
    from app.db.migrate import upgrade  # noqa: PLC0415 - tests of the domain need no database

    upgrade(url)


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """Return what the processes of this run share."""
    return pytestconfig.stash[RUN]


@pytest.fixture
def sqlite_url(run: Run, tmp_path: Path) -> str:
    """Lend a migrated, empty SQLite file."""

    def make() -> str:
        template = run.directory / "template.sqlite"
        migrate(f"sqlite:///{template}")
        with closing(sqlite3.connect(template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return str(template)

    copy = tmp_path / "scim.sqlite"
    shutil.copyfile(run.once("sqlite", make), copy)
    return f"sqlite:///{copy}"


@pytest.fixture(scope="session")
def lending(run: Run) -> Lending:
    """Return the PostgreSQL databases that this process has at hand."""
    return Lending(run, migrate)


@pytest.fixture
def postgresql_url(run: Run, lending: Lending) -> Iterator[str]:
    """Lend a migrated, empty PostgreSQL database."""
    if run.source is None:
        pytest.skip(str(PostgresMissingError.__doc__))
    with lending.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Lend a migrated, empty database: every test that asks runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session", autouse=True)
def _events_are_as_published() -> Iterator[None]:
    """Judge every event that the application writes while it is tested."""
    from tests.events.told import checked  # noqa: PLC0415 - the outbox knows the database

    with checked():
        yield


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that a test advances by hand."""
    return FixedClock()
