"""Delivery: in order, at least once, patient with what passes and done with what does not."""

from datetime import timedelta
from itertools import count

import pytest

from app.db.deliveries import Chosen
from app.events.engine import Engine
from app.events.webhooks.office import Office
from app.lifecycle.refusals import Refused
from tests.clock import FixedClock
from tests.events.conftest import BACKOFF, OPERATOR, Desk, answering, told
from tests.outbound.servers import Received, Receiver
from tests.service import TenantUnderTest

LEAVER = ["user.created", "user.deactivated", "user.sessions_revoked"]


def test_a_change_is_told_in_order_and_once(desk: Desk, receiver: Receiver) -> None:
    """Each event of a change arrives, in order, under one txn for one change, and is not sent again."""
    webhook_id, _ = desk.webhook(receiver.url)
    user_id = desk.leaver()
    desk.tell()
    desk.tell()
    bodies = told(receiver)
    assert [body["type"] for body in bodies] == LEAVER
    assert [body["data"]["id"] for body in bodies] == [user_id] * 3
    assert bodies[1]["txn"] == bodies[2]["txn"] != bodies[0]["txn"]
    assert [body["seq"] for body in bodies] == sorted({body["seq"] for body in bodies})
    assert {delivery.state for delivery in desk.deliveries(webhook_id)} == {"delivered"}
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 3


def test_only_what_was_asked_for_is_told(desk: Desk, receiver: Receiver) -> None:
    """An endpoint gets the types it named, and nothing that happened before it was created."""
    desk.leaver()
    desk.webhook(receiver.url, "user.deactivated")
    desk.leaver()
    desk.tell()
    assert [body["type"] for body in told(receiver)] == ["user.deactivated"]


def test_what_fails_is_tried_again_and_keeps_its_place(desk: Desk, receiver: Receiver, clock: FixedClock) -> None:
    """A failure holds up what is behind it; each try comes later, under the same id."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = answering(500)
    desk.leaver()
    for wait in BACKOFF:
        desk.tell()
        assert desk.next_in(webhook_id) == timedelta(seconds=wait)
        clock.advance(seconds=wait - 1)
        desk.tell()
        clock.advance(seconds=1)
    assert len(receiver.received) == 3
    receiver.answering = answering(204)
    desk.tell()
    assert [body["type"] for body in told(receiver)] == [LEAVER[0]] * 3 + LEAVER
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 3
    first = desk.deliveries(webhook_id)[0]
    tries = desk.attempts(webhook_id, first)
    assert [(one.outcome, one.status) for one in tries] == [("failed", 500)] * 3 + [("delivered", 204)]
    assert tries[0].answer == "as you say"
    assert desk.office.find(webhook_id).failing_since is None


def test_a_failure_in_a_batch_keeps_what_was_taken_and_sends_nothing_behind_it(desk: Desk, receiver: Receiver) -> None:
    """Results are written by the batch, up to the failure; the next try begins there."""
    webhook_id, _ = desk.webhook(receiver.url, "user.created")
    for number in range(12):
        desk.tenant.user(f"user{number}@example.com")
    taken = count()
    receiver.answering = lambda _: (204 if next(taken) < 9 else 500, {}, b"")
    desk.tell()
    states = [delivery.state for delivery in desk.deliveries(webhook_id)]
    assert (len(receiver.received), states) == (10, ["delivered"] * 9 + ["pending"] * 3)
    assert [len(desk.attempts(webhook_id, one)) for one in desk.deliveries(webhook_id)] == [1] * 10 + [0] * 2


def test_what_fails_to_the_end_is_given_up_and_the_next_goes_on(
    desk: Desk, receiver: Receiver, clock: FixedClock
) -> None:
    """A poison event is dead after its tries; the one behind it is told at once; replay brings it back."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = lambda got: (500 if b"user.created" in got.body else 200, {}, b"")
    desk.leaver()
    for wait in (*BACKOFF, 0):
        desk.tell()
        clock.advance(seconds=wait)
    assert [delivery.state for delivery in desk.deliveries(webhook_id)] == ["dead", "delivered", "delivered"]
    receiver.answering = answering(200)
    receiver.received.clear()
    assert desk.office.replay(webhook_id, Chosen(state="dead")) == 1
    desk.tell()
    assert [body["type"] for body in told(receiver)] == [LEAVER[0]]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_refused_is_given_up_at_once(desk: Desk, receiver: Receiver, status: int) -> None:
    """A status that will be the same tomorrow condemns that event alone."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = lambda got: (status if b"user.created" in got.body else 200, {}, b"")
    desk.leaver()
    desk.tell()
    assert [delivery.state for delivery in desk.deliveries(webhook_id)] == ["dead", "delivered", "delivered"]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_and_costs_no_try(desk: Desk, receiver: Receiver, status: int) -> None:
    """Who asks to be left alone is left alone for as long as it says."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = answering(status, Retry_After="42")
    desk.leaver()
    desk.tell()
    assert desk.next_in(webhook_id) == timedelta(seconds=42)
    assert desk.deliveries(webhook_id)[0].attempts == 0


