"""Refuse for what a user owns and holds at the host application."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.lifecycle.refusals.kinds import Code, Conflict, Forbidden, Missing

Blocking = Sequence[Mapping[str, Any]]


def owned_work(blocking: Blocking, verb: str) -> Conflict:
    """Refuse to let somebody go to whom work is still assigned."""
    totals: dict[str, int] = {}
    for each in blocking:
        totals[each["type"]] = totals.get(each["type"], 0) + int(each["count"])
    counted = ", ".join(_counted(type_, count) for type_, count in totals.items())
    return Conflict(
        Code.OWNED_WORK,
        f"{counted} still assigned. Reassign them, then {verb} the user.",
        guard=f"work.{next(iter(totals))}.on_{verb}",
        remedies=("reassign_work",),
        blocking=tuple(blocking),
    )


def last_entitlement(pool: str, message: str | None, blocking: Blocking, *remedies: str) -> Conflict:
    """Refuse to take away the last entitlement of a scope in which work needs it."""
    detail = message or f"This is the last {pool} entitlement where work still needs one. Give it to somebody first."
    return Conflict(
        Code.LAST_ENTITLEMENT_IN_SCOPE,
        detail,
        guard=f"entitlements.{pool}.last_in_scope",
        remedies=remedies,
        blocking=tuple(blocking),
    )


def seat_limit(pool: str, blocking: Blocking, choices: Sequence[str]) -> Forbidden:
    """Refuse to give out more entitlements than there are; choices are what the operator may do instead."""
    said = " ".join(choices) or "Take one from somebody, or raise the capacity."
    return Forbidden(
        Code.SEAT_LIMIT,
        f"No {pool} entitlement is left. {said}",
        guard=f"entitlements.{pool}.capacity",
        remedies=("release_entitlement", "raise_capacity", "create_inactive"),
        blocking=tuple(blocking),
    )


def not_separable(pool: str) -> Forbidden:
    """Refuse to take an entitlement from a user who stays active, where the policy binds the two."""
    return Forbidden(
        Code.NOT_SEPARABLE,
        f"A {pool} entitlement is taken away with the user's access only. Deactivate the user instead.",
        guard=f"entitlements.{pool}.separable",
        remedies=("deactivate",),
        retryable=False,
    )


def unknown_entitlement(pool: str) -> Missing:
    """Refuse because the user holds nothing of that pool."""
    detail = f"The user holds no {pool} entitlement."
    return Missing(Code.UNKNOWN_ENTITLEMENT, detail, guard="entitlements", retryable=False)


def unknown_pool(pool: str) -> Missing:
    """Refuse because the policy has no such pool."""
    detail = f"The policy has no pool of {pool} entitlements."
    return Missing(Code.UNKNOWN_ENTITLEMENT, detail, guard="entitlements", retryable=False)


def prechecked(blockers: Blocking) -> Conflict:
    """Refuse what the host application objects to."""
    said = " ".join(str(each["detail"]) for each in blockers if "detail" in each)
    return Conflict(
        Code.PRECHECK,
        said or "The application objects. Clear what it names, then retry.",
        guard="precheck",
        remedies=("clear_blockers",),
        blocking=tuple(blockers),
    )


def precheck_unanswered() -> Conflict:
    """Refuse to delete while the host application cannot be asked."""
    return Conflict(
        Code.PRECHECK,
        "The application could not be asked whether something stands in the way. Retry later.",
        guard="precheck",
        remedies=("wait",),
        blocking=({"type": "precheck", "state": "unanswered"},),
    )


def unknown_precheck() -> Missing:
    """Refuse because the host application is asked nowhere."""
    detail = "The application is asked nowhere. Say where with PUT."
    return Missing(Code.UNKNOWN_PRECHECK, detail, guard="precheck", retryable=False)


def unknown_work(type_: str) -> Missing:
    """Refuse because there is no such work."""
    detail = f"There is no such {type_}. Register it first."
    return Missing(Code.UNKNOWN_WORK, detail, guard="work", remedies=("register_work",), retryable=False)


def work_taken(type_: str) -> Conflict:
    """Refuse to let somebody take over what is not free to be taken."""
    detail = f"This {type_} is not free to be claimed; somebody owns it. Ask for it to be reassigned."
    return Conflict(Code.WORK_TAKEN, detail, guard="work", remedies=("reassign_work",), retryable=False)


def not_reassignable(type_: str) -> Forbidden:
    """Refuse to give away all work of a type in one go."""
    detail = f"The policy lets no {type_} be reassigned in bulk. Reassign each by itself."
    return Forbidden(
        Code.NOT_REASSIGNABLE, detail, guard=f"work.{type_}.bulk_reassign", remedies=("reassign_each",), retryable=False
    )


def _counted(type_: str, count: int) -> str:
    return f"{count} {type_.replace('_', ' ')}{'' if count == 1 else 's'}"
