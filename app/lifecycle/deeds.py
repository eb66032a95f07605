"""Carry out what a verdict says about entitlements, work and obligations, and tell what happened."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.lifecycle.decide import Verdict
from app.lifecycle.effects import (
    Effect,
    Emit,
    GiveBackWork,
    MarkTransferable,
    OnWork,
    Owe,
    Reassign,
    ReleaseEntitlement,
    RemoveWork,
    Settle,
    TakeEntitlement,
    Unassign,
)
from app.lifecycle.estate import Estate
from app.lifecycle.ports import Work

TOLD: dict[type[OnWork], str] = {
    MarkTransferable: "work.transferable",
    Unassign: "work.unassigned",
    Reassign: "work.reassigned",
    RemoveWork: "work.removed",
    GiveBackWork: "work.returned",
}


@dataclass(frozen=True, slots=True)
class Deeds:
    """Act in one unit of work, at one moment."""

    work: Work
    estate: Estate | None
    now: datetime

    def carry_out(self, user_id: str, verdict: Verdict) -> list[Emit]:
        """Carry out effects in their order, obligations at last, and return the events to be told."""
        happened: list[Emit] = []
        for effect in verdict.effects:
            happened.extend(self._carried_out(user_id, effect))
        owed = [effect for effect in verdict.effects if isinstance(effect, Owe)]
        opened = self.work.obligations.open(user_id, owed, self.now) if owed else []
        return [*happened, *(Emit("obligation.opened", {"code": code}) for code in opened)]

    def _carried_out(self, user_id: str, effect: Effect) -> list[Emit]:
        if isinstance(effect, Settle):
            codes = self.work.obligations.settle(user_id, self.now)
            return [Emit("obligation.settled", {"code": code}) for code in codes]
        if self.estate is None:
            return []
        if isinstance(effect, TakeEntitlement):
            self.estate.entitlements.take(user_id, effect.pool, effect.scope, self.now)
            return [Emit("entitlement.assigned", asdict(effect))]
        if isinstance(effect, ReleaseEntitlement):
            self.estate.entitlements.release(user_id, effect.pool, effect.scope, self.now)
            return [Emit("entitlement.released", asdict(effect))]
        if isinstance(effect, OnWork):
            count = self.estate.work_items.apply(user_id, effect, self.now)
            return [Emit(TOLD[type(effect)], {**_said(effect), "count": count})] if count else []
        return []


def _said(effect: OnWork) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(effect).items() if value}
