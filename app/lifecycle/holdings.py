"""Say what becomes of entitlements, owned work, roles and groups when somebody leaves, comes back or perishes."""

from collections.abc import Iterator

from app.lifecycle.case import Case
from app.lifecycle.effects import (
    Effect,
    ForgetGroups,
    GiveBackWork,
    LoseRoles,
    MarkTransferable,
    OnWork,
    Reassign,
    ReleaseEntitlement,
    RemoveWork,
    Settle,
    TakeEntitlement,
    Unassign,
)
from app.lifecycle.guards.owning import taken
from app.lifecycle.policy import OwnedWork
from app.lifecycle.states import State
from app.lifecycle.subject import Held

Effects = tuple[Effect, ...]


def let_go(case: Case) -> Effects:
    """Return what happens to the entitlements that the command takes away; an indispensable one stays held."""
    released = [held for held in case.released if not case.indispensable(held)]
    return tuple(
        effect for held in released for effect in (ReleaseEntitlement(held.pool, held.scope), *_orphaned(case, held))
    )


def _orphaned(case: Case, held: Held) -> Iterator[OnWork]:
    """Yield what becomes of the work that needed the entitlement."""
    pool = case.policy.entitlements.get(held.pool)
    for type_, rule in pool.on_release.items() if pool is not None else ():
        if not _owns(case, type_, rule.states):
            continue
        if rule.to == "transferable":
            yield MarkTransferable(type_, rule.states, held.scope, rule.reason)
        else:
            yield Unassign(type_, rule.states, held.scope)


def leave_behind(case: Case) -> Effects:
    """Return what becomes of the work of somebody who loses access."""
    if not case.subject.work:
        return ()
    owned = [(type_, rule) for type_, rule in case.policy.work.items() if _owns(case, type_)]
    return tuple(effect for type_, rule in owned if (effect := _left(type_, rule)) is not None)


def _left(type_: str, rule: OwnedWork) -> OnWork | None:
    if rule.on_deactivate == "transferable":
        return MarkTransferable(type_, reason=rule.reason)
    if rule.on_deactivate == "reassign" and rule.reassign_to is not None:
        return Reassign(type_, rule.reassign_to)
    return Unassign(type_) if rule.on_deactivate in {"unassign", "reassign"} else None


def perish(case: Case) -> Effects:
    """Return what becomes of the work of somebody who is destroyed."""
    effects: list[Effect] = [*settle(case)]
    for type_, rule in case.policy.work.items() if case.subject.work else ():
        if rule.on_delete == "cascade" and _owns(case, type_):
            effects.append(RemoveWork(type_))
        if rule.on_delete == "reassign" and _owns(case, type_):
            effects.append(Unassign(type_) if rule.reassign_to is None else Reassign(type_, rule.reassign_to))
    return tuple(effects)


def _owns(case: Case, type_: str, states: tuple[str, ...] = ()) -> bool:
    return any(each.type == type_ and (not states or each.state in states) for each in case.subject.work)


def give(case: Case) -> Effects:
    """Return the entitlements that the command gives."""
    return tuple(TakeEntitlement(wanted.pool, wanted.scope) for _, wanted in taken(case))


def come_back(case: Case) -> Effects:
    """Return what somebody has again, and has no more, who comes back."""
    kept = case.policy.reactivate.restore
    lost: list[Effect] = []
    if "roles" not in kept:
        lost.append(LoseRoles())
    if "groups" not in kept and case.subject.state is State.INACTIVE:
        lost.append(ForgetGroups())
    work = [GiveBackWork(type_) for type_, rule in case.policy.work.items() if rule.on_reactivate == "restore"]
    return (*settle(case), *lost, *give(case), *work)


def settle(case: Case) -> Effects:
    """Return what closes open obligations, where the policy may have left some open."""
    return (Settle(),) if case.policy.obliges else ()
