"""Prove the guards of who acts on whom, and whether it was meant."""

# ruff: noqa: N802 - rules are named by their ids, as they are written

from dataclasses import replace
from typing import Any

import pytest

from app.lifecycle.commands import Change, Command, Deactivate, Delete
from app.lifecycle.decide import Verdict, decide
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code
from app.lifecycle.subject import Subject
from tests.lifecycle.people import HOST, IDP, NOW, active, days, inactive, policy


def codes(verdict: Verdict) -> list[str]:
    """Return the codes of the refusals."""
    return [refusal.code for refusal in verdict.refusals]


def judged(command: Command, subject: Subject, preset: str = "vixiees", **knobs: Any) -> Verdict:
    """Judge under a preset with some knobs turned."""
    return decide(command, subject, TenantPolicy.preset(preset, knobs), NOW)


@pytest.mark.parametrize(
    ("actor", "target", "allowed"),
    [
        ("owner", {"owner"}, True),
        ("owner", {"admin"}, True),
        ("admin", {"owner"}, False),
        ("admin", {"admin"}, False),
        ("admin", {"contributor"}, True),
        ("admin", {"contributor", "owner"}, False),
        ("admin", set(), True),
        ("reader", set(), False),
    ],
)
def test_D5_D6_D7_D8_roles_say_who_acts_on_whom(actor: str, target: set[str], allowed: bool) -> None:
    """Owners act on all, admins below themselves, others on nobody."""
    acting = replace(HOST, roles=frozenset({actor}))
    verdict = judged(Deactivate(acting, confirmed=True), active(roles=frozenset(target)), "document360")
    assert verdict.allowed == allowed
    assert allowed or codes(verdict) == [Code.ACTOR_NOT_PERMITTED]


def test_who_may_act_on_its_like_may_act_on_exactly_that() -> None:
    """The roles that an actor reaches may be all that the target has, and a row for everybody reaches anybody."""
    peers = policy(actors={"may_act_on": {"Admin": ["Admin", "Editor"], "Root": ["*"]}})
    for actor, target, allowed in (
        ("admin", {"ADMIN", "editor"}, True),
        ("admin", {"admin", "owner"}, False),
        ("root", {"owner", "admin"}, True),
    ):
        acting = replace(HOST, roles=frozenset({actor}))
        assert decide(Deactivate(acting), active(roles=frozenset(target)), peers, NOW).allowed == allowed


def test_D6_an_identity_provider_acts_as_its_role() -> None:
    """It is an Admin where the matrix says so, also when it gives out roles; without a matrix it is not bound."""
    owner = active(roles=frozenset({"owner"}))
    assert codes(judged(Deactivate(IDP), owner, "document360")) == [Code.ACTOR_NOT_PERMITTED]
    assert codes(judged(Change(IDP, frozenset({"owner"})), active(), "document360")) == [Code.ACTOR_NOT_PERMITTED]
    assert decide(Deactivate(IDP), owner, policy(), NOW).allowed


def test_by_default_nobody_acts_on_somebody_above() -> None:
    """A person acts on its like and below."""
    admin = replace(HOST, roles=frozenset({"admin"}))
    for target, allowed in (("owner", False), ("admin", True), ("editor", True)):
        assert decide(Deactivate(admin), active(roles=frozenset({target})), policy(), NOW).allowed == allowed


def test_what_asks_twice_is_confirmed() -> None:
    """The host's door asks, the others imply it, and a repeat that changes nothing asks nothing."""
    assert codes(judged(Deactivate(HOST), active(), "helpdesk")) == [Code.CONFIRMATION_REQUIRED]
    assert judged(Deactivate(HOST, confirmed=True), active(), "helpdesk").allowed
    assert judged(Deactivate(IDP), active(), "helpdesk").allowed
    assert judged(Deactivate(HOST), inactive(), "helpdesk").allowed


def test_a_deletion_says_why() -> None:
    """By default a reason is needed, and a privacy request needs a legal basis too."""
    gone = inactive(deactivated_at=NOW - days(99))
    assert codes(decide(Delete(HOST, confirmed=True), gone, policy(), NOW)) == [Code.REASON_REQUIRED]
    asked = Delete(HOST, "privacy_request", confirmed=True)
    assert codes(decide(asked, gone, policy(), NOW)) == [Code.REASON_REQUIRED]
    assert decide(replace(asked, legal_basis="objection"), gone, policy(), NOW).allowed
    for silent in (Delete(HOST, confirmed=True), replace(asked, legal_basis=None)):
        assert decide(silent, gone, policy(delete={"reason": "off"}), NOW).allowed
