"""Say what each command leads to once nothing stands in its way: a transition, effects, and facts to set."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from app.lifecycle.case import Case
from app.lifecycle.clock import iso
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
    Schedule,
)
from app.lifecycle.effects import Anonymise, Effect, Emit, EndAccess, LeaveGroups, ReinstateGroups
from app.lifecycle.ending import LASTING, ending
from app.lifecycle.holdings import come_back, give, leave_behind, let_go, perish, settle
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State, Transition
from app.lifecycle.subject import SECURITY_REASONS

Outcome: TypeAlias = tuple[Transition | None, tuple[Effect, ...], Mapping[str, Any]]
NOTHING: Outcome = (None, (), {})
INVITATIONS = {"welcome": "user.welcome_requested", "reset": "user.password_reset_requested"}


def outcome(command: Command, case: Case) -> Outcome:
    """Return what the command leads to."""
    return _OUTCOMES[type(command)](command, case)


def _provision(command: Provision, case: Case) -> Outcome:
    state = State.ACTIVE if command.active else State.INACTIVE
    staged = {} if command.active else {"reason": "staged", "deactivated_at": case.now}
    return (
        (None, state),
        (*give(case), Emit("user.created", {"state": state.value}), *(_invited(case) if command.active else ())),
        {"state": state, **staged},
    )


def _change(command: Change, case: Case) -> Outcome:
    effects = (*let_go(case), *give(case))
    if "roles" not in case.policy.sessions.end_on or command.roles in {None, case.subject.roles}:
        return None, effects, {}
    return None, (EndAccess("roles_changed", spared=LASTING), *effects), {"tokens_valid_after": case.now}


def _assign(_command: Assign, case: Case) -> Outcome:
    return None, give(case), {}


def _release(_command: Release, case: Case) -> Outcome:
    return None, let_go(case), {}


def _deactivate(command: Deactivate, case: Case) -> Outcome:
    subject = case.subject
    end = ending(case.policy, for_security=subject.secured or command.reason in SECURITY_REASONS)
    if subject.state is State.INACTIVE:
        # security outlives a mere leaver: the identity provider could otherwise lift what an operator confirmed
        raised = command.reason in SECURITY_REASONS and not subject.secured
        return None, (end,), {"reason": command.reason} if raised else {}
    return (
        (State.ACTIVE, State.INACTIVE),
        (end, *let_go(case), *leave_behind(case), Emit("user.deactivated", {"reason": command.reason})),
        {
            "state": State.INACTIVE,
            "reason": command.reason,
            "deactivated_at": case.now,
            "tokens_valid_after": case.now,
        },
    )


def _reactivate(_command: Reactivate, case: Case) -> Outcome:
    return _activated(case)


def _activated(case: Case) -> Outcome:
    if case.subject.state is State.ACTIVE:
        return NOTHING
    return (
        (State.INACTIVE, State.ACTIVE),
        (*come_back(case), Emit("user.reactivated"), *_invited(case)),
        {"state": State.ACTIVE, "reason": None, "deactivated_at": None, **_unscheduled(case)},
    )


def _unscheduled(case: Case) -> Mapping[str, Any]:
    """Forget a moment that has passed: it would take the access away again that is given now."""
    return {"deactivate_at": None} if Schedule(case.subject.deactivate_at).due(case.now) else {}


def _delete(command: Delete, case: Case) -> Outcome:
    subject = case.subject
    was = State.INACTIVE if subject.state is State.INACTIVE else State.ACTIVE
    since = subject.deactivated_at if was is State.INACTIVE else None
    reason = _reason(command, case)
    due = None if case.policy.delete.mode == "never" else max(case.retained_until, case.now)
    left = leave_behind(case) if was is State.ACTIVE else ()
    told = {
        "previous": was.value,
        "reason": reason,
        "purge_after": iso(due) if due else None,
        "scope": case.policy.delete.scope,
        **({"legal_basis": command.legal_basis} if command.legal_basis else {}),
    }
    return (
        (was, State.TOMBSTONED),
        (EndAccess("deleted"), LeaveGroups(), *let_go(case), *left, Emit("user.deleted", told)),
        {
            "state": State.TOMBSTONED,
            "reason": subject.reason if subject.secured else reason,
            "deactivated_at": since or case.now,
            "tombstoned_at": case.now,
            "purge_after": due,
            "tokens_valid_after": case.now,
        },
    )


def _reason(command: Delete, case: Case) -> str | None:
    """Return why a user is deleted: what was said, as far as the policy asks, or else why it was inactive."""
    said = None if case.policy.delete.reason == "off" else command.reason
    return said or case.subject.reason or ("scim" if case.on_scim else None)


def _restore(command: Restore, case: Case) -> Outcome:
    subject = case.subject
    if subject.state is not State.TOMBSTONED:
        return _activated(case) if command.active else NOTHING
    state = State.ACTIVE if command.active else State.INACTIVE
    regroups = command.reinstate_groups and "groups" in case.policy.reactivate.restore
    back = come_back(case) if command.active else settle(case)
    invited = _invited(case) if command.active else ()
    return (
        (State.TOMBSTONED, state),
        (*((ReinstateGroups(),) if regroups else ()), *back, Emit("user.restored", {"state": state.value}), *invited),
        {
            "state": state,
            "reason": None if command.active else subject.reason,
            "deactivated_at": None if command.active else subject.deactivated_at or case.now,
            "tombstoned_at": None,
            "purge_after": None,
            **(_unscheduled(case) if command.active else {}),
        },
    )


def _purge(_command: Purge, case: Case) -> Outcome:
    return (
        (State.TOMBSTONED, State.PURGED),
        (
            EndAccess("purged"),
            *let_go(case),
            *perish(case),
            *_attribution(case.policy),
            Emit("user.purged", {"scope": case.policy.delete.scope, **_agreed(case)}),
        ),
        {
            "state": State.PURGED,
            "reason": None,
            "purge_after": None,
            "purged_at": case.now,
            "tokens_valid_after": case.now,
        },
    )


def _agreed(case: Case) -> dict[str, list[str]]:
    return {"approved_by": list(case.subject.approved_by)} if case.subject.approved_by else {}


def _invited(case: Case) -> tuple[Effect, ...]:
    """Return what the host application is asked to send to somebody who becomes active."""
    invitation = INVITATIONS.get(case.policy.notify.on_activate)
    return () if invitation is None else (Emit(invitation),)


def _attribution(policy: TenantPolicy) -> tuple[Effect, ...]:
    """Return what becomes of the name: here, and at the host application."""
    rules = policy.delete.attribution
    here = Anonymise(None if rules.audit == "keep" else rules.label)
    if rules.content == "keep":
        return (here,)
    return here, Emit("attribution.relabel", {"label": rules.label if rules.content == "label" else None})


_OUTCOMES: Mapping[type[Command], Callable[[Any, Case], Outcome]] = MappingProxyType(
    {
        Provision: _provision,
        Change: _change,
        Assign: _assign,
        Release: _release,
        Deactivate: _deactivate,
        Reactivate: _reactivate,
        Delete: _delete,
        Restore: _restore,
        Purge: _purge,
    }
)
