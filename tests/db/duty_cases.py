"""The methods of the audit chain, holds and obligations, as the test of isolation calls them."""

from collections.abc import Callable
from typing import Any

from app.db.audit_trail import Asked
from app.db.work import Work
from tests.db import twins
from tests.db.delivery_cases import each
from tests.db.twins import NOW

OTHERS = "only-alpha"
APPEND_ONLY = {"audit", "audit_links"}
"""Tables that the database itself refuses to change."""
REFUSED = r"row-level security|only added to"
Case = Callable[[Work], Any]


READS: dict[str, Case] = {
    "audit_trail.page": lambda w: [w.audit_trail.page(Asked(subject=id_), 9) for id_ in (None, "u1", OTHERS)],
    "audit_trail.names": lambda w: w.audit_trail.names(["u1", "g1", OTHERS]),
    "audit_chain.head": lambda w: ["beta", w.audit_chain.head().hash == w.audit_chain.page(0, 9)[-1].hash],
    "audit_chain.page": lambda w: w.audit_chain.page(0, 9),
    "audit_chain.waiting": lambda w: ["beta", w.audit_chain.waiting()],
    "audit_chain.strays": lambda w: ["beta", w.audit_chain.strays(9)],
    "approvals.of": lambda w: [w.approvals.of("u3", NOW), w.approvals.of(OTHERS, NOW)],
    "holds.standing": lambda w: ["beta", w.holds.standing("u1"), w.holds.standing(OTHERS)],
    "holds.of": lambda w: [w.holds.of("u1"), w.holds.of(OTHERS)],
    "holds.lock": lambda w: [w.holds.lock("h1"), w.holds.lock(OTHERS)],
    "obligations.of": lambda w: [w.obligations.of("u1"), w.obligations.of(OTHERS)],
    "obligations.page": lambda w: w.obligations.page("", 50),
    "obligations.find": lambda w: [w.obligations.find(each.id) for each in w.obligations.page("", 50)],
}

CHANGES: dict[str, Case] = {
    "audit_chain.seal": lambda w: w.audit_chain.seal(9, NOW),
    "approvals.add": lambda w: w.approvals.add("u3", "x", NOW),
    "deliveries.redact": each(("u1", OTHERS), lambda w, id_: w.deliveries.redact(id_)),
    "holds.add": lambda w: w.holds.add(twins.hold(OTHERS, "u1", "beta")),
    "holds.release": each(("h1", OTHERS), lambda w, id_: w.holds.release(id_, NOW, None, "x")),
    "holds.forget": each(("u1", OTHERS), lambda w, id_: w.holds.forget(id_)),
    "obligations.open": lambda w: w.obligations.open("u1", [twins.owed("new", "x")], NOW),
    "obligations.settle": each(("u1", OTHERS), lambda w, id_: w.obligations.settle(id_, NOW)),
    "obligations.hand_over": lambda w: w.obligations.hand_over(w.obligations.page("", 1)[0].id, "x", None),
}
