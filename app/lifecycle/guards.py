"""Guard each command: one small function a rule, which returns a refusal or None."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from app.lifecycle import refusals
from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Reactivate, Restore
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Subject, folded


@dataclass(frozen=True, slots=True)
class Case:
    """What a guard judges: a command on a subject, under a policy, at a moment."""

    command: Command
    subject: Subject
    policy: TenantPolicy
    now: datetime

    @property
    def guarded_deletion(self) -> bool:
        """Tell whether this is a deletion that the policy may refuse, not one it absorbs."""
        absorbed = self.command.actor.channel == "scim" and self.policy.scim.delete == "absorb"
        return isinstance(self.command, Delete) and self.subject.state in VISIBLE and not absorbed

    @property
    def retained_until(self) -> datetime:
        """Return when the retention of the subject ends; the clock starts at its deactivation."""
        inactive = self.subject.state is State.INACTIVE
        since = (self.subject.deactivated_at if inactive else None) or self.now
        return since + timedelta(days=self.policy.delete.min_days_inactive)


Guard: TypeAlias = Callable[[Case], Refusal | None]


def exists(case: Case) -> Refusal | None:
    """Refuse what needs a user when there is none, or none that the command can still see."""
    state = case.subject.state
    if state is None:
        found = isinstance(case.command, Provision)
    else:
        found = state in VISIBLE or (state is State.TOMBSTONED and isinstance(case.command, Restore | Purge))
    return None if found else refusals.unknown_user(case.subject.id)


def possible(case: Case) -> Refusal | None:
    """Refuse what makes no sense for a user in this state."""
    command, state = case.command, case.subject.state
    if state not in VISIBLE or state is None:
        return None
    if isinstance(command, Provision):
        return refusals.invalid_state("This user exists already; change it instead.", state, "change")
    if isinstance(command, Purge):
        return refusals.invalid_state(f"This user is {state}; delete it before purging it.", state, "delete")
    if isinstance(command, Restore) and state is State.ACTIVE and not command.active:
        return refusals.invalid_state("This user is active; deactivate it instead.", state, "deactivate")
    return None


def operator_deactivation(case: Case) -> Refusal | None:
    """Refuse an identity provider that would lift an operator's deactivation for security."""
    command, subject = case.command, case.subject
    lifts = isinstance(command, Reactivate) or (isinstance(command, Restore) and command.active)
    shut = subject.secured and subject.state in {State.INACTIVE, State.TOMBSTONED}
    if lifts and shut and command.actor.channel == "scim":
        return refusals.deactivated_by_operator()
    return None


def deletion_supported(case: Case) -> Refusal | None:
    """Refuse to delete where the policy knows no deletion."""
    if case.guarded_deletion and case.policy.delete.mode == "never":
        return refusals.deletion_unsupported()
    return None


def last_owner(case: Case) -> Refusal | None:
    """Refuse to leave a protected role without an active holder, whatever the mode of deletion."""
    held = case.subject.holds_alone(case.policy.protect_last.roles)
    lost = tuple(role for role in held if _loses(case, role))
    return refusals.last_owner(lost, case.policy.protect_last.message) if lost else None


def _loses(case: Case, role: str) -> bool:
    command, state, on = case.command, case.subject.state, case.policy.protect_last.on
    if isinstance(command, Delete):
        # an inactive last holder counts too: else "deactivate, then delete" walks around the guard
        return "delete" in on and state in VISIBLE
    if state is not State.ACTIVE or "deactivate" not in on:
        return False
    if isinstance(command, Change) and command.roles is not None:
        return role.casefold() not in folded(command.roles)
    return isinstance(command, Deactivate)


def inactive_first(case: Case) -> Refusal | None:
    """Refuse to delete an active user where only inactive ones may be."""
    only_inactive = case.policy.delete.mode == "inactive_only"
    if case.guarded_deletion and only_inactive and case.subject.state is State.ACTIVE:
        return refusals.user_active()
    return None


def retained(case: Case) -> Refusal | None:
    """Refuse to delete a user that has not been inactive for long enough."""
    if not case.guarded_deletion or case.policy.delete.mode == "never" or case.subject.state is not State.INACTIVE:
        return None
    until = case.retained_until
    return refusals.retention(until) if until > case.now else None


def purge_due(case: Case) -> Refusal | None:
    """Refuse to destroy the data of a deleted user before its time, or at all where nothing is purged."""
    if not isinstance(case.command, Purge) or case.subject.state is not State.TOMBSTONED:
        return None
    until = None if case.policy.delete.mode == "never" else case.subject.purge_after
    return None if until is not None and until <= case.now else refusals.purge_not_due(until)


def user_name_free(case: Case) -> Refusal | None:
    """Refuse a userName that another live user has; tombstones are no obstacle (RFC 7644 §3.6)."""
    other = case.subject.namesake
    if other is None or other.id == case.subject.id or not isinstance(case.command, Provision | Change | Restore):
        return None
    if other.state is State.INACTIVE and not isinstance(case.command, Change):
        return refusals.email_of_inactive(other.id)
    return refusals.user_name_taken(other.id)


GUARDS: tuple[Guard, ...] = (
    exists,
    possible,
    operator_deactivation,
    deletion_supported,
    last_owner,
    inactive_first,
    retained,
    purge_due,
    user_name_free,
)
