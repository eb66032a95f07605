"""Guard deletion, and the destruction of what was deleted."""

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Purge
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import State


def deletion_supported(case: Case) -> Refusal | None:
    """Refuse to delete where the policy knows no deletion."""
    return refusals.deletion_unsupported() if case.deleting and case.policy.delete.mode == "never" else None


def legal_hold(case: Case) -> Refusal | None:
    """Refuse to destroy data that has to stay."""
    return refusals.legal_hold() if case.subject.on_hold and case.permanent else None


def inactive_first(case: Case) -> Refusal | None:
    """Refuse to delete an active user where only inactive ones may be."""
    only_inactive = case.policy.delete.mode == "inactive_only"
    return refusals.user_active() if case.deleting and only_inactive and case.subject.state is State.ACTIVE else None


def retained(case: Case) -> Refusal | None:
    """Refuse to delete a user that has not been inactive for long enough."""
    if not case.deleting or case.policy.delete.mode == "never" or case.subject.state is not State.INACTIVE:
        return None
    until = case.retained_until
    return refusals.retention(until) if until > case.now else None


def approved(case: Case) -> Refusal | None:
    """Refuse to destroy the data of a deleted user before as many persons agreed as the policy wants."""
    missing = case.policy.delete.approvals - len(case.subject.approved_by)
    purging = isinstance(case.command, Purge) and case.subject.state is State.TOMBSTONED
    return refusals.purge_unapproved(missing) if purging and missing > 0 else None


def purge_due(case: Case) -> Refusal | None:
    """Refuse to destroy the data of a deleted user before its time, or at all where nothing is purged."""
    if not isinstance(case.command, Purge) or case.subject.state is not State.TOMBSTONED:
        return None
    until = None if case.policy.delete.mode == "never" else case.subject.purge_after
    return None if until is not None and until <= case.now else refusals.purge_not_due(until)


def few_enough(case: Case) -> Refusal | None:
    """Refuse a deletion by an identity provider beyond what it may take away in a while."""
    surge = case.subject.surge
    return refusals.mass_change_held(surge.retry_after, rejected=surge.rejected) if surge and case.deleting else None
