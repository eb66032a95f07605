"""Lend the tables that filters search, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.db.searched import tables
from tests.postgres import Run


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def searched_database(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Lend a connection to the tables that filters search."""
    if request.param == "sqlite":
        with tables("sqlite://") as connection:
            yield connection
        return
    run: Run = request.getfixturevalue("run")
    if run.source is None:
        pytest.skip("There is no PostgreSQL.")
    with run.database() as url, tables(url) as connection:
        yield connection


@pytest.fixture
def searched(searched_database: Connection) -> Iterator[Connection]:
    """Lend empty tables."""
    yield searched_database
    searched_database.rollback()
