"""Refuse for the rules of leaving and coming back."""

from datetime import datetime

from app.lifecycle.clock import iso
from app.lifecycle.refusals.kinds import Code, Conflict, Forbidden, Invalid


def deletion_unsupported() -> Forbidden:
    """Refuse every deletion where the policy knows none."""
    return Forbidden(
        Code.DELETION_UNSUPPORTED,
        "Users are never deleted here; set active=false.",
        guard="delete.mode",
        remedies=("deactivate",),
        retryable=False,
    )


def user_active() -> Conflict:
    """Refuse to delete a user that is still active."""
    detail = "Deactivate the user first: set active=false, then delete."
    return Conflict(Code.USER_ACTIVE, detail, guard="delete.mode", remedies=("deactivate",))


def retention(until: datetime) -> Conflict:
    """Refuse to delete a user that has not been inactive for long enough."""
    return Conflict(
        Code.RETENTION,
        f"May be deleted after {until:%Y-%m-%d}. Leave the user inactive until then, and retry.",
        guard="delete.min_days_inactive",
        remedies=("wait",),
        blocking=({"type": "retention", "until": iso(until)},),
    )


def purge_not_due(until: datetime | None) -> Conflict:
    """Refuse to destroy the data of a user that is still to be kept."""
    if until is None:
        detail = "The policy keeps deleted users for good. Allow deletion in the policy first."
        return Conflict(Code.PURGE_NOT_DUE, detail, guard="delete.mode", remedies=("change_policy",))
    return Conflict(
        Code.PURGE_NOT_DUE,
        f"May be purged after {until:%Y-%m-%d}. Wait until then, and retry.",
        guard="delete.min_days_inactive",
        remedies=("wait",),
        blocking=({"type": "retention", "until": iso(until)},),
    )


def purge_unapproved(missing: int) -> Conflict:
    """Refuse to destroy the data of a user before enough persons agreed."""
    return Conflict(
        Code.PURGE_UNAPPROVED,
        f"{missing} more {'person has' if missing == 1 else 'persons have'} to approve the purge first.",
        guard="delete.approvals",
        remedies=("approve",),
        blocking=({"type": "approval", "count": missing},),
    )


def approver_is_requester() -> Forbidden:
    """Refuse the approval of whoever asked for the deletion."""
    detail = "Whoever asked for the deletion cannot approve the purge. Ask another person."
    return Forbidden(Code.APPROVER_IS_REQUESTER, detail, guard="delete.approvals", remedies=("ask_another",))


def legal_hold() -> Forbidden:
    """Refuse to destroy data that has to stay; whoever reads it must not learn of a hold."""
    return Forbidden(
        Code.LEGAL_HOLD,
        "This user cannot be deleted now. Set active=false, and ask the operators of this application.",
        guard="legal_hold",
        remedies=("ask_operator",),
    )


def reactivation_closed(until: datetime) -> Conflict:
    """Refuse to bring back a user that has been inactive for too long."""
    return Conflict(
        Code.REACTIVATION_CLOSED,
        f"Could be reactivated until {until:%Y-%m-%d}. Create the user anew, or widen the window in the policy.",
        guard="reactivate.window_days",
        remedies=("create_anew", "change_policy"),
        blocking=({"type": "window", "until": iso(until)},),
        retryable=False,
    )


def reason_required(detail: str) -> Invalid:
    """Refuse a deletion that does not say why."""
    return Invalid(Code.REASON_REQUIRED, detail, guard="delete.reason", remedies=("give_reason",))