def test_an_endpoint_that_is_gone_is_disabled_and_nothing_is_lost(desk: Desk, receiver: Receiver) -> None:
    """After 410 nothing is sent; the operator is told by an event; on resuming, all that waited is told."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = answering(410)
    desk.leaver()
    desk.tell()
    desk.tell()
    found = desk.office.find(webhook_id)
    assert (found.state, found.state_reason, len(receiver.received)) == ("disabled", "gone", 1)
    with desk.tenant.runtime.database.reading(desk.tenant.id) as work:
        assert [event.type for event in work.outbox.of(webhook_id)] == ["webhook.created", "webhook.disabled"]
    receiver.answering = answering(200)
    receiver.received.clear()
    desk.office.resume(webhook_id)
    desk.tell()
    assert [body["type"] for body in told(receiver)] == LEAVER


def test_an_endpoint_that_fails_for_days_is_disabled(desk: Desk, receiver: Receiver, clock: FixedClock) -> None:
    """Somebody who never comes back is not called for ever."""
    webhook_id, _ = desk.webhook(receiver.url)
    receiver.answering = answering(503, Retry_After="86400")
    desk.leaver()
    for _ in range(6):
        desk.tell()
        clock.advance(days=1)
    found = desk.office.find(webhook_id)
    assert (found.state, found.state_reason) == ("disabled", "failing")


def test_a_paused_endpoint_hears_nothing_until_it_is_resumed(desk: Desk, receiver: Receiver) -> None:
    """Events wait while it is paused, and come in order afterwards."""
    webhook_id, _ = desk.webhook(receiver.url)
    desk.office.pause(webhook_id)
    desk.leaver()
    desk.tell()
    assert receiver.received == []
    desk.office.resume(webhook_id)
    desk.tell()
    assert [body["type"] for body in told(receiver)] == LEAVER


def test_a_test_event_is_for_one_endpoint_alone(desk: Desk, receiver: Receiver) -> None:
    """It reaches the endpoint that is tried, whatever types that asked for, and no other."""
    tried, _ = desk.webhook(receiver.url, "group.created")
    other, _ = desk.webhook(receiver.url, "*")
    desk.office.test(tried)
    desk.tell()
    assert [delivery.type for delivery in desk.deliveries(tried)] == ["webhook.test"]
    assert "webhook.test" not in [delivery.type for delivery in desk.deliveries(other)]


def test_one_delivery_and_a_window_are_replayed(desk: Desk, receiver: Receiver, clock: FixedClock) -> None:
    """What is told again has the id it had, so that the receiver knows it."""
    webhook_id, _ = desk.webhook(receiver.url)
    desk.leaver()
    later = clock.advance(minutes=10)
    desk.leaver()
    desk.tell()
    ids = [received.headers["webhook-id"] for received in receiver.received]
    receiver.received.clear()
    desk.office.replay(webhook_id, Chosen(id=desk.deliveries(webhook_id)[1].id))
    desk.tell()
    assert [received.headers["webhook-id"] for received in receiver.received] == [ids[1]]
    assert desk.office.replay(webhook_id, Chosen(since=later)) == 3
    desk.tell()
    assert [received.headers["webhook-id"] for received in receiver.received] == [ids[1], *ids[3:]]
    with pytest.raises(Refused):
        desk.office.replay(webhook_id, Chosen(id="nothing"))


def test_who_lost_the_lease_writes_nothing(desk: Desk, engine: Engine, receiver: Receiver, clock: FixedClock) -> None:
    """A worker that was thought dead may send once more, and leaves no trace over that of its successor."""
    webhook_id, _ = desk.webhook(receiver.url)
    desk.leaver()

    def slow(_received: Received) -> tuple[int, dict[str, str], bytes]:
        receiver.answering = answering(200)
        clock.advance(seconds=engine.rules.lease.total_seconds())
        engine.drain(desk.tenant.id, webhook_id)
        return 500, {}, b""

    receiver.answering = slow
    desk.tell()
    assert [body["type"] for body in told(receiver)] == [LEAVER[0], *LEAVER]
    deliveries = desk.deliveries(webhook_id)
    assert [delivery.state for delivery in deliveries] == ["delivered"] * 3
    assert [one.outcome for one in desk.attempts(webhook_id, deliveries[0])] == ["delivered"]


def test_a_lease_keeps_others_out(desk: Desk, engine: Engine, receiver: Receiver) -> None:
    """While one worker tells an endpoint, no other does."""
    webhook_id, _ = desk.webhook(receiver.url)
    desk.leaver()

    def meanwhile(_received: Received) -> tuple[int, dict[str, str], bytes]:
        engine.drain(desk.tenant.id, webhook_id)
        return 200, {}, b""

    receiver.answering = meanwhile
    desk.tell()
    assert [body["type"] for body in told(receiver)] == LEAVER


def test_an_address_inside_is_not_told(desk: Desk, receiver: Receiver) -> None:
    """A name that leads inside fails like one that leads nowhere, as far as the tenant can tell."""
    with_dns, _ = desk.webhook("https://localhost:8443/")
    nowhere, _ = desk.webhook("https://nowhere.invalid/")
    desk.leaver()
    desk.tell()
    errors = {desk.attempts(id_, desk.deliveries(id_)[0])[0].error for id_ in (with_dns, nowhere)}
    assert errors == {"unreachable"}


def test_a_secret_that_cannot_be_opened_loses_nothing(desk: Desk, receiver: Receiver, clock: FixedClock) -> None:
    """What we cannot make is our own fault: it waits, and costs no try."""
    webhook_id, _ = desk.webhook(receiver.url)
    desk.leaver()
    with desk.tenant.runtime.database.unit_of_work(desk.tenant.id) as work:
        endpoint = work.endpoints.find(webhook_id)
        assert endpoint
        work.endpoints.update(webhook_id, {"sealed": "v1.AAAA"})
    desk.tell()
    assert (desk.deliveries(webhook_id)[0].attempts, receiver.received) == (0, [])
    with desk.tenant.runtime.database.unit_of_work(desk.tenant.id) as work:
        work.endpoints.update(webhook_id, {"sealed": endpoint.sealed})
    clock.advance(minutes=5)
    desk.tell()
    assert len(receiver.received) == 3


def test_tenants_do_not_meet(desk: Desk, globex: TenantUnderTest, receiver: Receiver) -> None:
    """A webhook hears of its own tenant alone, and no other tenant finds it."""
    webhook_id, _ = desk.webhook(receiver.url, "*")
    globex.user("eve")
    desk.engine.relay(globex.id)
    desk.tell()
    assert {body["tenant"] for body in told(receiver)} == {"acme"}
    stranger = Office.of(globex.runtime, globex.id, OPERATOR)
    for deed in (stranger.find, stranger.delete, stranger.pause, stranger.test):
        with pytest.raises(Refused, match="UNKNOWN_WEBHOOK"):
            deed(webhook_id)
