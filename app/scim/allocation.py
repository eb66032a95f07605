"""Let entitlements that a group assigns follow its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.db.work import Work
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor, Change
from app.lifecycle.service import Lifecycle, policy_of
from app.lifecycle.states import VISIBLE


@dataclass(frozen=True, slots=True)
class Allocation:
    """Give and take in the unit of work in which members change."""

    work: Work
    clock: Clock
    actor: Actor

    def concerns(self, *names: str) -> bool:
        """Tell whether a group of one of these displayNames assigns entitlements."""
        pools = policy_of(self.work.policies.current()[1]).entitlements
        wanted = {(pool.value or name).casefold() for name, pool in pools.items() if pool.assigned_by == "groups"}
        return any(name.casefold() in wanted for name in names)

    def follow(self, group_id: str, before: str, after: str, delta: Mapping[str, Sequence[str]]) -> None:
        """Judge what becomes of those who joined and left, and after another name, of all members."""
        if not self.concerns(before, after):
            return
        left = delta.get("removed", ())
        if before == after:
            self.change(delta.get("added", ()), joined=after)
        else:
            members = self.work.memberships.of_group(group_id)
            self.change((member.id for member in members), joined=after, left=before)
        self.change(left, left=before)

    def change(self, member_ids: Iterable[str], *, joined: str = "", left: str = "") -> None:
        """Judge a change of membership for each user among the members."""
        users = Lifecycle(self.work, self.clock, self.actor)
        keys = [frozenset({name.casefold()} if name else ()) for name in (joined, left)]
        for id_ in sorted(member_ids):
            record = self.work.users.lock(id_)
            if record is not None and record.state in VISIBLE:
                users.carry_out(record, Change(self.actor, None, *keys))
