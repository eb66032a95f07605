"""Decide what a command does to a user: every refusal, or a transition with its changes and effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.lifecycle.case import Case
from app.lifecycle.commands import Change, Command, Deactivate, Provision
from app.lifecycle.effects import Effect, Owe, ReleaseEntitlement, TakeEntitlement
from app.lifecycle.guards import GUARDS_OF
from app.lifecycle.outcomes import outcome
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code, Refusal, Refused
from app.lifecycle.states import State, Transition
from app.lifecycle.subject import Held, Subject

OWED = frozenset({Code.LAST_ENTITLEMENT_IN_SCOPE, Code.OWNED_WORK, Code.PRECHECK})
"""What an identity provider is not refused for, but somebody has to clear later."""
ABSORBED = OWED | {Code.DELETION_UNSUPPORTED, Code.LEGAL_HOLD, Code.USER_ACTIVE, Code.RETENTION}
"""What a DELETE that is absorbed only delays."""
SHOWN = ("type", "value", "state", "scope", "count")
"""What is kept of an obstacle; what the host application said in words may name persons."""


@dataclass(frozen=True)
class Verdict:
    """The answer: refusals and nothing else, or facts to set on the row and effects to carry out in order.

    ``held`` are the refusals that the policy spares an identity provider.
    """

    refusals: tuple[Refusal, ...] = ()
    transition: Transition | None = None
    effects: tuple[Effect, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    held: tuple[Refusal, ...] = ()

    @property
    def allowed(self) -> bool:
        """Tell whether nothing stands in the way."""
        return not self.refusals

    def require(self, user_id: str | None = None) -> "Verdict":
        """Return the verdict, or raise Refused when it is a no."""
        if self.refusals:
            raise Refused(self.refusals, user_id)
        return self


def decide(command: Command, subject: Subject, policy: TenantPolicy, now: datetime) -> Verdict:
    """Judge one command; all its guards run, and a refused command changes nothing."""
    case = Case(command, subject, policy, now)
    said = [refusal for guard in GUARDS_OF[type(command)] if (refusal := guard(case)) is not None]
    spared = _spared(case) if said else frozenset()
    refused = tuple(refusal for refusal in said if refusal.code not in spared)
    if refused:
        return Verdict(refused)
    transition, effects, changes = outcome(command, case)
    owed = [_owed(refusal, changes) for refusal in said if refusal.code in OWED]
    return Verdict((), transition, (*effects, *owed), changes, tuple(said))


def _spared(case: Case) -> frozenset[Code]:
    """Return the refusals that the policy spares this command."""
    if not case.on_scim:
        return frozenset()
    if case.deleting:
        return ABSORBED if case.policy.scim.delete == "absorb" else frozenset()
    if case.policy.scim.on_block == "refuse":
        return frozenset()
    if isinstance(case.command, Change):
        return frozenset({Code.LAST_ENTITLEMENT_IN_SCOPE})
    return OWED if isinstance(case.command, Deactivate) else frozenset()


def _owed(refusal: Refusal, changes: Mapping[str, Any]) -> Owe:
    blocking = [{name: each[name] for name in SHOWN if each.get(name) is not None} for each in refusal.blocking]
    detail = {"blocking": blocking, "remedies": list(refusal.remedies)}
    return Owe(refusal.code, refusal.guard, detail, changes.get("purge_after"))


def decide_all(commands: Sequence[Command], subject: Subject, policy: TenantPolicy, now: datetime) -> Verdict:
    """Judge several commands, each on the subject as the earlier ones leave it: all of them, or none."""
    if len(commands) == 1:
        return decide(commands[0], subject, policy, now)
    current, verdicts = subject, []
    for command in commands:
        verdict = decide(command, current, policy, now)
        verdicts.append(verdict)
        if verdict.allowed:
            roles = command.roles if isinstance(command, Provision | Change) else None
            current = _settled(current.after(verdict.changes, roles), verdict.effects)
    return _merged(verdicts, subject.state, current.state)


def _settled(subject: Subject, effects: Sequence[Effect]) -> Subject:
    """Return the subject with what it was given already, and without what was taken."""
    given = tuple(Held(e.pool, e.scope) for e in effects if isinstance(e, TakeEntitlement))
    moved = {(e.pool, e.scope) for e in effects if isinstance(e, ReleaseEntitlement)}
    moved |= {(each.pool, each.scope) for each in given}
    if not moved:
        return subject
    held = tuple(each for each in subject.held if (each.pool, each.scope) not in moved)
    wanted = tuple(each for each in subject.wanted if (each.pool, each.scope) not in moved)
    return replace(subject, held=(*held, *given), wanted=wanted)


def _merged(verdicts: Sequence[Verdict], before: State | None, after: State | None) -> Verdict:
    if refused := _by_code([refusal for verdict in verdicts for refusal in verdict.refusals]):
        return Verdict(refused)
    return Verdict(
        transition=None if after is None or after is before else (before, after),
        effects=tuple(effect for verdict in verdicts for effect in verdict.effects),
        changes={name: value for verdict in verdicts for name, value in verdict.changes.items()},
        held=_by_code([refusal for verdict in verdicts for refusal in verdict.held]),
    )


def _by_code(refusals: Sequence[Refusal]) -> tuple[Refusal, ...]:
    """Return each refusal once, as it was met first, in guard order."""
    found = {refusal.code: refusal for refusal in reversed(refusals)}
    return tuple(found[code] for code in Code if code in found)
