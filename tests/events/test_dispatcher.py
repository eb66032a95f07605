"""The dispatcher: it rings once for what is due, again where nobody came, and outlives a broker that is away."""

from dataclasses import dataclass, field

import pytest
from celery.exceptions import OperationalError
from prometheus_client import REGISTRY

from app.events.broker import FAILING, HEALTHY, Doorbells
from app.events.dispatcher import Dispatcher
from app.events.engine import Engine
from tests.clock import FixedClock
from tests.events.conftest import Desk
from tests.outbound.servers import Receiver


@dataclass
class Bells(Doorbells):
    """A broker that notes what it carried, or takes nothing."""

    carried: list[tuple[int, str, str]] = field(default_factory=list)
    away: bool = False

    def ring(self, tenant_id: int, endpoint_id: str, *, failing: bool) -> None:
        """Carry a message."""
        if self.away:
            raise OperationalError("connection refused")
        self.carried.append((tenant_id, endpoint_id, FAILING if failing else HEALTHY))


@pytest.fixture
def bells() -> Bells:
    """Return a broker that works."""
    return Bells()


@pytest.fixture
def dispatcher(desk: Desk, engine: Engine, bells: Bells) -> Dispatcher:
    """Return a dispatcher that a test lets look."""
    return Dispatcher(desk.tenant.runtime, engine, bells)


def repeats() -> float:
    """Return how often was rung in vain, as the metrics say."""
    return REGISTRY.get_sample_value("scim_rings_repeated_total") or 0


def test_what_is_due_is_rung_for_once(
    desk: Desk, dispatcher: Dispatcher, bells: Bells, receiver: Receiver, clock: FixedClock
) -> None:
    """Nothing is sent by the dispatcher, and however often it looks, one message waits at the broker."""
    endpoint_id, _ = desk.webhook(receiver.url)
    desk.leaver()
    for _ in range(3):
        dispatcher.look()
        dispatcher.call(desk.tenant.id)
    clock.advance(seconds=1)
    dispatcher.look()
    assert bells.carried == [(desk.tenant.id, endpoint_id, HEALTHY)]
    assert receiver.received == []


def test_a_message_that_got_lost_is_sent_again(
    desk: Desk, dispatcher: Dispatcher, bells: Bells, receiver: Receiver, clock: FixedClock
) -> None:
    """After two seconds without anybody at the endpoint it is rung again, and that is counted."""
    desk.webhook(receiver.url)
    desk.leaver()
    dispatcher.look()
    before = repeats()
    clock.advance(seconds=2)
    dispatcher.look()
    assert len(bells.carried) == 2
    assert repeats() == before + 1


def test_what_comes_after_a_visit_is_rung_for_at_once(
    desk: Desk, engine: Engine, dispatcher: Dispatcher, bells: Bells, receiver: Receiver
) -> None:
    """Whoever drains has raised the fence, so that the next event does not wait for the repetition."""
    endpoint_id, _ = desk.webhook(receiver.url)
    for _ in range(2):
        desk.leaver()
        dispatcher.call(desk.tenant.id)
        dispatcher.look()
        engine.drain(*bells.carried[-1][:2])
    assert bells.carried == [(desk.tenant.id, endpoint_id, HEALTHY)] * 2
    assert len(receiver.received) == 6


def test_an_endpoint_that_fails_has_a_queue_of_its_own(
    desk: Desk, dispatcher: Dispatcher, bells: Bells, receiver: Receiver, clock: FixedClock
) -> None:
    """It is rung again when its next try is due, not before, where it holds up no healthy one."""
    receiver.answering = lambda _: (500, {}, b"")
    endpoint_id, _ = desk.webhook(receiver.url)
    desk.leaver()
    dispatcher.look()
    dispatcher._engine.drain(desk.tenant.id, endpoint_id)
    dispatcher.look()
    assert len(bells.carried) == 1
    clock.advance(minutes=1)
    dispatcher.look()
    assert bells.carried[1:] == [(desk.tenant.id, endpoint_id, FAILING)]


def test_a_broker_that_is_away_is_asked_again_a_second_later(
    desk: Desk, dispatcher: Dispatcher, bells: Bells, receiver: Receiver, clock: FixedClock
) -> None:
    """Meanwhile nothing is given up."""
    desk.webhook(receiver.url)
    desk.leaver()
    bells.away = True
    dispatcher.look()
    bells.away = False
    dispatcher.call(desk.tenant.id)
    dispatcher.look()
    assert bells.carried == []
    clock.advance(seconds=1)
    dispatcher.look()
    assert len(bells.carried) == 1
