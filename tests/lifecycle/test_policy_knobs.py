"""Prove that every knob turns something: each has a module that reads it."""

import ast
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.lifecycle.policy import TenantPolicy
from tests.architecture import Source, read

APP = {source.name: source for source in read("app")}
READERS = {
    "bulk.selection": "app.lifecycle.selection",
    "inactive.listing": "app.lifecycle.selection",
    "inactive.blocks": "app.lifecycle.eligibility",
    "notify.on_activate": "app.lifecycle.outcomes",
    "delete.mode": "app.lifecycle.guards.deletion",
    "delete.min_days_inactive": "app.lifecycle.case",
    "delete.attribution.audit": "app.lifecycle.outcomes",
    "delete.attribution.content": "app.lifecycle.outcomes",
    "delete.attribution.label": "app.lifecycle.outcomes",
    "delete.reason": "app.lifecycle.guards.acting",
    "delete.scope": "app.lifecycle.outcomes",
    "actors.order": "app.lifecycle.guards.acting",
    "actors.may_act_on": "app.lifecycle.guards.acting",
    "protect_last.roles": "app.lifecycle.guards.owners",
    "protect_last.groups": "app.lifecycle.guardians",
    "protect_last.on": "app.lifecycle.guards.owners",
    "protect_last.message": "app.lifecycle.guards.owners",
    "protect_last.scim": "app.lifecycle.guards.owners",
    "source_of_truth": "app.lifecycle.guards.acting",
    "confirm": "app.lifecycle.guards.acting",
    "reactivate.window_days": "app.lifecycle.guards.standing",
    "reactivate.restore": "app.lifecycle.holdings",
    "precheck.on": "app.lifecycle.facts",
    "identity.email_reuse": "app.lifecycle.subject",
    "groups.duplicate_display_name": "app.scim.groups",
    "scim.delete": "app.lifecycle.decide",
    "scim.on_block": "app.lifecycle.decide",
    "scim.actor_role": "app.lifecycle.guards.acting",
    "entitlements.*.capacity": "app.lifecycle.guards.owning",
    "entitlements.*.on_deactivate": "app.lifecycle.case",
    "entitlements.*.on_reactivate": "app.lifecycle.guards.owning",
    "entitlements.*.over_limit": "app.lifecycle.guards.owning",
    "entitlements.*.choices": "app.lifecycle.guards.owning",
    "entitlements.*.separable": "app.lifecycle.guards.owning",
    "entitlements.*.on_release.*.states": "app.lifecycle.holdings",
    "entitlements.*.on_release.*.to": "app.lifecycle.holdings",
    "entitlements.*.on_release.*.reason": "app.lifecycle.holdings",
    "entitlements.*.last_in_scope.message": "app.lifecycle.guards.owning",
    "work.*.on_deactivate": "app.lifecycle.holdings",
    "work.*.on_delete": "app.lifecycle.holdings",
    "work.*.on_reactivate": "app.lifecycle.holdings",
    "work.*.reassign_to": "app.lifecycle.holdings",
    "work.*.reason": "app.lifecycle.holdings",
    "work.*.bulk_reassign": "app.lifecycle.handover",
    "entitlements.*.last_in_scope.blocked_by.states": "app.db.estate",
    "entitlements.*.last_in_scope.blocked_by.type": "app.db.estate",
    "entitlements.*.scope_by": "app.lifecycle.assigning",
    "entitlements.*.value": "app.lifecycle.assigning",
    "entitlements.*.assigned_by": "app.lifecycle.assigning",
    "sessions.end.local": "app.lifecycle.ending",
    "sessions.end.sso": "app.lifecycle.ending",
    "sessions.end_on": "app.lifecycle.outcomes",
    "sessions.logout_ends": "app.sessions.logouts",
    "sessions.idle_minutes": "app.sessions.registry",
    "sessions.absolute_minutes": "app.sessions.registry",
    "review.every_days": "app.reviews.reviewing",
    "review.days_to_decide": "app.reviews.reviewing",
    "scim.mass_change.percent": "app.lifecycle.surges",
    "scim.mass_change.count": "app.lifecycle.surges",
    "scim.mass_change.at_least": "app.lifecycle.surges",
    "scim.mass_change.window_minutes": "app.lifecycle.surges",
    "scim.mass_change.deletions": "app.lifecycle.surges",
    "scim.mass_change.deactivations": "app.lifecycle.breaker",
    "credentials.tokens": "app.lifecycle.ending",
    "delete.approvals": "app.lifecycle.guards.deletion",
}
"""The module that reads each knob."""


def knobs(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the path of every knob; ``*`` stands for names that tenants give."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        groups = [*_groups(field.annotation)]
        if not groups:
            yield path
        for group, named in groups:
            yield from knobs(group, f"{path}.*." if named else f"{path}.")


def _groups(annotation: Any, *, named: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, named
    for part in get_args(annotation):
        if not isinstance(part, str):
            yield from _groups(part, named=named or annotation.__class__.__name__ == "GenericAlias")


def reads(source: Source, knob: str) -> bool:
    """Tell whether a module takes the value of a knob."""
    names = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    return knob.rpartition(".")[2] in names


def test_every_knob_is_read() -> None:
    """A knob that turns nothing would only look like a choice."""
    assert sorted(knobs(TenantPolicy)) == sorted(READERS)


@pytest.mark.parametrize("knob", READERS)
def test_a_knob_is_read_where_it_is_said_to_be(knob: str) -> None:
    """The module named takes the value of the knob."""
    assert reads(APP[READERS[knob]], knob)


def test_a_knob_that_is_not_read_is_noticed() -> None:
    """The test of readers can fail."""
    assert not reads(Source("app.x", "mode = 'delete.mode'"), "delete.mode")
    assert reads(Source("app.x", "x = policy.delete.mode"), "delete.mode")
