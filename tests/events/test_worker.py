"""The worker: it hears of events, looks where it heard nothing, and does each chore once when it is due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from time import monotonic, sleep

from app.chores import CHORES
from app.events.chore import Chore
from app.events.engine import Engine
from app.events.worker import Worker
from app.lifecycle.service import Lifecycle
from app.runtime import Runtime
from tests.clock import FixedClock
from tests.events.conftest import OPERATOR, Desk
from tests.outbound.servers import Receiver

PATIENCE_S = 20


def until(wanted: Callable[[], bool]) -> None:
    """Wait for something that other threads do."""
    deadline = monotonic() + PATIENCE_S
    while not wanted():
        assert monotonic() < deadline
        sleep(0.01)


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """Let a worker work meanwhile."""
    thread = Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_an_event_is_told_without_being_asked_for(desk: Desk, engine: Engine, receiver: Receiver) -> None:
    """The clock stands still, so that no round comes: only the doorbell can have rung."""
    desk.webhook(receiver.url)
    with working(Worker(desk.tenant.runtime, engine)):
        until(lambda: not desk.engine.waiting(desk.tenant.id))
        desk.leaver()
        until(lambda: len(receiver.received) == 3)


def test_two_workers_tell_everything_once(desk: Desk, engine: Engine, receiver: Receiver) -> None:
    """Workers share a database without sending anything twice."""
    desk.webhook(receiver.url)
    another = Engine.of(desk.tenant.runtime, engine.channels)
    with working(Worker(desk.tenant.runtime, engine)), working(Worker(desk.tenant.runtime, another)):
        for _ in range(5):
            desk.leaver()
        until(lambda: len(receiver.received) >= 15 and not desk.engine.waiting(desk.tenant.id))
    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(set(ids)) == len(ids) == 15


def test_a_chore_is_done_when_it_is_due_and_by_one_worker(
    desk: Desk, engine: Engine, clock: FixedClock, runtime: Runtime
) -> None:
    """Each interval it is done once, however many look; one that fails is tried again at the next."""
    done: list[int] = []

    def note(_runtime: Runtime, tenant_id: int) -> int:
        done.append(tenant_id)
        if len(done) == 1:
            raise ValueError("the first one fails")
        return 1

    chores = [Chore("note", timedelta(minutes=5), note)]
    for step, expected in [(0, 1), (4, 1), (1, 2), (5, 3)]:
        clock.advance(minutes=step)
        for _ in range(2):
            worker = Worker(runtime, Engine.of(runtime, engine.channels), chores)
            worker.look()
            worker._aside.shutdown(wait=True)
            worker.stop()
        assert done == [desk.tenant.id] * expected


def test_the_due_are_purged_by_a_chore(desk: Desk, runtime: Runtime, clock: FixedClock) -> None:
    """What `purge --due` does by hand, the worker does by time."""
    purge = next(chore for chore in CHORES if chore.name == "purge")
    user_id = desk.leaver()
    assert purge.do(runtime, desk.tenant.id) == 0
    clock.advance(days=31)
    with runtime.database.unit_of_work(desk.tenant.id) as work:
        lifecycle = Lifecycle(work, clock, OPERATOR)
        lifecycle.delete(lifecycle.find(user_id))
    assert [purge.do(runtime, desk.tenant.id) for _ in range(2)] == [1, 0]


def test_old_events_are_forgotten(desk: Desk, runtime: Runtime, receiver: Receiver, clock: FixedClock) -> None:
    """After the retention nothing is kept that could be replayed; the audit trail stays."""
    forget = next(chore for chore in CHORES if chore.name == "forget_events")
    webhook_id, _ = desk.webhook(receiver.url)
    user_id = desk.leaver()
    desk.tell()
    clock.advance(days=29)
    assert forget.do(runtime, desk.tenant.id) == 0
    clock.advance(days=2)
    assert forget.do(runtime, desk.tenant.id) == 3
    assert desk.deliveries(webhook_id) == []
    with runtime.database.reading(desk.tenant.id) as work:
        assert work.outbox.of(user_id) == []
        assert len(work.audit.of(user_id)) == 3
