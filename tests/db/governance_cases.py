"""The methods of lists, policies and mass change, as the test of isolation calls them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.db.request_log import Sought
from app.db.work import Work
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from tests.db import twins
from tests.db.delivery_cases import each
from tests.db.twins import NOW

OTHERS, BEFORE = "only-alpha", NOW - timedelta(1)
Case = Callable[[Work], Any]
EVERYBODY = (State.ACTIVE, State.INACTIVE)


def begun(work: Work) -> int:
    """Begin a review once the other is over."""
    work.reviews.mark("r1", completed_at=NOW)
    return work.reviews.begin(twins.review("r9", "beta"))


READS: dict[str, Case] = {
    "listings.page": lambda w: [w.listings.page(EVERYBODY, name, "", 50) for name in ("", "name-", f"name-{OTHERS}")],
    "users.walk": lambda w: [each.id for each in w.users.walk("", 50)],
    "listings.states": lambda w: ["beta", w.listings.states(["u1", OTHERS])],
    "listings.forecast": lambda w: ["beta", w.listings.forecast(TenantPolicy.default(), NOW, {})],
    "policies.find": lambda w: ["beta", w.policies.find(1), w.policies.find(99)],
    "policies.history": lambda w: ["beta", w.policies.history(), w.policies.history(1)],
    "request_log.page": lambda w: ["beta", w.request_log.page(Sought(subject="u1"), 9)],
    "dormancy.page": lambda w: w.dormancy.page(NOW, "", 50),
    "reviews.find": lambda w: [w.reviews.find("r1"), w.reviews.find(OTHERS)],
    "reviews.unfinished": lambda w: w.reviews.unfinished(),
    "reviews.page": lambda w: w.reviews.page(),
    "reviews.counts": lambda w: ["beta", w.reviews.counts("r1"), w.reviews.counts(OTHERS)],
    "reviews.users": lambda w: [w.reviews.users("r1"), w.reviews.users(OTHERS)],
    "reviews.one": lambda w: [w.reviews.one("r1", "u1"), w.reviews.one("r1", OTHERS)],
    "surges.lately": lambda w: ["beta", w.surges.lately("u1", BEFORE, 9), w.surges.lately(OTHERS, BEFORE, 9)],
    "surges.deletions": lambda w: ["beta", w.surges.deletions(BEFORE)],
    "surges.counted": lambda w: ["beta", w.surges.counted("deactivations", BEFORE)],
    "surges.as_many_live": lambda w: ["beta", w.surges.as_many_live(3), w.surges.as_many_live(4)],
    "surges.undecided": lambda w: w.surges.undecided(),
    "surges.alerted": lambda w: ["beta", w.surges.alerted(BEFORE)],
    "surges.find": lambda w: [w.surges.find("s1"), w.surges.find(OTHERS)],
    "surges.page": lambda w: w.surges.page(),
    "surges.held": lambda w: ["beta", w.surges.held("s1"), w.surges.held(OTHERS)],
    "surges.holds": lambda w: ["beta", w.surges.holds("s1"), w.surges.holds(OTHERS)],
    "surges.taken": lambda w: ["beta", w.surges.taken(BEFORE, NOW, "", 9)],
    "listings.signed_in_before": lambda w: ["beta", w.listings.signed_in_before(OTHERS)],
}

CHANGES: dict[str, Case] = {
    "request_log.add": lambda w: w.request_log.add([twins.request(OTHERS, "beta")]),
    "request_log.forget": lambda w: w.request_log.forget(NOW),
    "reviews.begin": begun,
    "reviews.decide": each(("r1", OTHERS), lambda w, id_: w.reviews.decide(id_, "u1", "keep")),
    "reviews.carried_out": each(("r1", OTHERS), lambda w, id_: w.reviews.carried_out(id_, "u1", "x")),
    "reviews.mark": each(("r1", OTHERS), lambda w, id_: w.reviews.mark(id_, closed_by="x")),
    "surges.add": lambda w: w.surges.add(twins.surge("s9", "beta")),
    "surges.hold": lambda w: w.surges.hold("s1", ["u2"], "c1", NOW),
    "surges.decide": each(("s1", OTHERS), lambda w, id_: w.surges.decide(id_, reason="x")),
}
