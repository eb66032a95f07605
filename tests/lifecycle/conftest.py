"""Lend the service a tenant to act in."""

from collections.abc import Iterator

import pytest

from tests.clock import FixedClock
from tests.lifecycle.worlds import World, memory, stored


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[World]:
    """Lend a tenant under the default policy."""
    if request.param == "memory":
        with memory(clock) as world:
            yield world
        return
    with stored(request.getfixturevalue(f"{request.param}_url"), clock) as world:
        yield world


@pytest.fixture
def remembered(clock: FixedClock) -> Iterator[World]:
    """Lend a tenant in memory, where every write is seen."""
    with memory(clock) as world:
        yield world
