"""Decide what a command does to a user: every refusal, or a transition with its changes and effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from typing import Any

from app.lifecycle.clock import iso
from app.lifecycle.commands import (
    Change,
    Command,
    Deactivate,
    Delete,
    Provision,
    Purge,
    Reactivate,
    Restore,
)
from app.lifecycle.effects import Anonymise, Effect, Emit, EndAccess, LeaveGroups, ReinstateGroups
from app.lifecycle.guards import GUARDS, Case
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code, Refusal, Refused
from app.lifecycle.states import State, Transition
from app.lifecycle.subject import SECURITY_REASONS, Subject


@dataclass(frozen=True)
class Verdict:
    """The answer: refusals and nothing else, or facts to set on the row and effects to carry out in order."""

    refusals: tuple[Refusal, ...] = ()
    transition: Transition | None = None
    effects: tuple[Effect, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Tell whether nothing stands in the way."""
        return not self.refusals

    def require(self) -> "Verdict":
        """Return the verdict, or raise Refused when it is a no."""
        if self.refusals:
            raise Refused(self.refusals)
        return self


def decide(command: Command, subject: Subject, policy: TenantPolicy, now: datetime) -> Verdict:
    """Judge one command; all guards run, and a refused command changes nothing."""
    case = Case(command, subject, policy, now)
    refused = tuple(refusal for guard in GUARDS if (refusal := guard(case)) is not None)
    return Verdict(refused) if refused else _outcome(command, case)


def decide_all(commands: Sequence[Command], subject: Subject, policy: TenantPolicy, now: datetime) -> Verdict:
    """Judge several commands, each on the subject as the earlier ones leave it: all of them, or none."""
    current, verdicts = subject, []
    for command in commands:
        verdict = decide(command, current, policy, now)
        verdicts.append(verdict)
        if verdict.allowed:
            roles = command.roles if isinstance(command, Provision | Change) else None
            current = current.after(verdict.changes, roles)
    return _merged(verdicts, subject.state, current.state)


def _merged(verdicts: Sequence[Verdict], before: State | None, after: State | None) -> Verdict:
    refused = {refusal.code: refusal for verdict in reversed(verdicts) for refusal in verdict.refusals}
    if refused:
        return Verdict(tuple(refused[code] for code in Code if code in refused))
    return Verdict(
        transition=None if after is None or after is before else (before, after),
        effects=tuple(effect for verdict in verdicts for effect in verdict.effects),
        changes={name: value for verdict in verdicts for name, value in verdict.changes.items()},
    )


@singledispatch
def _outcome(command: Command, case: Case) -> Verdict:
    raise TypeError(f"{command!r} is not a command, judged at {case.now}.")


@_outcome.register
def _provision(command: Provision, case: Case) -> Verdict:
    state = State.ACTIVE if command.active else State.INACTIVE
    staged = {} if command.active else {"reason": "staged", "deactivated_at": case.now}
    return Verdict(
        transition=(None, state),
        effects=(Emit("user.created", {"state": state.value}),),
        changes={"state": state, **staged},
    )


@_outcome.register
def _change(_command: Change, _case: Case) -> Verdict:
    return Verdict()


@_outcome.register
def _deactivate(command: Deactivate, case: Case) -> Verdict:
    subject = case.subject
    end = EndAccess("deactivated")
    if subject.state is State.INACTIVE:
        # security outlives a mere leaver: the identity provider could otherwise lift what an operator confirmed
        raised = command.reason in SECURITY_REASONS and not subject.secured
        return Verdict(effects=(end,), changes={"reason": command.reason} if raised else {})
    return Verdict(
        transition=(State.ACTIVE, State.INACTIVE),
        effects=(end, Emit("user.deactivated", {"reason": command.reason})),
        changes={
            "state": State.INACTIVE,
            "reason": command.reason,
            "deactivated_at": case.now,
            "tokens_valid_after": case.now,
        },
    )


@_outcome.register
def _reactivate(_command: Reactivate, case: Case) -> Verdict:
    return _activated(case)


def _activated(case: Case) -> Verdict:
    if case.subject.state is State.ACTIVE:
        return Verdict()
    return Verdict(
        transition=(State.INACTIVE, State.ACTIVE),
        effects=(Emit("user.reactivated"),),
        changes={"state": State.ACTIVE, "reason": None, "deactivated_at": None},
    )


@_outcome.register
def _delete(command: Delete, case: Case) -> Verdict:
    subject = case.subject
    was = State.INACTIVE if subject.state is State.INACTIVE else State.ACTIVE
    since = subject.deactivated_at if was is State.INACTIVE else None
    reason = command.reason or subject.reason
    due = None if case.policy.delete.mode == "never" else max(case.retained_until, case.now)
    return Verdict(
        transition=(was, State.TOMBSTONED),
        effects=(
            EndAccess("deleted"),
            LeaveGroups(),
            Emit("user.deleted", {"previous": was.value, "reason": reason, "purge_after": iso(due) if due else None}),
        ),
        changes={
            "state": State.TOMBSTONED,
            "reason": subject.reason if subject.secured else reason,
            "deactivated_at": since or case.now,
            "tombstoned_at": case.now,
            "purge_after": due,
            "tokens_valid_after": case.now,
        },
    )


@_outcome.register
def _restore(command: Restore, case: Case) -> Verdict:
    subject = case.subject
    if subject.state is not State.TOMBSTONED:
        return _activated(case) if command.active else Verdict()
    state = State.ACTIVE if command.active else State.INACTIVE
    regroup = (ReinstateGroups(),) if command.reinstate_groups else ()
    return Verdict(
        transition=(State.TOMBSTONED, state),
        effects=(*regroup, Emit("user.restored", {"state": state.value})),
        changes={
            "state": state,
            "reason": None if command.active else subject.reason,
            "deactivated_at": None if command.active else subject.deactivated_at or case.now,
            "tombstoned_at": None,
            "purge_after": None,
        },
    )


@_outcome.register
def _purge(_command: Purge, case: Case) -> Verdict:
    return Verdict(
        transition=(State.TOMBSTONED, State.PURGED),
        effects=(
            EndAccess("purged"),
            Anonymise(case.policy.delete.attribution.label),
            Emit("user.purged"),
        ),
        changes={
            "state": State.PURGED,
            "reason": None,
            "purge_after": None,
            "purged_at": case.now,
            "tokens_valid_after": case.now,
        },
    )
