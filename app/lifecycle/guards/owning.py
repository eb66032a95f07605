"""Guard what users hold and own at the host application."""

from collections.abc import Iterable
from typing import Any

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Assign, Change, Release
from app.lifecycle.policy import Entitlement
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Wanted, WorkCount


def assignable(case: Case) -> Refusal | None:
    """Refuse to give an entitlement of a pool that is not there, or to somebody who is not active."""
    command, state = case.command, case.subject.state
    if not isinstance(command, Assign) or state not in VISIBLE or state is None:
        return None
    if command.pool not in case.policy.entitlements:
        return refusals.unknown_pool(command.pool)
    if state is State.ACTIVE:
        return None
    return refusals.invalid_state("This user is inactive; reactivate it first.", state, "reactivate")


def separable(case: Case) -> Refusal | None:
    """Refuse to take an entitlement that the user does not hold, or that goes with its access alone."""
    command = case.command
    if not isinstance(command, Release) or case.subject.state not in VISIBLE:
        return None
    if not case.released:
        return refusals.unknown_entitlement(command.pool)
    pool = case.policy.entitlements.get(command.pool)
    bound = pool is not None and not pool.separable and case.subject.state is State.ACTIVE
    return refusals.not_separable(command.pool) if bound else None


def last_in_scope(case: Case) -> Refusal | None:
    """Refuse to take away the last entitlement of a scope in which work needs one."""
    needed = [held for held in case.released if case.indispensable(held)]
    if not needed:
        return None
    pool = case.policy.entitlements[needed[0].pool]
    message = None if pool.last_in_scope is None else pool.last_in_scope.message
    work = [count for held in needed for count in held.blocked_by]
    types = dict.fromkeys(f"deactivate_{count.type}s" for count in work)
    return refusals.last_entitlement(needed[0].pool, message, _shown(work), *types, "assign_entitlement")


def owned_work(case: Case) -> Refusal | None:
    """Refuse to let somebody go while it owns work of a type that must not be left behind."""
    if not case.subject.work or not (case.deactivating or case.permanent):
        return None
    rules = case.policy.work
    if case.deactivating:
        blocking = [each for each in case.subject.work if each.type in rules and _stays(case, each)]
        return refusals.owned_work(_shown(blocking), "deactivate") if blocking else None
    blocking = [each for each in case.subject.work if each.type in rules and rules[each.type].on_delete == "block"]
    return refusals.owned_work(_shown(blocking), "delete") if blocking else None


def _stays(case: Case, work: WorkCount) -> bool:
    return case.policy.work[work.type].on_deactivate == "block"


def prechecked(case: Case) -> Refusal | None:
    """Refuse what the host application objects to; without its answer, a deletion waits and a deactivation does not."""
    answer = case.subject.answer
    if answer is None or not (case.deactivating or case.permanent):
        return None
    if not answer.reached:
        return refusals.precheck_unanswered() if case.permanent else None
    return refusals.prechecked(answer.blockers) if answer.blockers else None


def capacity_left(case: Case) -> Refusal | None:
    """Refuse to give out more entitlements than there are."""
    full = [(pool, wanted) for pool, wanted in taken(case) if _is_full(pool, wanted) and pool.over_limit != "overage"]
    if not full:
        return None
    pool, first = full[0]
    blocking = [
        {"type": "entitlement", "pool": wanted.pool, "scope": wanted.scope, "count": wanted.taken} for _, wanted in full
    ]
    return refusals.seat_limit(first.pool, blocking, pool.choices if pool.over_limit == "offer_choices" else ())


def _is_full(pool: Entitlement, wanted: Wanted) -> bool:
    return pool.capacity is not None and wanted.taken >= pool.capacity


def taken(case: Case) -> list[tuple[Entitlement, Wanted]]:
    """Return the entitlements that the command gives the user, with their pools."""
    changing = isinstance(case.command, Change | Assign) and case.subject.state is State.ACTIVE
    if not case.subject.wanted or not (changing or case.returning):
        return []
    # who was only staged gets it for the first time
    again = case.subject.state in {State.INACTIVE, State.TOMBSTONED} and case.subject.reason != "staged"
    pools = case.policy.entitlements
    found = [(pools[wanted.pool], wanted) for wanted in case.subject.wanted if wanted.pool in pools]
    return [(pool, wanted) for pool, wanted in found if not again or _returns(case, pool)]


def _returns(case: Case, pool: Entitlement) -> bool:
    """Tell whether who comes back has it again: not by a role or a group that it does not have again."""
    lost = {"roles", "groups"}.difference(case.policy.reactivate.restore)
    return pool.assigned_by == "everyone" or (pool.on_reactivate == "auto" and pool.assigned_by not in lost)


def _shown(work: Iterable[WorkCount]) -> list[dict[str, Any]]:
    return [
        {"type": each.type, "state": each.state, "count": each.count, **({"scope": each.scope} if each.scope else {})}
        for each in work
    ]
