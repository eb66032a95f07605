"""Give back what identity providers took away in a while, by the commands that anybody would give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.lifecycle.breaker import Breaker, KeptSurges, WatchedWork
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.consent import Consent
from app.lifecycle.ports import Audit, AuditEntry
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from app.lifecycle.subject import SECURITY_REASONS

DELETED, DEACTIVATED = "user.deleted", "user.deactivated"
MOST = 500
"""How many users are looked at in one go."""


class KeptAudit(Audit, Protocol):
    """The audit trail of the tenant, as it is kept."""

    def of(self, subject_id: str) -> list[AuditEntry]:
        """Return what was done to a subject, the oldest entry first."""


class Taken(KeptSurges, Protocol):
    """The surges of a tenant, and whom identity providers took away."""

    def taken(self, since: datetime, until: datetime, after: str, limit: int) -> list[str]:
        """Return the ids, behind ``after``, of users that identity providers deleted or deactivated in a while."""


class UndoingWork(WatchedWork, Protocol):
    """One transaction of one tenant, in which something is undone."""

    @property
    def surges(self) -> Taken:
        """Return whom identity providers took away."""

    @property
    def audit(self) -> KeptAudit:
        """Return the audit trail of the tenant."""


@dataclass
class Undone:
    """Who came back: from deletion or from deactivation; whose return was refused; and where the next look begins."""

    restored: list[str] = field(default_factory=list)
    reactivated: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    after: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Return how many of each there are."""
        return {name: len(getattr(self, name)) for name in ("restored", "reactivated", "refused")}


@dataclass(frozen=True, slots=True)
class Undoing:
    """Give back what was taken away between two moments; each user in a transaction of its own."""

    opened: Callable[[], AbstractContextManager[UndoingWork]]
    clock: Clock
    actor: Actor
    since: datetime
    until: datetime

    def undo(self, after: str = "") -> Undone:
        """Look at some users from behind an id on, and tell what was given back."""
        done = Undone()
        with self.opened() as work:
            users = work.surges.taken(self.since, self.until, after, MOST)
        for user_id in users:
            self._undo_one(user_id, done)
        done.after = users[-1] if len(users) == MOST else None
        if any(done.counts.values()):
            with self.opened() as work:
                Breaker(work, self.clock, self.actor).undone(self.since, self.until, done.counts)
        return done

    def _undo_one(self, user_id: str, done: Undone) -> None:
        try:
            with self.opened() as work:
                users = Lifecycle(work, self.clock, self.actor, consent=Consent(confirmed=True))
                came_from = give_back(users, user_id, self._entries(work, user_id))
        except Refused as refused:
            done.refused[user_id] = refused.first
            return
        if came_from is not None:
            (done.restored if came_from is State.TOMBSTONED else done.reactivated).append(user_id)

    def _entries(self, work: UndoingWork, user_id: str) -> list[AuditEntry]:
        return [
            each
            for each in work.audit.of(user_id)
            if each.actor_type == "connection" and self.since < each.at <= self.until
        ]


def give_back(users: Lifecycle, user_id: str, entries: Sequence[AuditEntry]) -> State | None:
    """Undo what identity providers did to a user by these entries, and return the state it came back from.

    What happened to the user since stays: whoever was deactivated for security or by somebody else is left alone.
    """
    record = users.any(user_id)
    if record.reason in SECURITY_REASONS:
        return None
    deactivated = [each for each in entries if each.action == DEACTIVATED]
    deleted = [each for each in entries if each.action == DELETED and each.at == record.tombstoned_at]
    if record.state is State.TOMBSTONED and deleted:
        users.restore(user_id, active=bool(deactivated) or deleted[-1].detail["previous"] == State.ACTIVE)
        return State.TOMBSTONED
    if record.state is State.INACTIVE and any(each.at == record.deactivated_at for each in deactivated):
        users.change(record, active=True)
        return State.INACTIVE
    return None
