"""Say beforehand what a command would do, and all that would stand in its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.lifecycle.commands import Command
from app.lifecycle.decide import Verdict, decide_all
from app.lifecycle.effects import Emit
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code, Refusal
from app.lifecycle.subject import Subject

CLEARED_FIRST = (Code.OWNED_WORK, Code.LAST_ENTITLEMENT_IN_SCOPE, Code.PRECHECK, Code.SEAT_LIMIT)
"""What is cleared before the user itself, in this order; all else follows in the order of guards."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know, or to clear; ``blocking`` counts what is concerned."""

    code: str
    detail: str
    guard: str
    remedies: tuple[str, ...] = ()
    blocking: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a command would do: what blocks it, what it leaves behind, and its verdict if nothing blocks it."""

    blockers: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    verdict: Verdict
    revision: str

    @property
    def effects(self) -> tuple[str, ...]:
        """Name what would happen, in its order."""
        return tuple(e.type if isinstance(e, Emit) else type(e).__name__ for e in self.verdict.effects)


def assess(
    commands: Sequence[Command], subject: Subject, policy: TenantPolicy, now: datetime, revision: str
) -> Assessment:
    """Judge commands as they will be judged; nothing is changed."""
    verdict = decide_all(commands, subject, policy, now)
    warnings = [*_retained(subject, policy, verdict), *_remarks(verdict.held), *_said(subject)]
    return Assessment(tuple(_remarks(verdict.refusals)), tuple(warnings), verdict, revision)


def _remarks(refusals: Sequence[Refusal]) -> list[Remark]:
    order = [*CLEARED_FIRST, *(code for code in Code if code not in CLEARED_FIRST)]
    ordered = sorted(refusals, key=lambda refusal: order.index(Code(refusal.code)))
    return [Remark(each.code, each.detail, each.guard, each.remedies, each.blocking) for each in ordered]


def _retained(subject: Subject, policy: TenantPolicy, verdict: Verdict) -> list[Remark]:
    """Return what stays assigned to somebody who loses access, by type in the order of the policy."""
    found = []
    for type_, rule in policy.work.items() if verdict.transition else ():
        counts = [each for each in subject.work if each.type == type_ and rule.on_deactivate == "retain"]
        if counts:
            total = sum(each.count for each in counts)
            said = f"{total} {type_.replace('_', ' ')}{' stays' if total == 1 else 's stay'} assigned to this user."
            blocking = tuple({"type": type_, "state": each.state, "count": each.count} for each in counts)
            found.append(Remark("WORK_RETAINED", said, f"work.{type_}.on_deactivate", ("reassign_work",), blocking))
    return found


def _said(subject: Subject) -> list[Remark]:
    """Return what the host application said, or that it said nothing."""
    answer = subject.answer
    if answer is None:
        return []
    if not answer.reached:
        return [Remark("PRECHECK_UNANSWERED", "The application could not be asked.", "precheck", ("retry",))]
    return [Remark("PRECHECK", "The application warns.", "precheck", (), answer.warnings)] if answer.warnings else []
