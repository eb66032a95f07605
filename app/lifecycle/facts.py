"""Gather the facts that guards look at, and no more than this command and this policy need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Release
from app.lifecycle.estate import Estate, Holdings
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Profile, UserRecord, Work
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Answer, Held, Namesake, Subject, WorkCount
from app.lifecycle.surges import Surge, surge


@dataclass(frozen=True, slots=True)
class Facts:
    """Ask the unit of work, and the host application where the policy wants it asked."""

    work: Work
    policy: TenantPolicy
    now: datetime
    estate: Estate | None = None

    def of_newcomer(self, profile: Profile, namesake: Namesake | None, command: Provision) -> Subject:
        """Return the subject of a creation."""
        holdings = self._holdings(None, profile, [command])
        return Subject(
            id=None,
            state=None,
            namesake=namesake,
            wanted=holdings.wanted,
        )

    def of(
        self, record: UserRecord, profile: Profile | None, commands: Sequence[Command], *, thorough: bool = False
    ) -> Subject:
        """Return a user as the guards see it; ``thorough`` asks for what would only be warned of too."""
        guarded = self._guarded(record, profile)
        holdings = self._holdings(record, profile, commands)
        leaves = any(held.leaving for held in holdings.held)
        absorbed = not thorough and self._absorbs(commands)
        return Subject(
            id=record.id,
            state=record.state,
            reason=record.reason,
            deactivated_at=record.deactivated_at,
            tombstoned_at=record.tombstoned_at,
            purge_after=record.purge_after,
            deactivate_at=record.deactivate_at,
            roles=record.roles,
            sole_roles=guarded - self.work.users.roles_of_others(record.id, guarded) if guarded else guarded,
            sole_groups=self._sole_groups(record, commands),
            namesake=self._namesake(record, profile),
            managed_by=self._provider(record, commands),
            on_hold=not absorbed and _any(commands, Delete, Purge) and self.work.holds.standing(record.id),
            approved_by=self._approvals(record, commands),
            work=self._work(record, commands, leaves=leaves),
            held=holdings.held,
            wanted=holdings.wanted,
            answer=None if absorbed else self._answer(record, commands),
            surge=self._surge(record, commands),
        )

    def _surge(self, record: UserRecord, commands: Sequence[Command]) -> Surge | None:
        """Count what identity providers delete, where one wants to delete one more."""
        counted = record.state in VISIBLE and any(isinstance(c, Delete) and c.actor.channel == "scim" for c in commands)
        return surge(self.work, self.policy.scim.mass_change, record.id, self.now) if counted else None

    def _approvals(self, record: UserRecord, commands: Sequence[Command]) -> tuple[str, ...]:
        """Return who agreed to the purge, where the policy wants somebody to."""
        if not self.policy.delete.approvals or record.tombstoned_at is None or not _any(commands, Purge):
            return ()
        return self.work.approvals.of(record.id, record.tombstoned_at)

    def _absorbs(self, commands: Sequence[Command]) -> bool:
        """Tell whether this is a deletion that is only delayed by what is in its way."""
        deletes = [command for command in commands if isinstance(command, Delete)]
        return bool(deletes) and deletes[0].actor.channel == "scim" and self.policy.scim.delete == "absorb"

    def _guarded(self, record: UserRecord, profile: Profile | None) -> frozenset[str]:
        """Return the protected roles held or to be gained; with any of these, decide alone in the tenant."""
        protected = frozenset(role.lower() for role in self.policy.protect_last.roles)
        guarded = record.roles & protected
        if profile is not None:
            guarded |= profile.roles & protected
        if guarded:
            self.work.lock()
        return guarded

    def _sole_groups(self, record: UserRecord, commands: Sequence[Command]) -> frozenset[str]:
        """Return the protected groups with no other active member; the tenant is locked since the user was."""
        keys = self.policy.protect_last.group_keys
        if not keys or not _any(commands, Deactivate, Delete):
            return frozenset()
        mine = self.work.memberships.among(record.id, keys)
        return mine - self.work.memberships.staffed(mine, but=record.id) if mine else mine

    def _namesake(self, record: UserRecord, profile: Profile | None) -> Namesake | None:
        key = record.user_name_key if profile is None else profile.user_name_key
        if record.state in VISIBLE and key == record.user_name_key:
            return None
        return self.work.users.namesake(key) if key else None

    def _provider(self, record: UserRecord, commands: Sequence[Command]) -> str | None:
        refused = self.policy.source_of_truth == "external" and any(c.actor.channel == "api" for c in commands)
        return self.work.connections.name_of(record.connection_id) if refused and record.connection_id else None

    def _holdings(self, record: UserRecord | None, profile: Profile | None, commands: Sequence[Command]) -> Holdings:
        if self.estate is None or not self.policy.tracked or (profile is None and not _concerned(commands)):
            return Holdings()
        return self.estate.entitlements.holdings(record, profile, self.policy.tracked, commands)

    def held(self, record: UserRecord) -> tuple[Held, ...]:
        """Return what a user holds of the pools that the policy tracks."""
        tracked = self.policy.tracked
        if self.estate is None or not tracked:
            return ()
        return tuple(
            each for each in self.estate.entitlements.holdings(record, None, tracked).held if each.pool in tracked
        )

    def _work(self, record: UserRecord, commands: Sequence[Command], *, leaves: bool) -> tuple[WorkCount, ...]:
        concerned = leaves or _any(commands, Deactivate, Delete, Purge, Release)
        if self.estate is None or not self.policy.work or not concerned:
            return ()
        return self.estate.work_items.counts(record.id)

    def _answer(self, record: UserRecord, commands: Sequence[Command]) -> Answer | None:
        """Ask the host application; where nobody can ask it, there is no answer."""
        on = self.policy.precheck.on
        if "delete" in on and _any(commands, Delete, Purge):
            action = "delete"
        elif "deactivate" in on and _any(commands, Deactivate) and record.state is State.ACTIVE:
            action = "deactivate"
        else:
            return None
        return Answer(reached=False) if self.estate is None else self.estate.precheck.ask(record, action)


def _any(commands: Collection[Command], *kinds: type[Command]) -> bool:
    return any(isinstance(command, kinds) for command in commands)


def _concerned(commands: Collection[Command]) -> bool:
    return any(not isinstance(each, Change) or each.joined or each.left for each in commands)
