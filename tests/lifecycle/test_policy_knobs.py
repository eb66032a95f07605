"""Prove that every knob turns something: each has a module that reads it."""

import ast
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.lifecycle.policy import TenantPolicy
from tests.architecture import Source, read

APP = {source.name: source for source in read("app")}
DECIDE, GUARDS, SUBJECT, SERVICE = (f"app.lifecycle.{name}" for name in ("decide", "guards", "subject", "service"))

READERS = {
    "delete.mode": GUARDS,
    "delete.min_days_inactive": GUARDS,
    "delete.attribution.label": DECIDE,
    "protect_last.roles": GUARDS,
    "protect_last.on": GUARDS,
    "protect_last.message": GUARDS,
    "identity.email_reuse": SUBJECT,
    "groups.duplicate_display_name": "app.scim.groups",
    "scim.delete": GUARDS,
}
"""The module that reads each knob."""

AWAITED = {
    "delete.attribution.audit": "domain",
    "delete.attribution.content": "domain",
    "delete.reason": "domain",
    "delete.scope": "domain",
    "delete.approvals": "purge",
    "actors.order": "domain",
    "actors.may_act_on": "domain",
    "protect_last.scim": "domain",
    "source_of_truth": "domain",
    "confirm": "domain",
    "reactivate.window_days": "domain",
    "reactivate.restore": "domain",
    "precheck.on": "domain",
    "scim.on_block": "domain",
    "scim.actor_role": "domain",
    "bulk.selection": "lists",
    "inactive.listing": "lists",
    "inactive.blocks": "eligibility",
    "notify.on_activate": "notify",
    "review.every_days": "reviews",
    "sessions.end.local": "sessions",
    "sessions.end.sso": "sessions",
    "credentials.password": "credentials",
    "credentials.tokens": "credentials",
    "entitlements.*.capacity": "obligations",
    "entitlements.*.assigned_by": "obligations",
    "entitlements.*.value": "obligations",
    "entitlements.*.scope_by": "obligations",
    "entitlements.*.on_deactivate": "obligations",
    "entitlements.*.on_reactivate": "obligations",
    "entitlements.*.over_limit": "obligations",
    "entitlements.*.choices": "obligations",
    "entitlements.*.separable": "obligations",
    "entitlements.*.on_release.*.states": "obligations",
    "entitlements.*.on_release.*.to": "obligations",
    "entitlements.*.on_release.*.reason": "obligations",
    "entitlements.*.last_in_scope.message": "obligations",
    "entitlements.*.last_in_scope.blocked_by.type": "obligations",
    "entitlements.*.last_in_scope.blocked_by.states": "obligations",
    "work.*.on_deactivate": "obligations",
    "work.*.on_delete": "obligations",
    "work.*.on_reactivate": "obligations",
    "work.*.reassign_to": "obligations",
    "work.*.reason": "obligations",
    "work.*.bulk_reassign": "obligations",
    "scim.mass_change.percent": "mass change",
    "scim.mass_change.count": "mass change",
    "scim.mass_change.at_least": "mass change",
    "scim.mass_change.window_minutes": "mass change",
    "scim.mass_change.deletions": "mass change",
    "scim.mass_change.deactivations": "mass change",
}
"""Knobs whose capability is being built, by its name; it moves them to the readers."""


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


def test_every_knob_is_read_or_awaited() -> None:
    """A knob that turns nothing would only look like a choice."""
    assert sorted(knobs(TenantPolicy)) == sorted(READERS.keys() | AWAITED.keys())
    assert not READERS.keys() & AWAITED.keys()


@pytest.mark.parametrize("knob", READERS)
def test_a_knob_is_read_where_it_is_said_to_be(knob: str) -> None:
    """The module named takes the value of the knob."""
    assert reads(APP[READERS[knob]], knob)


def test_a_knob_that_is_not_read_is_noticed() -> None:
    """The test of readers can fail."""
    assert not reads(Source("app.x", "mode = 'delete.mode'"), "delete.mode")
    assert reads(Source("app.x", "x = policy.delete.mode"), "delete.mode")
