"""Suspend the directory of a tenant, so that nobody has access, and resume it as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.db.tenants import ACTIVE, SUSPENDED
from app.db.work import Database, Work
from app.identity.terms import invalid
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.service import Lifecycle

CAUSE = "directory_suspended"
REASON = re.compile(r"[a-z][a-z0-9_-]{0,63}")
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Suspending:
    """Act for somebody on a tenant as a whole; each deed is done once, however often it is asked for."""

    database: Database
    clock: Clock
    actor: Actor
    tenant_id: int
    slug: str

    @property
    def state(self) -> str:
        """Return whether the tenant is active or suspended."""
        with self.database.reading(self.tenant_id) as work:
            return SUSPENDED if work.suspended else ACTIVE

    def suspend(self, reason: str, *, ends_sessions: bool = False) -> bool:
        """Refuse identity providers and sessions until the tenant is resumed; ended sessions stay ended even then."""
        _check(reason)
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            turned = work.turn(SUSPENDED)
            if turned:
                ended = {"sessions_ended": True} if ends_sessions else {}
                self._record(work, "directory.suspended", {"reason": reason, **ended})
            if ends_sessions:
                self._end_sessions(work)
        return turned

    def resume(self, reason: str) -> bool:
        """Let everything be as before."""
        _check(reason)
        with self.database.unit_of_work(self.tenant_id, locked=True) as work:
            turned = work.turn(ACTIVE)
            if turned:
                self._record(work, "directory.resumed", {"reason": reason})
        return turned

    def _end_sessions(self, work: Work) -> None:
        lifecycle, after = Lifecycle(work, self.clock, self.actor), ""
        while user_ids := work.access.everybody(after, AT_ONCE):
            lifecycle.end_access(user_ids, CAUSE)
            after = user_ids[-1]

    def _record(self, work: Work, type_: str, data: dict[str, Any]) -> None:
        journal = Journal(work, self.actor, self.clock.now(), policy_version=None)
        journal.record("Tenant", self.slug, [(type_, data)])


def _check(reason: str) -> None:
    if not REASON.fullmatch(reason):
        raise invalid("The reason is one word of a-z, 0-9, _ and -, beginning with a letter, such as contract_ended.")
