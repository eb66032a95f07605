"""Whatever is killed, nothing is lost: every event reaches every endpoint, in order, with the same id."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.brokers import BrokerMissingError, available
from tests.flows.conftest import LONG, SECONDS
from tests.flows.kills import Case, endure
from tests.flows.ordeal import Size
from tests.postgres import PostgresMissingError, find_source

CASES = {
    "sqlite": Case("sqlite"),
    "postgresql": Case("postgresql", outage="database"),
    "rabbitmq": Case("postgresql", "rabbitmq", "broker"),
    "redis": Case("postgresql", "redis", "broker"),
}
SIZE = Size() if SECONDS >= LONG else Size(rounds=2, changes=100, receivers=6, backlog_s=300)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_whatever_is_killed_nothing_is_lost(case: Case, tmp_path: Path, note: Callable[[str], None]) -> None:
    """All events reach all receivers in order; what comes again bears the same id."""
    source = find_source()
    if case.database == "postgresql" and (source is None or source.bin is None):
        pytest.skip(str(PostgresMissingError.__doc__))
    if case.broker and not available(case.broker):
        pytest.skip(str(BrokerMissingError.__doc__))
    note(endure(case, SIZE, tmp_path))
