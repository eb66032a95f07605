"""Prove that a guard which is not asked about a command would have had nothing to say, and those that are, would."""

from itertools import product
from typing import Any

from app.lifecycle.case import Case
from app.lifecycle.commands import (
    Assign,
    Change,
    Command,
    Deactivate,
    Delete,
    Provision,
    Purge,
    Reactivate,
    Release,
    Restore,
)
from app.lifecycle.guards import GUARDS, GUARDS_OF, ONLY
from app.lifecycle.states import State
from app.lifecycle.subject import Answer, Held, Namesake, Subject, Wanted, WorkCount
from app.lifecycle.surges import Surge
from tests.lifecycle.people import HOST, IDP, NOW, OPERATOR, OWNER, days, policy

DEAL = WorkCount("deal", "open", "emea", 3)
WORST: dict[str, Any] = {
    "id": "u1",
    "reason": "security",
    "deactivated_at": NOW - days(1),
    "tombstoned_at": NOW - days(1),
    "purge_after": NOW + days(1),
    "roles": OWNER,
    "sole_roles": OWNER,
    "sole_groups": frozenset({"owners"}),
    "namesake": Namesake("u2", State.ACTIVE),
    "managed_by": "Okta",
    "on_hold": True,
    "work": (DEAL,),
    "held": (Held("sales", "emea", alone=True, blocked_by=(DEAL,), leaving=True),),
    "wanted": (Wanted("sales", "emea", taken=9),),
    "answer": Answer(blockers=({"type": "deal"},)),
    "surge": Surge(60),
}
STRICT: dict[str, Any] = {
    "protect_last": {"roles": ["Owner"], "on": ["deactivate", "delete"], "scim": True},
    "entitlements": {"sales": {"capacity": 1, "separable": False}},
    "work": {"deal": {"on_deactivate": "block", "on_delete": "block"}},
}
MODES = ("never", "inactive_only", "any")
POLICIES = [
    policy(**STRICT, delete={"mode": mode, "min_days_inactive": 9, "approvals": 1, "reason": "required"})
    for mode in MODES
]
STATES = [None, *State]


def commands() -> list[Command]:
    """Return every command, by an identity provider, the host application and an operator."""
    found: list[Command] = []
    for actor in (IDP, HOST, OPERATOR):
        found += [Provision(actor, roles=OWNER), Change(actor, frozenset()), Deactivate(actor), Reactivate(actor)]
        found += [Delete(actor), Restore(actor), Purge(actor), Assign(actor, "sales"), Assign(actor, "nowhere")]
        found += [Release(actor, "sales"), Release(actor, "nowhere")]
    return found


def test_guards_are_asked_of_what_they_are_about() -> None:
    """In the worst of cases those left out refuse nothing, and each of the others refuses each of its commands."""
    refused = set()
    for command, state, rules in product(commands(), STATES, POLICIES):
        case = Case(command, Subject(**WORST, state=state), rules, NOW)
        refused |= {(guard, type(command)) for guard in ONLY if guard(case) is not None}
    assert refused == {(guard, command) for guard, of in ONLY.items() for command in of}


def test_their_order_is_kept() -> None:
    """The first refusal decides, whichever command is judged."""
    for asked in GUARDS_OF.values():
        assert sorted(asked, key=GUARDS.index) == list(asked)
