"""Lives of a few users of a tenant, as an identity provider, its host application and time make them."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.chores import clear_obligations, purge_due, seal_audit
from app.db.audit_walk import verify
from app.lifecycle.states import TRANSITIONS, State
from tests.clock import FixedClock
from tests.rules.products import Product
from tests.scim_client import op, tables, user

NUMBERS = count(1)
NAMES = ("ada", "bob", "eve")
PEOPLE = st.sampled_from(range(len(NAMES)))
ROLES = st.lists(st.sampled_from(["Owner", "Analyst"]), unique=True).map(lambda each: [{"value": e} for e in each])
LICENCES = st.sampled_from([[], [{"value": "sales"}]])
CONFIRMED = {"confirm": True}
NEWCOMERS = st.fixed_dictionaries({"roles": ROLES, "entitlements": LICENCES, "active": st.booleans()})
CHANGES = st.tuples(st.just("roles"), ROLES) | st.tuples(st.just("entitlements"), LICENCES)
STEPS = st.one_of(
    st.tuples(st.just("create"), PEOPLE, NEWCOMERS),
    st.tuples(st.just("switch"), PEOPLE, st.booleans()),
    st.tuples(st.just("change"), PEOPLE, CHANGES),
    st.tuples(st.just("group"), PEOPLE, st.sampled_from(["add", "remove"])),
    st.tuples(st.just("post"), PEOPLE, st.sampled_from(["deactivate", "reactivate", "restore"])),
    st.tuples(st.just("secure"), PEOPLE, st.none()),
    st.tuples(st.sampled_from(["delete", "erase", "own", "disown", "hold", "licence", "unlicence"]), PEOPLE, st.none()),
    st.tuples(st.just("wait"), PEOPLE, st.sampled_from([1, 40])),
)
LIVES = st.lists(STEPS, min_size=4, max_size=14)
RULES: dict[str, dict[str, Any]] = {
    "strict": {"scim": {"delete": "policy", "on_block": "refuse"}, "delete": {"reason": "off"}},
    "absorbing": {"delete": {"mode": "any", "min_days_inactive": 0, "reason": "off"}},
    "never": {"delete": {"mode": "never", "reason": "off"}, "scim": {"on_block": "refuse"}},
}
POOLS: dict[str, dict[str, Any]] = {
    "seat": {"capacity": 2},
    "sales": {"assigned_by": "entitlements", "capacity": 1, "separable": True},
    "team": {"assigned_by": "groups", "value": "Team", "capacity": 1},
    "given": {"assigned_by": "api", "capacity": 1, "separable": True, "on_reactivate": "manual"},
}
KNOWN = frozenset(transition for each in TRANSITIONS.values() for transition in each)


@dataclass
class Lives:
    """A tenant with a few users, whose ids are by their places in NAMES."""

    product: Product
    clock: FixedClock
    team: str = ""
    ids: dict[int, str] = field(default_factory=dict)

    @classmethod
    def under(cls, app: Flask, clock: FixedClock, rules: str) -> "Lives":
        """Begin a tenant of its own, with one active Owner who is never touched."""
        knobs = {"entitlements": POOLS, "work": {"task": {"on_delete": "block"}}, **RULES[rules]}
        product = Product.of(app, "default", slug=f"lives-{next(NUMBERS)}", **knobs)
        return cls(product, clock, product.scim.group("Team"))

    def take(self, step: tuple[str, int, Any]) -> TestResponse | None:
        """Take a step; None where nobody could be meant, or where only time passes."""
        deed, place, said = step
        if deed == "wait":
            self._wait(said)
            return None
        if deed == "create":
            return self._create(place, said)
        return self._done(deed, self.ids[place], said) if place in self.ids else None

    def _create(self, place: int, said: dict[str, Any]) -> TestResponse:
        answer = self.product.scim.post("/Users", user(NAMES[place], **said))
        if answer.status_code == 201:
            self.ids[place] = str((answer.json or {})["id"])
        return answer

    def _done(self, deed: str, id_: str, said: Any) -> TestResponse:
        scim, call, path = self.product.scim, self.product.call, f"/users/{id_}"
        member = op(said, "members", [{"value": id_}]) if deed == "group" else None
        task = {"type": "task", "id": id_, "owner": None if deed == "disown" else id_}
        deeds = {
            "switch": lambda: scim.patch(f"/Users/{id_}", op("replace", "active", said)),
            "change": lambda: scim.patch(f"/Users/{id_}", op("replace", *said)),
            "group": lambda: scim.patch(f"/Groups/{self.team}", member),
            "post": lambda: call("POST", f"{path}/{said}", CONFIRMED),
            "secure": lambda: call("POST", f"{path}/deactivate", {**CONFIRMED, "reason": "security"}),
            "delete": lambda: scim.delete(f"/Users/{id_}"),
            "erase": lambda: call("DELETE", path, confirm="true"),
            "hold": lambda: call("POST", f"{path}/holds", {"reason": "litigation"}),
            "licence": lambda: call("PUT", f"{path}/entitlements/given", {}),
            "unlicence": lambda: call("DELETE", f"{path}/entitlements/given", confirm="true"),
        }
        return deeds.get(deed, lambda: call("POST", "/work", {"items": [task]}))()

    def _wait(self, days: int) -> None:
        """Let time pass, and what is due be done."""
        self.clock.advance(days=days)
        for chore in (clear_obligations, purge_due):
            chore(self.product.tenant.runtime, self.product.tenant.id)

    def states(self) -> dict[str, tuple[State, frozenset[str]]]:
        """Return the state and the roles of each user that ever was."""
        tenant = self.product.tenant
        with tenant.runtime.database.reading(tenant.id) as work:
            found = [work.users.find(id_) for id_ in self.ids.values()]
        return {each.id: (each.state, each.roles) for each in found if each is not None}

    def rows(self) -> dict[str, list[Any]]:
        """Return all rows of all tables."""
        return tables(self.product.tenant)

    def overdrawn(self) -> list[str]:
        """Return the pools of which more is given out than there is, or to somebody who has no access."""
        active = {id_ for id_, (state, _) in self.states().items() if state is State.ACTIVE}
        pools = {each["pool"]: each["scopes"] for each in self.product.said("GET", "/entitlements")["entitlements"]}
        over = [name for name, scopes in pools.items() for each in scopes if each["taken"] > POOLS[name]["capacity"]]
        return [*over, *(name for name in POOLS if not active.issuperset(self.product.holders(name)))]

    def flaws(self) -> list[Any]:
        """Return what is wrong with the audit trail."""
        tenant = self.product.tenant
        seal_audit(tenant.runtime, tenant.id)
        return verify(tenant.runtime.database, tenant.id)[1]
