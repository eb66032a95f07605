"""Guard who acts on whom, and whether it was meant."""

from app.lifecycle import refusals
from app.lifecycle.case import Case
from app.lifecycle.commands import Change, Delete, Provision, Purge, Reactivate, Restore
from app.lifecycle.policy import EVERYBODY, Actors
from app.lifecycle.refusals import Refusal
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import folded


def managed_here(case: Case) -> Refusal | None:
    """Refuse the side that the policy keeps from changing users."""
    source = case.policy.source_of_truth
    if source == "external" and case.on_api:
        return refusals.managed_externally(case.subject.managed_by)
    if source == "local" and case.on_scim:
        return refusals.managed_locally()
    return None


def permitted(case: Case) -> Refusal | None:
    """Refuse whoever acts on somebody beyond its roles, or gives out roles beyond them."""
    actor, rules = case.command.actor, case.policy.actors
    if isinstance(case.command, Purge):
        return None
    roles = actor.roles
    if case.on_scim and rules.may_act_on is not None:
        roles = frozenset({case.policy.scim.actor_role})
    if roles is None:
        return None
    target = case.subject.roles | (_given(case) or frozenset())
    if _ranks(rules, roles, target) if rules.may_act_on is None else _covers(rules.may_act_on, roles, target):
        return None
    return refusals.actor_not_permitted(sorted(roles), sorted(target))


def _given(case: Case) -> frozenset[str] | None:
    return case.command.roles if isinstance(case.command, Provision | Change) else None


def _ranks(rules: Actors, roles: frozenset[str], target: frozenset[str]) -> bool:
    """Tell whether nobody above the actor is acted on; a lower number ranks higher."""
    order = [role.casefold() for role in rules.order]
    mine, theirs = (
        min((order.index(role) for role in folded(each) if role in order), default=len(order))
        for each in (roles, target)
    )
    return mine <= theirs


def _covers(matrix: dict[str, tuple[str, ...]], roles: frozenset[str], target: frozenset[str]) -> bool:
    """Tell whether the roles of the actor, taken together, may act on each role of the target."""
    mine = folded(roles)
    rows = [reach for role, reach in matrix.items() if role.casefold() in mine]
    reached = folded(role for reach in rows for role in reach)
    return bool(rows) and (EVERYBODY in reached or folded(target) <= reached)


def operator_deactivation(case: Case) -> Refusal | None:
    """Refuse an identity provider that would lift an operator's deactivation for security."""
    command, subject = case.command, case.subject
    lifts = isinstance(command, Reactivate) or (isinstance(command, Restore) and command.active)
    shut = subject.secured and subject.state in {State.INACTIVE, State.TOMBSTONED}
    return refusals.deactivated_by_operator() if lifts and shut and case.on_scim else None


def reason_given(case: Case) -> Refusal | None:
    """Refuse a deletion by the host application that does not say why, or not on which legal basis."""
    command, wanted = case.command, case.policy.delete.reason
    if not isinstance(command, Delete) or not case.on_api or wanted == "off":
        return None
    if command.reason is None and wanted == "required":
        return refusals.reason_required("Say why the user is deleted: reason must be given.")
    if command.reason == "privacy_request" and command.legal_basis is None:
        return refusals.reason_required("A privacy request needs a legal basis: legal_basis must be given.")
    return None


def confirmed(case: Case) -> Refusal | None:
    """Refuse what the policy wants confirmed and nobody has confirmed; other doors imply it."""
    action = case.action
    if not case.on_api or action not in case.policy.confirm or getattr(case.command, "confirmed", True):
        return None
    repeated = {"deactivate": State.INACTIVE, "reactivate": State.ACTIVE}
    idle = case.subject.state not in VISIBLE and action not in {"restore", "purge"}
    return None if idle or repeated.get(str(action)) is case.subject.state else refusals.confirmation_required(action)
