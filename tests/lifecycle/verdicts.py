"""Verdicts and refusals in full, case by case: `python -m tests.lifecycle.verdicts` writes anew what they are."""

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.lifecycle import refusals
from app.lifecycle.clock import iso
from app.lifecycle.commands import (
    Actor,
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
from app.lifecycle.decide import decide, decide_all
from app.lifecycle.preflight import Assessment, assess
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import State
from app.lifecycle.subject import Answer, Held, Namesake, Subject, Wanted, WorkCount
from tests.lifecycle.people import HOST, IDP, NOW, OPERATOR, OWNER, WORKER, active, days, inactive, policy, tombstoned

FILE = Path(__file__).with_name("verdicts.json")
ANALYST = frozenset({"Analyst"})
ADMIN = Actor("api", "host", "Host application", "api", "u9", frozenset({"Admin"}))
POOLS = {
    "seat": {"capacity": 2, "over_limit": "offer_choices", "choices": ["Buy more."]},
    "sales": {
        "assigned_by": "entitlements",
        "scope_by": "addresses.country",
        "capacity": 1,
        "on_reactivate": "manual",
        "on_release": {
            "playbook": {"to": "unassign", "states": ["open"]},
            "call": {"to": "unassign"},
            "task": {"to": "transferable", "reason": "User deactivated"},
        },
        "last_in_scope": {"blocked_by": {"type": "phone"}},
    },
    "team": {"assigned_by": "groups"},
    "free": {"assigned_by": "api", "separable": True},
}
WORK = {
    "phone": {"on_delete": "retain"},
    "call": {"on_delete": "cascade"},
    "playbook": {"on_delete": "reassign"},
    "task": {"on_delete": "reassign", "reassign_to": "u2", "on_reactivate": "restore"},
    "deal": {"on_deactivate": "block", "on_delete": "block"},
    "note": {"on_deactivate": "transferable", "reason": "Gone", "on_delete": "retain"},
    "lead": {"on_deactivate": "reassign", "reassign_to": "u3", "on_delete": "retain"},
    "idea": {"on_deactivate": "unassign", "on_delete": "retain"},
}
OWNED = {"entitlements": POOLS, "work": WORK, "delete": {"mode": "any", "reason": "optional"}}
STRICT = {**OWNED, "scim": {"delete": "policy", "on_block": "refuse"}}
SALES = Held("sales", "ES")
LAST = Held("sales", "ES", alone=True, blocked_by=(WorkCount("phone", "active", "ES", 2),))
DEALS = (WorkCount("deal", "open", None, 1), WorkCount("deal", "won", "ES", 2))
MIXED = tuple(WorkCount(type_, state, None, 1) for type_ in WORK if type_ != "deal" for state in ("open", "done"))
FULL = (Wanted("seat", None, 2), Wanted("sales", "ES", 1))
ROOM = (Wanted("seat", None, 1), Wanted("sales", "ES", 0), Wanted("team"), Wanted("free"))
OBJECTS = Answer(blockers=({"type": "contract", "state": "open", "count": 2, "detail": "Two contracts."},))
WARNS = Answer(warnings=({"type": "invoice", "count": 1},))
ENDING = {"sessions": {"end": {"sso": "at_expiry"}, "end_on": ["roles"]}, "credentials": {"tokens": "revoke"}}
DUE = tombstoned(purge_after=NOW)
MEANT = Delete(HOST, "leaver", confirmed=True)
NEW = Subject(None, None, wanted=ROOM)
WELCOME = {"notify": {"on_activate": "welcome"}}
LOST: dict[str, Any] = {"reactivate": {"restore": []}}
ROLED = (Wanted("admin"), Wanted("seat"))
BY_ROLE: dict[str, Any] = {
    "entitlements": {
        "admin": {"assigned_by": "roles"},
        "seat": {"assigned_by": "everyone", "capacity": 9, "on_reactivate": "manual"},
    }
}
CALLS: dict[str, Any] = {"work": {"cold_call": {}}}

SAMPLES: tuple[dict[str, Any], ...] = (
    {
        "provider": "Okta", "actor": ["Admin"], "target": ["Owner"], "roles": ["Owner"], "groups": ["Keepers"],
        "message": None, "user_id": "u1", "action": "delete", "version": 3, "until": NOW, "missing": 1, "detail": "No.",
        "state": "inactive", "remedies": "wait", "verb": "delete", "pool": "sales", "choices": ["Buy more."],
        "type_": "phone_number", "what": "The number 7", "sid": "s1", "offered": ["delete"], "most": 9,
        "client_id": "shop", "delivery_id": "d1", "retry_after": 60, "rejected": True, "undecided": 1, "count": 1,
        "blockers": [{"type": "a", "detail": "One."}, {"type": "b", "detail": "Two."}],
        "blocking": [{"type": "phone_number", "count": 1}, {"type": "deal", "count": 2}],
    },
    {
        "provider": None, "actor": [], "target": [], "roles": ["Owner", "Admin"], "groups": [], "message": "Ask Ann.",
        "user_id": "u2", "action": "deactivate", "version": 4, "until": NOW, "missing": 2, "detail": "Not now.",
        "state": "tombstoned", "remedies": "hurry", "verb": "deactivate", "pool": "seat", "choices": [],
        "type_": "task", "what": "The name", "sid": None, "offered": [], "most": 8,
        "client_id": "till", "delivery_id": "d2", "retry_after": 90, "rejected": False, "undecided": 2, "count": 2,
        "blockers": [{"type": "a"}], "blocking": [{"type": "deal", "count": 2}, {"type": "deal", "count": 3}],
    },
)  # fmt: skip

Case = tuple[Command | list[Command], Subject, dict[str, Any]]
CASES: dict[str, Case] = {
    "created": (Provision(IDP), NEW, OWNED),
    "created, welcomed": (Provision(IDP), Subject.absent(), WELCOME),
    "staged, not welcomed": (Provision(IDP, active=False), Subject.absent(), WELCOME),
    "created without a seat": (Provision(IDP), Subject(None, None, wanted=FULL), OWNED),
    "created twice": (Provision(IDP), active(), {}),
    "created as somebody inactive": (Provision(IDP), Subject.absent(namesake=Namesake("u2", State.INACTIVE)), {}),
    "created as somebody active": (Provision(IDP), Subject.absent(namesake=Namesake("u2", State.ACTIVE)), {}),
    "roles changed": (Change(IDP, ANALYST), active(), ENDING),
    "roles changed, nothing ends": (Change(IDP, ANALYST), active(), {}),
    "roles as before": (Change(IDP, ANALYST), active(roles=ANALYST), ENDING),
    "roles not touched": (Change(IDP), active(roles=ANALYST), ENDING),
    "change takes and gives": (Change(IDP), active(held=(Held("team", leaving=True),), wanted=ROOM), OWNED),
    "change of an inactive user gives nothing": (Change(IDP), inactive(wanted=ROOM), OWNED),
    "change beyond the capacity": (Change(IDP), active(wanted=FULL), OWNED),
    "change takes the last": (Change(IDP), active(held=(replace(LAST, leaving=True),)), OWNED),
    "assigned": (Assign(HOST, "free"), active(wanted=(Wanted("free"),)), OWNED),
    "assigned to somebody inactive": (Assign(HOST, "free"), inactive(wanted=(Wanted("free"),)), OWNED),
    "assigned from nowhere": (Assign(HOST, "none"), active(), OWNED),
    "assigned to nobody": (Assign(HOST, "free"), tombstoned(), OWNED),
    "released": (Release(HOST, "free"), active(held=(Held("free"), SALES)), OWNED),
    "released what is not held": (Release(HOST, "free"), active(held=(SALES,)), OWNED),
    "released what is bound": (Release(HOST, "sales"), active(held=(SALES,)), OWNED),
    "released, unconfirmed": (Release(HOST, "free"), active(held=(Held("free"),)), {**OWNED, "confirm": ["release"]}),
    "deactivated": (Deactivate(IDP), active(held=(SALES,), work=MIXED), OWNED),
    "deactivated, deferred": (Deactivate(IDP), active(), ENDING),
    "deactivated for security": (Deactivate(HOST, "security"), active(), ENDING),
    "deactivated again after security": (Deactivate(IDP), inactive(reason="security"), ENDING),
    "raised to security": (Deactivate(HOST, "security"), inactive(), ENDING),
    "deactivated with deals": (Deactivate(IDP), active(work=DEALS), STRICT),
    "deactivated with deals, held": (Deactivate(IDP), active(work=DEALS), OWNED),
    "deactivated with the last": (Deactivate(IDP), active(held=(LAST,)), STRICT),
    "deactivated with the last, held": (Deactivate(IDP), active(held=(LAST, Held("team"))), OWNED),
    "deactivated against an objection": (Deactivate(IDP), active(answer=OBJECTS), STRICT),
    "deactivated against an objection, held": (Deactivate(IDP), active(answer=OBJECTS), OWNED),
    "deactivated without an answer": (Deactivate(IDP), active(answer=Answer(reached=False)), STRICT),
    "deactivated with a warning": (Deactivate(IDP), active(answer=WARNS, work=MIXED), STRICT),
    "deactivated by an Admin": (Deactivate(ADMIN), active(roles=OWNER), {}),
    "deactivated, unconfirmed": (Deactivate(HOST), active(), {"confirm": ["deactivate"]}),
    "deactivated with all in the way": (
        Deactivate(HOST),
        active(roles=OWNER, sole_roles=OWNER, work=DEALS, held=(LAST,), answer=OBJECTS),
        {**STRICT, "confirm": ["deactivate"]},
    ),
    "deactivated with one call": (Deactivate(IDP), active(work=(WorkCount("cold_call", "open", None, 1),)), CALLS),
    "deactivated elsewhere": (Deactivate(HOST), active(managed_by="Okta"), {"source_of_truth": "external"}),
    "deactivated by a provider that may not": (Deactivate(IDP), active(), {"source_of_truth": "local"}),
    "reactivated": (Reactivate(IDP), inactive(wanted=ROOM), OWNED),
    "reactivated by a reset": (Reactivate(IDP), inactive(), {"notify": {"on_activate": "reset"}}),
    "reactivated after its moment": (Reactivate(IDP), inactive(deactivate_at=NOW - days(1)), {}),
    "reactivated before its moment": (Reactivate(IDP), inactive(deactivate_at=NOW + days(1)), {}),
    "reactivated without what it lost": (Reactivate(IDP), inactive(wanted=ROOM), {**OWNED, **LOST}),
    "reactivated with roles that assign": (Reactivate(IDP), inactive(wanted=ROLED), BY_ROLE),
    "reactivated without roles that assign": (Reactivate(IDP), inactive(wanted=ROLED), {**BY_ROLE, **LOST}),
    "a staged user begins": (Reactivate(IDP), inactive(reason="staged", wanted=ROOM), OWNED),
    "reactivated after security": (Reactivate(IDP), inactive(reason="security"), {}),
    "reactivated too late": (Reactivate(IDP), inactive(), {"reactivate": {"window_days": 5}}),
    "reactivated twice, unconfirmed": (Reactivate(HOST), active(), {"confirm": ["reactivate"]}),
    "reactivated, unconfirmed": (Reactivate(HOST), inactive(), {"confirm": ["reactivate"]}),
    "deleted with work": (Delete(IDP), active(held=(SALES,), work=MIXED), OWNED),
    "deleted while inactive": (Delete(IDP), inactive(work=MIXED), OWNED),
    "deleted with deals": (Delete(IDP), active(work=DEALS), STRICT),
    "deleted with deals, absorbed": (Delete(IDP), active(work=DEALS), OWNED),
    "deleted for privacy": (Delete(HOST, "privacy_request", "Art. 17", confirmed=True), active(), OWNED),
    "deleted for privacy without a basis": (Delete(HOST, "privacy_request", confirmed=True), active(), OWNED),
    "deleted, reason not asked": (MEANT, active(), {"delete": {"mode": "any", "reason": "off"}}),
    "deleted, no reason known": (Delete(HOST, confirmed=True), active(), OWNED),
    "deleted without a reason": (Delete(HOST, confirmed=True), active(), {"delete": {"mode": "any"}}),
    "deleted, unconfirmed": (Delete(HOST, "leaver"), active(), {"delete": {"mode": "any"}}),
    "deleted under a hold": (Delete(OPERATOR), inactive(on_hold=True), {"delete": {"min_days_inactive": 0}}),
    "deleted too early": (MEANT, inactive(), {}),
    "deleted while active": (MEANT, active(), {}),
    "deleted where nobody is": (MEANT, active(), {"delete": {"mode": "never"}}),
    "deleted after security": (Delete(IDP), inactive(reason="security"), {"delete": {"mode": "any"}}),
    "deleted without an answer": (MEANT, active(answer=Answer(reached=False)), OWNED),
    "restored": (Restore(HOST, reinstate_groups=True), tombstoned(wanted=ROOM), OWNED),
    "restored and invited": (Restore(HOST), tombstoned(deactivate_at=NOW), WELCOME),
    "restored inactive": (Restore(HOST, active=False), tombstoned(deactivate_at=NOW), {**OWNED, **WELCOME}),
    "restored while active": (Restore(HOST, active=False), active(), {}),
    "restored, unconfirmed": (Restore(HOST), tombstoned(), {"confirm": ["restore"]}),
    "purged": (Purge(WORKER), DUE, {}),
    "purged with work": (Purge(WORKER), replace(DUE, work=MIXED, held=(SALES,), approved_by=("ann", "bob")), OWNED),
    "purged, names kept": (Purge(WORKER), DUE, {"delete": {"attribution": {"audit": "keep", "content": "keep"}}}),
    "purged, names blank": (Purge(WORKER), DUE, {"delete": {"attribution": {"audit": "label", "content": "blank"}}}),
    "purged too early": (Purge(WORKER), tombstoned(), {}),
    "purged where nobody is": (Purge(WORKER), tombstoned(), {"delete": {"mode": "never"}}),
    "purged without approval": (Purge(WORKER), DUE, {"delete": {"approvals": 2}}),
    "purged while active": (Purge(WORKER), active(), {}),
    "purged, unconfirmed": (Purge(HOST), DUE, {"confirm": ["purge"]}),
    "changed and deactivated": ([Change(IDP, ANALYST), Deactivate(IDP)], active(held=(SALES,), wanted=ROOM), OWNED),
    "changed both ways and deactivated": (
        [Change(IDP), Deactivate(IDP)],
        active(held=(Held("team", leaving=True),), wanted=(Wanted("seat"),)),
        OWNED,
    ),
    "changed and deactivated, held": ([Change(IDP), Deactivate(IDP)], active(work=DEALS), OWNED),
    "restored and changed": ([Reactivate(IDP), Change(IDP)], inactive(wanted=ROOM), OWNED),
}  # fmt: skip


REFUSALS = sorted(name for name in refusals.__all__ if inspect.isfunction(getattr(refusals, name)))
NAMES = [*CASES, *(f"{name} {number}" for name in REFUSALS for number in range(len(SAMPLES)))]


def told(name: str) -> Any:
    """Return the verdict of a case, foreseen as it is reached, or what a refusal says of samples."""
    if name not in CASES:
        refuse, number = name.split()
        return _plain(_refusal(_refused(getattr(refusals, refuse), SAMPLES[int(number)])))
    commands, subject, knobs = CASES[name]
    several = commands if isinstance(commands, list) else [commands]
    foreseen = assess(several, subject, policy(**knobs), NOW, "revision")
    assert foreseen.verdict == decide_all(several, subject, policy(**knobs), NOW)
    assert len(several) > 1 or foreseen.verdict == decide(several[0], subject, policy(**knobs), NOW)
    return _plain(_shown(foreseen))


def _refused(refuse: Callable[..., Refusal], samples: dict[str, Any]) -> Refusal:
    wanted = inspect.signature(refuse).parameters.values()
    told_by_name = {each.name: samples[each.name] for each in wanted if each.kind is each.KEYWORD_ONLY}
    return refuse(*(samples[each.name] for each in wanted if each.name not in told_by_name), **told_by_name)


def _shown(assessment: Assessment) -> dict[str, Any]:
    verdict = assessment.verdict
    shown = {
        "refusals": [_refusal(each) for each in verdict.refusals],
        "transition": verdict.transition,
        "effects": [[type(each).__name__, *asdict(each).values()] for each in verdict.effects],
        "changes": dict(verdict.changes),
        "held": [each.code for each in verdict.held],
        "blockers": [each.code for each in assessment.blockers],
        "warnings": [asdict(each) for each in assessment.warnings],
        "named": assessment.effects,
    }
    return {name: value for name, value in shown.items() if value}


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {"kind": refusal.kind, **asdict(refusal)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return iso(value)
    return value


def main() -> None:
    """Write what the verdicts are."""
    lines = [f" {json.dumps(name)}: {json.dumps(told(name), ensure_ascii=False)}" for name in NAMES]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
