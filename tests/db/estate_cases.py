"""How the repositories of entitlements, work and pre-checks are tried across tenants."""

from collections.abc import Callable
from typing import Any

from app.db.work import Work
from app.lifecycle.effects import Unassign
from app.lifecycle.policy import Entitlement
from app.lifecycle.subject import WorkCount
from tests.db import twins
from tests.db.delivery_cases import MINE, OTHERS, each
from tests.db.twins import NOW

Case = Callable[[Work], Any]
LICENCE, SEAT = Entitlement(assigned_by="api"), Entitlement()


READS: dict[str, Case] = {
    "entitlements.held": lambda w: [w.entitlements.held("u1"), w.entitlements.held(OTHERS)],
    "entitlements.taken": lambda w: [w.entitlements.taken([("licence", s)]) for s in ("alpha", "beta")],
    "entitlements.totals": lambda w: w.entitlements.totals({"licence": LICENCE}),
    "entitlements.everybody": lambda w: [w.entitlements.everybody(SEAT) == 2, MINE],
    "entitlements.holders": lambda w: [w.entitlements.holders("licence", pool, "", 9) for pool in (LICENCE, SEAT)],
    "work_items.find": lambda w: [w.work_items.find("task", "t1"), w.work_items.find("task", OTHERS)],
    "work_items.lock": lambda w: [w.work_items.lock("task", "t1"), w.work_items.lock("task", OTHERS)],
    "work_items.strangers": lambda w: [w.work_items.strangers(["u1", MINE, OTHERS]) == {OTHERS}, MINE],
    "work_items.counts": lambda w: [w.work_items.counts("u1"), w.work_items.counts(OTHERS)],
    "work_items.in_scope": lambda w: w.work_items.in_scope("task", (), None),
    "work_items.orphans": lambda w: w.work_items.orphans(("", ""), 50),
    "prechecks.find": lambda w: w.prechecks.find(),
}

CHANGES: dict[str, Case] = {
    "entitlements.take": lambda w: w.entitlements.take("u2", "licence", "other", NOW),
    "entitlements.release": each(("u1", OTHERS), lambda w, id_: w.entitlements.release(id_, "licence", "beta")),
    "work_items.put": lambda w: w.work_items.put([twins.item("t1", "u2", "beta"), twins.item("t9", "u1", "beta")], NOW),
    "work_items.put_counts": lambda w: w.work_items.put_counts("u1", [WorkCount("task", "beta", None, 9)]),
    "work_items.delete": each(("t1", OTHERS), lambda w, id_: w.work_items.delete("task", id_)),
    "work_items.apply": each(("u1", OTHERS), lambda w, id_: w.work_items.apply(id_, Unassign("task"), NOW)),
    "work_items.reassign": each(("u1", OTHERS), lambda w, id_: w.work_items.reassign(id_, "u2", (), (), NOW)),
    "work_items.claim": each(("free", OTHERS), lambda w, id_: w.work_items.claim("task", id_, "u2", NOW)),
    "prechecks.put": lambda w: w.prechecks.put(twins.precheck("new beta")),
    "prechecks.delete": lambda w: w.prechecks.delete(),
}
