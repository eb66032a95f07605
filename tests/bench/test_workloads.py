"""Floor and service answer every workload right, and the service is filled as its own door would fill it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.db.rows import AuditRow, OutboxRow, UserLookupRow, UserRow
from app.runtime import EXTENSION
from bench import bodies
from bench.catalogue import workloads
from bench.floor import ROOT, TOKEN, create_floor
from bench.floor_store import FloorStock
from bench.in_process import InProcess
from bench.seed import ServiceStock
from bench.sitting import FLOOR, SERVICE, fill
from bench.target import SCIM, Door, Request

USERS = 30
FITTING = [name for name in workloads() if name.rpartition("/")[2] in {name, "10"}]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """Return the service in this process, filled."""
    stock = ServiceStock(f"sqlite:///{tmp_path_factory.mktemp('service') / 'scim.sqlite'}")
    target = InProcess.of(SERVICE, stock.app, stock.doors(), stock)
    fill(target, USERS)
    yield target
    stock.close()


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """Return the floor in this process, filled."""
    url = f"sqlite:///{tmp_path_factory.mktemp('floor') / 'floor.sqlite'}"
    stock = FloorStock(url)
    target = InProcess.of(FLOOR, create_floor(url), {SCIM: Door(ROOT, TOKEN)}, stock)
    fill(target, USERS)
    yield target
    stock.close()


@pytest.mark.parametrize("name", FITTING)
@pytest.mark.parametrize("side", [FLOOR, SERVICE])
def test_every_workload_is_answered_right(side: str, name: str, request: pytest.FixtureRequest) -> None:
    """Requests of two connections in turn, an odd number of them, and the look at what they have left behind."""
    target: InProcess = request.getfixturevalue(side)
    workload = workloads()[name].of(target, 2, 5)
    workload.prepare()
    for turn in range(5):
        asked = workload.request(turn % 2)
        assert asked is not None
        assert workload.wrong(asked, target.call(asked)) is None
    assert workload.finish() is None


@pytest.mark.parametrize("side", [FLOOR, SERVICE])
def test_a_member_that_did_not_come_is_noticed(side: str, request: pytest.FixtureRequest) -> None:
    """A server that answers well and does nothing is found out at the end."""
    target: InProcess = request.getfixturevalue(side)
    workload = workloads()["W6/10"].of(target, 1, 1)
    workload.prepare()
    workload.request(0)
    assert workload.finish() == "10 members, not 11"


def stored(stock: ServiceStock) -> list[list[dict[str, Any]]]:
    """Return what the database holds of the one user in it, without ids and moments."""
    queries = (
        select(UserRow),
        select(UserLookupRow).order_by(UserLookupRow.key),
        select(AuditRow).where(AuditRow.subject_type == "User"),
        select(OutboxRow).where(OutboxRow.subject_type == "User"),
    )
    apart = {"id", "user_id", "subject_id", "connection_id", "actor_id", "txn", "seq", "at", "created_at", "updated_at"}
    with stock.app.extensions[EXTENSION].database.reading(1) as work:
        found = [work.connection.execute(query).mappings().all() for query in queries]
    told = [[{name: row[name] for name in row if name not in apart} for row in rows] for rows in found]
    return [[{name: _plain(value) for name, value in row.items()} for row in rows] for rows in told]


def _plain(value: Any) -> Any:
    """Return a document without the ids in it."""
    document = orjson.loads(value) if isinstance(value, str) and value.startswith("{") else value
    return (
        {name: document[name] for name in document if name not in {"id", "actor"}}
        if isinstance(document, dict)
        else value
    )


def test_the_service_is_filled_as_its_door_would(tmp_path: Path) -> None:
    """A user that was seeded and one that was sent leave the same rows: user, lookups, audit and outbox."""
    seeded, sent = (ServiceStock(f"sqlite:///{tmp_path / name}") for name in ("seeded.sqlite", "sent.sqlite"))
    seeded.users(range(7, 8))
    target = InProcess.of(SERVICE, sent.app, sent.doors(), sent)
    assert target.call(Request("POST", "/Users", bodies.dumped(bodies.user(7)))).status == 201
    rows = stored(seeded)
    assert [len(each) for each in rows] == [1, 2, 1, 1]
    assert rows == stored(sent)
    seeded.close()
    sent.close()
