"""How the repositories of delivery are tried across tenants."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.db.deliveries import Chosen, Settled
from app.db.work import Work
from tests.db import twins
from tests.db.twins import NOW

MINE, OTHERS = "only-beta", "only-alpha"
Case = Callable[[Work], Any]


def each(ids: tuple[str, str], call: Callable[[Work, str], Any]) -> Case:
    """Return a case that calls a method for an id that both tenants have, and for one that only the other has."""
    return lambda work: [call(work, id_) for id_ in ids]


READS: dict[str, Case] = {
    "endpoints.all": lambda w: w.endpoints.all(["webhook"]),
    "endpoints.find": lambda w: [w.endpoints.find("e1"), w.endpoints.find(OTHERS)],
    "endpoints.waiting": lambda w: [w.endpoints.waiting(["webhook"]), MINE],
    "deliveries.pending": lambda w: [w.deliveries.pending("e1", 9), w.deliveries.pending(OTHERS, 9)],
    "deliveries.page": lambda w: [w.deliveries.page(id_, Chosen(state="pending"), 9) for id_ in ("e1", OTHERS)],
    "deliveries.backlog": lambda w: [w.deliveries.backlog(), MINE],
    "relay.waiting": lambda w: [w.relay.waiting(), MINE],
    "chores.due": lambda w: w.chores.due(["purge", "beta"], NOW - timedelta(1)),
    "deliveries.attempts": lambda w: [w.deliveries.attempts("d1"), w.deliveries.attempts(OTHERS)],
}

CHANGES: dict[str, Case] = {
    "endpoints.add": lambda w: w.endpoints.add(twins.endpoint(OTHERS, "beta")),
    "endpoints.update": each(("e1", OTHERS), lambda w, id_: w.endpoints.update(id_, {"state": "paused"})),
    "endpoints.delete": each(("e1", OTHERS), lambda w, id_: w.endpoints.delete(id_)),
    "endpoints.claim": each(("e1", OTHERS), lambda w, id_: w.endpoints.claim(id_, NOW, NOW)),
    "endpoints.hold": each(("e1", OTHERS), lambda w, id_: w.endpoints.hold(id_, 0, {"state": "paused"})),
    "deliveries.add": lambda w: w.deliveries.add([twins.delivery("e1", "another", 1)]),
    "deliveries.settle": each(("d1", OTHERS), lambda w, id_: w.deliveries.settle([Settled(id_, "dead", 1, NOW)])),
    "deliveries.close": each(("e1", OTHERS), lambda w, id_: w.deliveries.close(id_, None, "dead", NOW)),
    "deliveries.again": each(("e1", OTHERS), lambda w, id_: w.deliveries.again(id_, Chosen(state="delivered"))),
    "deliveries.log": lambda w: w.deliveries.log([twins.attempt("d1", "another")]),
    "deliveries.forget": lambda w: w.deliveries.forget(NOW + timedelta(1)),
    "relay.place": lambda w: w.relay.place(9),
    "chores.claim": each(("purge", OTHERS), lambda w, id_: w.chores.claim(id_, NOW, NOW)),
    "chores.done": each(("purge", OTHERS), lambda w, id_: w.chores.done(id_, 1, NOW)),
}
