"""Guard the last holder of a protected role, and the last active member of a protected group."""

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Change, Deactivate, Delete
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import folded


def last_owner(case: Case) -> Refusal | None:
    """Refuse to leave a protected role or group without an active holder, whatever the mode of deletion."""
    rules, subject = case.policy.protect_last, case.subject
    if not (subject.sole_roles or subject.sole_groups) or (case.on_scim and not rules.scim):
        return None
    going = _goes(case)
    roles = tuple(role for role in subject.holds_alone(rules.roles) if going or _given_up(case, role))
    groups = rules.named(subject.sole_groups) if going else ()
    return refusals.last_owner(roles, groups, rules.message) if roles or groups else None


def _goes(case: Case) -> bool:
    """Tell whether the command takes away the user itself, from what the policy protects it from."""
    command, state, on = case.command, case.subject.state, case.policy.protect_last.on
    if isinstance(command, Delete):
        # an inactive last holder counts too: else "deactivate, then delete" walks around the guard
        return "delete" in on and state in VISIBLE
    return isinstance(command, Deactivate) and state is State.ACTIVE and "deactivate" in on


def _given_up(case: Case, role: str) -> bool:
    command, active = case.command, case.subject.state is State.ACTIVE
    if not active or "deactivate" not in case.policy.protect_last.on or not isinstance(command, Change):
        return False
    return command.roles is not None and role.casefold() not in folded(command.roles)
