"""The methods of lists, policies and mass change, as the test of isolation calls them."""

from collections.abc import Callable
from typing import Any

from app.db.request_log import Sought
from app.db.work import Work
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from tests.db import twins
from tests.db.twins import NOW

OTHERS = "only-alpha"
Case = Callable[[Work], Any]
EVERYBODY = (State.ACTIVE, State.INACTIVE)

READS: dict[str, Case] = {
    "listings.page": lambda w: [w.listings.page(EVERYBODY, name, "", 50) for name in ("", "name-", f"name-{OTHERS}")],
    "users.walk": lambda w: [each.id for each in w.users.walk("", 50)],
    "listings.states": lambda w: ["beta", w.listings.states(["u1", OTHERS])],
    "listings.forecast": lambda w: ["beta", w.listings.forecast(TenantPolicy.default(), NOW, {})],
    "policies.find": lambda w: ["beta", w.policies.find(1), w.policies.find(99)],
    "policies.history": lambda w: ["beta", w.policies.history(), w.policies.history(1)],
    "request_log.page": lambda w: ["beta", w.request_log.page(Sought(subject="u1"), 9)],
    "listings.signed_in_before": lambda w: ["beta", w.listings.signed_in_before(OTHERS)],
}

CHANGES: dict[str, Case] = {
    "request_log.add": lambda w: w.request_log.add([twins.request(OTHERS, "beta")]),
    "request_log.forget": lambda w: w.request_log.forget(NOW),
}
