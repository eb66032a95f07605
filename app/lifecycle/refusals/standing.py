"""Refuse for what users and sessions there are, and the state they are in."""

from collections.abc import Sequence

from app.lifecycle.refusals.kinds import Code, Conflict, Forbidden, Missing


def unknown_user(user_id: str | None) -> Missing:
    """Refuse because there is no such user, or no longer (RFC 7644 §3.6)."""
    detail = f"There is no user {user_id}." if user_id else "There is no such user."
    return Missing(Code.UNKNOWN_USER, detail, guard="state", retryable=False)


def invalid_state(detail: str, state: str, *remedies: str) -> Conflict:
    """Refuse a command that makes no sense in this state."""
    blocking = ({"type": "state", "value": state},)
    return Conflict(Code.INVALID_STATE, detail, guard="state", remedies=remedies, blocking=blocking)


def user_name_taken(user_id: str) -> Conflict:
    """Refuse a userName that a live user has (RFC 7643 §4.1.1)."""
    return Conflict(
        Code.USER_NAME_TAKEN,
        f"The userName belongs to user {user_id}. Link to that user, or choose another userName.",
        guard="identity.user_name",
        remedies=("link_existing", "choose_other_user_name"),
        blocking=({"type": "user", "id": user_id, "state": "active"},),
        resource_id=user_id,
    )


def email_of_inactive(user_id: str) -> Conflict:
    """Refuse a userName that an inactive user has, and name the user to reactivate."""
    return Conflict(
        Code.EMAIL_OF_INACTIVE,
        f"The userName belongs to the inactive user {user_id}. Set active=true on that user instead of creating one.",
        guard="identity.email_reuse",
        remedies=("reactivate_existing",),
        blocking=({"type": "user", "id": user_id, "state": "inactive"},),
        resource_id=user_id,
    )


def value_taken(what: str) -> Conflict:
    """Refuse a value that a schema calls unique, and that another resource has (RFC 7643 §7)."""
    detail = f"{what} belongs to another resource, and is unique. Choose another, or change that resource first."
    return Conflict(Code.VALUE_TAKEN, detail, guard="uniqueness", remedies=("choose_other_value",))


def not_active(state: str) -> Forbidden:
    """Refuse a session to anyone who is not active."""
    remedy = "reactivate" if state == "inactive" else "restore"
    return Forbidden(
        Code.NOT_ACTIVE,
        f"This user is {state} and may not sign in. To give access again, {remedy} the user.",
        guard="state",
        remedies=(remedy,),
        blocking=({"type": "state", "value": state},),
    )


def directory_suspended() -> Forbidden:
    """Refuse a session to everybody while the directory is suspended."""
    return Forbidden(
        Code.DIRECTORY_SUSPENDED,
        "The directory is suspended, and nobody may sign in. To give access again, resume it.",
        guard="state",
        remedies=("resume_directory",),
        blocking=({"type": "directory", "state": "suspended"},),
    )


def sid_taken(sid: str | None) -> Conflict:
    """Refuse a session id that was used before: a dead session must not seem to live on in another."""
    taken = f"There is or was a session {sid}" if sid else "There is or was a session of one of these ids or tokens"
    detail = f"{taken}. Choose another sid, or leave it out."
    return Conflict(Code.SID_TAKEN, detail, guard="sessions", remedies=("choose_other_sid",), retryable=False)


def unknown_session(sid: str) -> Missing:
    """Refuse because there is no such session."""
    return Missing(Code.UNKNOWN_SESSION, f"There is no session {sid}.", guard="sessions", retryable=False)


def unknown_hold() -> Missing:
    """Refuse because there is no such hold."""
    return Missing(Code.UNKNOWN_HOLD, "There is no such hold.", guard="legal_hold", retryable=False)


def unknown_obligation() -> Missing:
    """Refuse because there is no such obligation."""
    return Missing(Code.UNKNOWN_OBLIGATION, "There is no such obligation.", guard="obligations", retryable=False)


def signed_in_before() -> Conflict:
    """Refuse to welcome somebody who has signed in before."""
    detail = "This user has signed in before. Request a password reset instead."
    return Conflict(Code.SIGNED_IN_BEFORE, detail, guard="notify", remedies=("request_password_reset",))


def never_signed_in() -> Conflict:
    """Refuse to reset the password of somebody who has never signed in."""
    detail = "This user has never signed in. Request a welcome instead."
    return Conflict(Code.NEVER_SIGNED_IN, detail, guard="notify", remedies=("request_welcome",))


def not_offered(action: str, offered: Sequence[str]) -> Conflict:
    """Refuse an action on users that were selected together."""
    said = f"Offered are: {', '.join(offered)}." if offered else "Select users of one state, or fewer, then retry."
    detail = f"{action.capitalize()} is not offered for this selection. {said}"
    return Conflict(Code.NOT_OFFERED, detail, guard="bulk.selection", remedies=("select_others",))
