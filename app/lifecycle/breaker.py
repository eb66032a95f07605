"""Hold what identity providers take away at once, and let somebody decide about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias

from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Work
from app.lifecycle.refusals import Refused, invalid_state, unknown_surge
from app.lifecycle.service import policy_of
from app.lifecycle.surges import SurgeKind, SurgeRecord, Surges, SurgeState, beyond, decision

SUBJECT = "MassChange"
TOLD: Mapping[SurgeState, str] = MappingProxyType(
    {
        "held": "mass_change.held",
        "alerted": "mass_change.alerted",
        "approved": "mass_change.approved",
        "rejected": "mass_change.rejected",
    }
)
Decision: TypeAlias = Literal["approved", "rejected"]


class KeptSurges(Surges, Protocol):
    """The surges of a tenant as they are kept."""

    def counted(self, kind: SurgeKind, since: datetime) -> int:
        """Return how many changes of a kind there were since a moment."""

    def undecided(self) -> SurgeRecord | None:
        """Return the surge of deletions about which nobody has decided."""

    def alerted(self, since: datetime) -> bool:
        """Tell whether deactivations were told of since a moment."""

    def add(self, surge: SurgeRecord) -> None:
        """Keep a surge."""

    def hold(self, surge_id: str, users: Collection[str], connection_id: str | None, at: datetime) -> None:
        """Keep that deletions of users wait."""

    def holds(self, surge_id: str) -> int:
        """Return how many deletions a surge holds or held."""

    def find(self, surge_id: str, *, lock: bool = False) -> SurgeRecord | None:
        """Return a surge, and if wanted hold it until the transaction ends."""

    def decide(self, surge_id: str, **decision: Any) -> None:
        """Keep what was decided."""


class WatchedWork(Work, Protocol):
    """One transaction of one tenant, in which its surges are kept."""

    @property
    def surges(self) -> KeptSurges:
        """Return what identity providers took away lately, and what was held of it."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Watch over what identity providers take away, in one unit of work."""

    work: WatchedWork
    clock: Clock
    actor: Actor

    def hold(self, users: Collection[str]) -> None:
        """Keep whose deletion waits, and tell once that any does; who was rejected waits already."""
        self.work.lock()
        rule, now = self._policy().scim.mass_change, self.clock.now()
        since = now - timedelta(minutes=rule.window_minutes)
        waiting = [id_ for id_ in users if decision(self.work.surges.lately(id_, since, 1), now) != "rejected"]
        if not waiting:
            return
        surge = self.work.surges.undecided()
        if surge is None:
            surge = self._begun("deletions", "held", self.work.surges.counted("deletions", since))
        self.work.surges.hold(surge.id, waiting, self.actor.id, now)

    def alert(self) -> bool:
        """Tell once a window that identity providers deactivate more users than usual; tell whether it was told."""
        self.work.lock()
        count = self.surging()
        if count:
            self._begun("deactivations", "alerted", count)
        return count > 0

    def surging(self) -> int:
        """Return how many users identity providers deactivated, if that is more than usual and nobody was told."""
        rule = self._policy().scim.mass_change
        since = self.clock.now() - timedelta(minutes=rule.window_minutes)
        if rule.deactivations == "off" or self.work.surges.alerted(since):
            return 0
        count = self.work.surges.counted("deactivations", since)
        return count if count and beyond(self.work.surges, rule, count, gone=0) else 0

    def decide(self, surge_id: str, decided: Decision, reason: str) -> SurgeRecord:
        """Let deletions of a surge through, and those of as long as its window; or let none of them through."""
        surge, now = self.work.surges.find(surge_id, lock=True), self.clock.now()
        if surge is None:
            raise Refused([unknown_surge()])
        if surge.state == "alerted" or (decided == "rejected" and surge.state == "approved"):
            said = "Nothing of it is held." if surge.state == "alerted" else "It was approved, and went through."
            raise Refused([invalid_state(f"{said} Undo it instead.", surge.state, "undo")])
        if surge.state != decided:
            until = now + timedelta(minutes=surge.window_minutes) if decided == "approved" else None
            by = self.actor.user_id or self.actor.id
            facts = {"state": decided, "let_until": until, "decided_at": now, "decided_by": by, "reason": reason}
            self.work.surges.decide(surge_id, **facts)
            told = {"held": self.work.surges.holds(surge_id), **({"until": iso(until)} if until else {})}
            self._tell(surge_id, TOLD[decided], told)
        return self.work.surges.find(surge_id) or surge

    def undone(self, since: datetime, until: datetime, told: Mapping[str, int]) -> None:
        """Tell that what was taken away between two moments was given back."""
        self._tell(self.work.new_id(), "mass_change.undone", {"since": iso(since), "until": iso(until), **told})

    def _begun(self, kind: SurgeKind, state: SurgeState, count: int) -> SurgeRecord:
        minutes = self._policy().scim.mass_change.window_minutes
        surge = SurgeRecord(self.work.new_id(), kind, state, self.clock.now(), count, minutes)
        self.work.surges.add(surge)
        self._tell(surge.id, TOLD[state], {"count": count, "window_minutes": minutes})
        return surge

    def _tell(self, surge_id: str, event: str, told: dict[str, Any]) -> None:
        journal = Journal(self.work, self.actor, self.clock.now(), self.work.policies.current()[0])
        journal.record(SUBJECT, surge_id, [(event, told)])

    def _policy(self) -> TenantPolicy:
        return policy_of(self.work.policies.current()[1])
