"""The methods of groups, of an operator's resources and of unique values, as the test of isolation calls them."""

from collections.abc import Callable
from typing import Any

from app.db.query import Page, Query
from app.db.work import Work
from tests.db import twins
from tests.db.delivery_cases import each

OTHERS = "only-alpha"
Case = Callable[[Work], Any]


READS: dict[str, Case] = {
    "groups.view": lambda w: [w.groups.view("g1"), w.groups.view(OTHERS)],
    "groups.page": lambda w: w.groups.page(Query(Page(1, 50))),
    "groups.lock": lambda w: [w.groups.lock("g1"), w.groups.lock(OTHERS)],
    "groups.holder": lambda w: [w.groups.holder("only-beta"), w.groups.holder(OTHERS)],
    "resources.view": lambda w: [w.resources.view("Device", "d1"), w.resources.view("Device", OTHERS)],
    "resources.page": lambda w: w.resources.page("Device", Query(Page(1, 50))),
    "resources.lock": lambda w: [w.resources.lock("Device", "d1"), w.resources.lock("Device", OTHERS)],
}

CHANGES: dict[str, Case] = {
    "groups.add": lambda w: w.groups.add(twins.group(OTHERS, "beta")),
    "groups.update": each(("g1", OTHERS), lambda w, id_: w.groups.update(id_, {"display_name": "x"})),
    "groups.delete": each(("g1", OTHERS), lambda w, id_: w.groups.delete(id_)),
    "resources.add": lambda w: w.resources.add(twins.resource(OTHERS, "beta")),
    "resources.update": each(("d1", OTHERS), lambda w, id_: w.resources.update("Device", id_, twins.CHANGED)),
    "resources.delete": each(("d1", OTHERS), lambda w, id_: w.resources.delete("Device", id_)),
    "unique_keys.hold": each(("d1", "d9"), lambda w, id_: w.unique_keys.hold("Device", id_, {("", "code", id_)})),
    "unique_keys.release": each(("d1", OTHERS), lambda w, id_: w.unique_keys.release("Device", id_)),
    "unique_keys.resume": each(("u3", OTHERS), lambda w, id_: w.unique_keys.resume("User", id_)),
}
