"""Guard the last holder of a protected role."""

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Change, Deactivate, Delete
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import folded


def last_owner(case: Case) -> Refusal | None:
    """Refuse to leave a protected role without an active holder, whatever the mode of deletion."""
    rules = case.policy.protect_last
    if not case.subject.sole_roles or (case.on_scim and not rules.scim):
        return None
    lost = tuple(role for role in case.subject.holds_alone(rules.roles) if _loses(case, role))
    return refusals.last_owner(lost, rules.message) if lost else None


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
