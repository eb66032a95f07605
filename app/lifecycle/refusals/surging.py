"""Refuse for what identity providers take away at once."""

from app.lifecycle.refusals.kinds import Code, Delayed, Missing


def mass_change_held(retry_after: int, *, rejected: bool) -> Delayed:
    """Refuse a deletion that is one too many, until somebody has decided about it."""
    said = "an administrator rejected it" if rejected else "more users than usual are being deleted"
    detail = f"Held for review: {said}. Nothing was changed; an administrator of the application can let it through."
    guard, remedies = "scim.mass_change", ("approve_mass_change", "retry_later")
    return Delayed(Code.MASS_CHANGE_HELD, detail, guard=guard, remedies=remedies, retry_after=retry_after)


def unknown_surge() -> Missing:
    """Refuse because there is no such surge of deletions."""
    return Missing(Code.UNKNOWN_SURGE, "There is no such mass change.", guard="scim.mass_change", retryable=False)
