"""Put another policy in force: a version of its own, with who wanted it and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.policy import TenantPolicy, differences
from app.lifecycle.ports import Work
from app.lifecycle.refusals import Refused, policy_changed
from app.lifecycle.service import policy_of

Draft = Callable[[TenantPolicy], TenantPolicy]
"""What makes another policy of the one in force."""


class Versions(Protocol):
    """The versions of the tenant's policy."""

    def add(self, version: int, document: str, *, author: str, reason: str | None, created_at: datetime) -> None:
        """Add a version, which is in force from the commit."""


@dataclass(frozen=True, slots=True)
class Legislation:
    """Act in one unit of work, which holds the tenant."""

    work: Work
    versions: Versions
    clock: Clock
    actor: Actor

    def change(self, seen: int | None, draft: Draft, author: str, reason: str) -> int:
        """Return the version in force afterwards; ``seen`` is the one that must be now, None for whichever."""
        number, document = self.work.policies.current()
        if seen not in {None, number}:
            raise Refused([policy_changed(number)])
        before = policy_of(document)
        after = draft(before)
        if after == before:
            return number
        return self._enact(number + 1, after, sorted(differences(before, after)), author, reason)

    def _enact(self, number: int, policy: TenantPolicy, knobs: list[str], author: str, reason: str) -> int:
        now, text = self.clock.now(), policy.model_dump_json()
        self.versions.add(number, text, author=author, reason=reason, created_at=now)
        told = {"version": number, "previous": number - 1, "knobs": knobs}
        Journal(self.work, self.actor, now, number).record("Policy", "policy", [("policy.changed", told)])
        return number
