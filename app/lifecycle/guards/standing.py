"""Guard what users there are, and the state they are in."""

from datetime import timedelta

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Change, Provision, Purge, Restore
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State


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


def window_open(case: Case) -> Refusal | None:
    """Refuse to bring back a user that has been inactive for longer than the policy allows."""
    window, since = case.policy.reactivate.window_days, case.subject.deactivated_at
    # who was only staged has never left
    if not window or since is None or not case.returning or case.subject.reason == "staged":
        return None
    until = since + timedelta(days=window)
    return refusals.reactivation_closed(until) if case.now > until else None


def user_name_free(case: Case) -> Refusal | None:
    """Refuse a userName that another live user has; tombstones are no obstacle (RFC 7644 §3.6)."""
    other = case.subject.namesake
    if other is None or other.id == case.subject.id or not isinstance(case.command, Provision | Change | Restore):
        return None
    if other.state is State.INACTIVE and not isinstance(case.command, Change):
        return refusals.email_of_inactive(other.id)
    return refusals.user_name_taken(other.id)
