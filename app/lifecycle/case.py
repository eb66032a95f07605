"""Put together what a guard judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from app.lifecycle.commands import Command, Deactivate, Delete, Provision, Purge, Reactivate, Release, Restore
from app.lifecycle.policy import Action, TenantPolicy
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Held, Subject

ACTIONS: Mapping[type[Command], Action] = MappingProxyType(
    {
        Deactivate: "deactivate",
        Reactivate: "reactivate",
        Delete: "delete",
        Restore: "restore",
        Purge: "purge",
        Release: "release",
    }
)


def kept_until(policy: TenantPolicy, since: datetime) -> datetime:
    """Return when the retention of a user that is inactive since then ends."""
    return since + timedelta(days=policy.delete.min_days_inactive)


@dataclass(frozen=True, slots=True)
class Case:
    """What a guard judges: a command on a subject, under a policy, at a moment."""

    command: Command
    subject: Subject
    policy: TenantPolicy
    now: datetime

    @property
    def on_scim(self) -> bool:
        """Tell whether an identity provider acts."""
        return self.command.actor.channel == "scim"

    @property
    def on_api(self) -> bool:
        """Tell whether the host application acts, or a person through it."""
        return self.command.actor.channel == "api"

    @property
    def action(self) -> Action | None:
        """Return the command as policies name it; None where they do not."""
        return ACTIONS.get(type(self.command))

    @property
    def deactivating(self) -> bool:
        """Tell whether an active user becomes inactive."""
        return isinstance(self.command, Deactivate) and self.subject.state is State.ACTIVE

    @property
    def deleting(self) -> bool:
        """Tell whether a live user is deleted."""
        return isinstance(self.command, Delete) and self.subject.state in VISIBLE

    @property
    def permanent(self) -> bool:
        """Tell whether this deletes a user, or destroys the data of a deleted one."""
        return self.deleting or (isinstance(self.command, Purge) and self.subject.state is State.TOMBSTONED)

    @property
    def returning(self) -> bool:
        """Tell whether a user gets access, for the first time or again."""
        command, state = self.command, self.subject.state
        if isinstance(command, Reactivate):
            return state is State.INACTIVE
        if isinstance(command, Restore):
            return command.active and state in {State.INACTIVE, State.TOMBSTONED}
        return isinstance(command, Provision) and command.active and state is None

    @property
    def retained_until(self) -> datetime:
        """Return when the retention of the subject ends; the clock starts at its deactivation."""
        inactive = self.subject.state is State.INACTIVE
        since = (self.subject.deactivated_at if inactive else None) or self.now
        return kept_until(self.policy, since)

    @property
    def released(self) -> tuple[Held, ...]:
        """Return the entitlements that the command takes away."""
        command, held = self.command, self.subject.held
        if not held or self.permanent:
            return held
        if isinstance(command, Release):
            return tuple(each for each in held if each.pool == command.pool)
        if self.deactivating:
            pools = self.policy.entitlements
            return tuple(each for each in held if each.pool in pools and pools[each.pool].on_deactivate == "release")
        return tuple(each for each in held if each.leaving)

    def indispensable(self, held: Held) -> bool:
        """Tell whether work of the scope needs this entitlement, because nobody else holds one."""
        pool = self.policy.entitlements.get(held.pool)
        return pool is not None and pool.last_in_scope is not None and held.alone and bool(held.blocked_by)
