"""Refuse for who acts on whom, and what has to be said for it."""

from collections.abc import Sequence

from app.lifecycle.refusals.kinds import Code, Conflict, Forbidden, Stale


def deactivated_by_operator() -> Forbidden:
    """Refuse to let an identity provider lift a deactivation made for security."""
    return Forbidden(
        Code.DEACTIVATED_BY_OPERATOR,
        "An operator deactivated this user for security, and an identity provider cannot lift that. "
        "Ask an operator of this application to reactivate the user, then retry.",
        guard="actors",
        remedies=("operator_reactivates",),
        retryable=False,
    )


def last_owner(roles: Sequence[str], groups: Sequence[str], message: str | None) -> Conflict:
    """Refuse to take away the last active holder of a protected role, or member of a protected group."""
    said = (
        [f"This is the only {_listed(roles)}. Make another active user {_listed(roles)}, then retry."] if roles else []
    )
    if groups:
        said.append(f"{_listed(groups)} would have no active member left. Add another active user first, then retry.")
    named = {"role": roles, "group": groups}
    return Conflict(
        Code.LAST_OWNER,
        message or " ".join(said),
        guard="protect_last",
        remedies=tuple(remedy for remedy, held in (("assign_role", roles), ("add_member", groups)) if held),
        blocking=tuple({"type": type_, "value": each, "count": 1} for type_, held in named.items() for each in held),
    )


def managed_externally(provider: str | None) -> Forbidden:
    """Refuse to change here what an identity provider manages."""
    owner = f"the identity provider {provider}" if provider else "an identity provider"
    return Forbidden(
        Code.MANAGED_EXTERNALLY,
        f"This user is managed by {owner}. Make the change there.",
        guard="source_of_truth",
        remedies=("change_at_identity_provider",),
        retryable=False,
    )


def managed_locally() -> Forbidden:
    """Refuse an identity provider where the host application alone manages users."""
    return Forbidden(
        Code.ACTOR_NOT_PERMITTED,
        "Users are managed in the application here. Make the change there, or allow provisioning in the policy.",
        guard="source_of_truth",
        remedies=("change_in_application", "change_policy"),
        retryable=False,
    )


def actor_not_permitted(actor: Sequence[str], target: Sequence[str]) -> Forbidden:
    """Refuse who acts on somebody beyond its roles; only roles are named."""
    mine, theirs = _listed(actor) or "nobody in particular", _listed(target) or "no role"
    return Forbidden(
        Code.ACTOR_NOT_PERMITTED,
        f"Acting as {mine} is not enough for a user with {theirs}. Let somebody with a higher role do it.",
        guard="actors",
        remedies=("act_with_higher_role",),
        blocking=tuple({"type": "role", "value": role} for role in target),
        retryable=False,
    )


def unknown_actor(user_id: str) -> Forbidden:
    """Refuse to act in the name of somebody who has no access."""
    return Forbidden(
        Code.ACTOR_NOT_PERMITTED,
        f"There is no active user {user_id} in whose name to act. Name an active one, or leave actor out.",
        guard="actors",
        remedies=("act_as_active_user",),
        retryable=False,
    )


def confirmation_required(action: str) -> Conflict:
    """Refuse what nobody has confirmed."""
    return Conflict(
        Code.CONFIRMATION_REQUIRED,
        f"Confirm to {action}: repeat with confirm=true, or with the revision of a preflight.",
        guard="confirm",
        remedies=("confirm", "preflight"),
    )


def changed() -> Stale:
    """Refuse a command whose preflight looked at something else."""
    return Stale(
        Code.CHANGED,
        "Something has changed since the preflight. Look at it again, then repeat with the new revision.",
        guard="revision",
        remedies=("preflight",),
    )


def policy_changed(version: int) -> Stale:
    """Refuse to overwrite a policy that somebody has changed meanwhile."""
    detail = f"Version {version} is in force. Look at it, then retry with its number."
    return Stale(Code.CHANGED, detail, guard="policy", remedies=("look_again",))


def _listed(roles: Sequence[str]) -> str:
    return " and ".join(roles)
