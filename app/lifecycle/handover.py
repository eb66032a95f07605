"""Give work from one user to another, at the wish of people: in one go, or piece by piece."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Work
from app.lifecycle.refusals import (
    Code,
    Refused,
    invalid_state,
    not_reassignable,
    unknown_user,
    unknown_work,
    work_taken,
)
from app.lifecycle.service import policy_of
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import WorkCount


class Item(Protocol):
    """A thing that somebody owns."""

    @property
    def owner(self) -> str | None:
        """Return who owns it."""

    @property
    def former_owner(self) -> str | None:
        """Return who lost it by being deactivated."""


class Items(Protocol):
    """The things that users own."""

    def lock(self, type_: str, id_: str) -> Item | None:
        """Return an item and hold its row."""

    def counts(self, user_id: str) -> tuple[WorkCount, ...]:
        """Return how much a user owns."""

    def reassign(
        self, owner: str, to: str | None, types: Collection[str], states: Collection[str], at: datetime
    ) -> Mapping[str, int]:
        """Give items of an owner away in one statement, and count them by type."""

    def claim(self, type_: str, id_: str, user_id: str, at: datetime) -> bool:
        """Give an item that is free to be taken over to a user."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Act for somebody in one unit of work."""

    work: Work
    items: Items
    clock: Clock
    actor: Actor

    def reassign(
        self, owner: str, to: str | None, types: Collection[str], states: Collection[str]
    ) -> Mapping[str, int]:
        """Give all work of an owner away, of some types and states if named; return how much, by type."""
        policy, now = self._policy(), self.clock.now()
        if to is not None:
            self._require_active(to)
        self._require_known(owner)
        owned = types or {count.type for count in self.items.counts(owner)}
        bound = sorted(each for each in owned if each in policy.work and not policy.work[each].bulk_reassign)
        if bound:
            raise Refused([not_reassignable(each) for each in bound], owner)
        moved = self.items.reassign(owner, to, types, states, now)
        told = [_told(type_, to, count) for type_, count in moved.items()]
        told.extend(self._settled(owner, policy, now))
        self._journal(now).record("User", owner, told)
        return moved

    def claim(self, type_: str, id_: str, user_id: str) -> None:
        """Let an active user take over what is free to be taken; what it owns already stays its own."""
        now = self.clock.now()
        self._require_active(user_id)
        item = self.items.lock(type_, id_)
        if item is None:
            raise Refused([unknown_work(type_)])
        owner = item.owner or item.former_owner
        if self.items.claim(type_, id_, user_id, now):
            told = [_told(type_, user_id, 1), *(self._settled(owner, self._policy(), now) if owner else [])]
            self._journal(now).record("User", owner or user_id, told)
        elif item.owner != user_id:
            raise Refused([work_taken(type_)])

    def settle(self, owner: str) -> int:
        """Close the obligation of an owner whose work was cleared otherwise; return how many were closed."""
        now = self.clock.now()
        told = self._settled(owner, self._policy(), now)
        self._journal(now).record("User", owner, told)
        return len(told)

    def _settled(self, owner: str, policy: TenantPolicy, now: datetime) -> list[tuple[str, dict[str, Any]]]:
        """Close the obligation of an owner who owns no more what should have kept it."""
        if not policy.obliges or any(_blocks(each, policy) for each in self.items.counts(owner)):
            return []
        codes = self.work.obligations.settle(owner, now, [Code.OWNED_WORK])
        return [("obligation.settled", {"code": code}) for code in codes]

    def _require_active(self, user_id: str) -> None:
        record = self.work.users.lock(user_id)
        if record is None or record.state not in VISIBLE:
            raise Refused([unknown_user(user_id)])
        if record.state is not State.ACTIVE:
            raise Refused([invalid_state("This user is inactive; name an active one.", record.state, "reactivate")])

    def _require_known(self, user_id: str) -> None:
        record = self.work.users.lock(user_id)
        if record is None or record.state is State.PURGED:
            raise Refused([unknown_user(user_id)])

    def _policy(self) -> TenantPolicy:
        return policy_of(self.work.policies.current()[1])

    def _journal(self, now: datetime) -> Journal:
        return Journal(self.work, self.actor, now, self.work.policies.current()[0])


def _told(type_: str, to: str | None, count: int) -> tuple[str, dict[str, Any]]:
    if to is None:
        return "work.unassigned", {"type": type_, "count": count}
    return "work.reassigned", {"type": type_, "to": to, "count": count}


def _blocks(work: WorkCount, policy: TenantPolicy) -> bool:
    rule = policy.work.get(work.type)
    return rule is not None and "block" in {rule.on_deactivate, rule.on_delete}
