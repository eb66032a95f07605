"""Prove the rules about what users hold and own, who acts on whom, and what has to be confirmed."""

# ruff: noqa: N802 - rules are named by their ids, as they are written

from dataclasses import replace
from typing import Any

import pytest

from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Reactivate, Release, Restore
from app.lifecycle.decide import Verdict, decide
from app.lifecycle.effects import (
    ForgetGroups,
    GiveBackWork,
    LoseRoles,
    MarkTransferable,
    Owe,
    Reassign,
    ReleaseEntitlement,
    RemoveWork,
    Settle,
    TakeEntitlement,
    Unassign,
)
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code
from app.lifecycle.states import State
from app.lifecycle.subject import Answer, Held, Subject, Wanted, WorkCount
from tests.lifecycle.people import HOST, IDP, NOW, WORKER, active, days, inactive, policy, tombstoned

NUMBERS = WorkCount("phone_number", "active", "ES", 2)
LICENCE = Held("sales", "ES", alone=True, blocked_by=(NUMBERS,))
TASKS, DONE = WorkCount("task", "created", "ES", 5), WorkCount("task", "completed", "ES", 9)
CONTACTS = WorkCount("contact", "open", None, 3)
VERBATIM = (
    "You must deactivate the phone numbers for this license's country before removing the last license in the country."
)
DUE = tombstoned(purge_after=NOW)


def judged(command: Command, subject: Subject, preset: str = "vixiees", **knobs: Any) -> Verdict:
    """Judge under a preset with some knobs turned."""
    return decide(command, subject, TenantPolicy.preset(preset, knobs), NOW)


def codes(verdict: Verdict) -> list[str]:
    """Return the codes of the refusals."""
    return [refusal.code for refusal in verdict.refusals]


@pytest.mark.parametrize("command", [Deactivate(IDP), Release(IDP, "sales"), Change(IDP)])
def test_V9_the_last_licence_of_a_country_stays(command: Command) -> None:
    """On each way the licence would go, the words are the product's, and the numbers are counted."""
    held = replace(LICENCE, leaving=isinstance(command, Change))
    verdict = judged(command, active(held=(held,)))
    [refusal] = verdict.refusals
    assert (refusal.code, refusal.kind, refusal.detail) == (Code.LAST_ENTITLEMENT_IN_SCOPE, "conflict", VERBATIM)
    assert refusal.guard == "entitlements.sales.last_in_scope"
    assert refusal.blocking == ({"type": "phone_number", "state": "active", "scope": "ES", "count": 2},)
    assert (verdict.effects, verdict.changes) == ((), {})


@pytest.mark.parametrize("held", [replace(LICENCE, alone=False), replace(LICENCE, blocked_by=())])
def test_V9_another_licence_or_no_numbers_clear_the_way(held: Held) -> None:
    """Giving the licence to somebody, or deactivating the numbers, is the cure."""
    assert ReleaseEntitlement("sales", "ES") in judged(Deactivate(IDP), active(held=(held,))).effects


def test_V9_on_hold_access_is_cut_and_the_licence_stays() -> None:
    """The leaver is out at once, and what is left to do is kept in sight."""
    verdict = judged(Deactivate(IDP), active(held=(LICENCE,)), scim={"on_block": "hold"})
    assert verdict.transition == (State.ACTIVE, State.INACTIVE)
    assert not any(isinstance(effect, ReleaseEntitlement) for effect in verdict.effects)
    [owed] = [effect for effect in verdict.effects if isinstance(effect, Owe)]
    assert (owed.code, owed.detail["blocking"][0]["count"]) == (Code.LAST_ENTITLEMENT_IN_SCOPE, 2)
    assert codes(judged(Deactivate(HOST), active(held=(LICENCE,)), scim={"on_block": "hold"})) == [owed.code]


def test_V7_a_released_licence_makes_open_tasks_transferable() -> None:
    """Created tasks may be claimed, with the reason of the product; completed ones stay."""
    subject = active(held=(replace(LICENCE, alone=False),), work=(TASKS, DONE))
    effects = judged(Deactivate(IDP), subject).effects
    assert MarkTransferable("task", ("created",), "ES", "User deactivated") in effects
    assert not any(isinstance(effect, Unassign) for effect in effects)
    assert not any(
        isinstance(e, MarkTransferable) for e in judged(Deactivate(IDP), replace(subject, work=(DONE,))).effects
    )


def test_V4_a_licence_is_taken_from_a_user_who_stays() -> None:
    """Access stays; at the host's door it is confirmed; where the policy binds the two it is refused."""
    subject = active(held=(replace(LICENCE, alone=False),))
    assert codes(judged(Release(HOST, "sales"), subject)) == [Code.CONFIRMATION_REQUIRED]
    verdict = judged(Release(HOST, "sales", confirmed=True), subject)
    assert (verdict.transition, verdict.effects) == (None, (ReleaseEntitlement("sales", "ES"),))
    bound = judged(Release(IDP, "sales"), subject, entitlements={"sales": {"separable": False}})
    assert codes(bound) == [Code.NOT_SEPARABLE]
    assert codes(judged(Release(IDP, "sales"), active())) == [Code.UNKNOWN_ENTITLEMENT]


def test_V5_V15_owned_contacts_keep_a_user_from_being_deleted() -> None:
    """Counts are told, and the guard stays armed where deletion is off."""
    verdict = judged(Delete(IDP), inactive(work=(CONTACTS,), deactivated_at=NOW - days(99)))
    assert codes(verdict) == [Code.DELETION_UNSUPPORTED, Code.OWNED_WORK]
    refusal = verdict.refusals[1]
    assert refusal.detail.startswith("3 contacts still assigned.")
    assert refusal.guard == "work.contact.on_delete"
    assert judged(Deactivate(IDP), active(work=(CONTACTS,))).allowed


def test_a_purge_waits_for_owned_work_and_holds() -> None:
    """What an absorbed deletion did not wait for, the purge does."""
    rules = policy(work={"contact": {}})
    assert codes(decide(Purge(WORKER), replace(DUE, work=(CONTACTS,)), rules, NOW)) == [Code.OWNED_WORK]
    assert codes(decide(Purge(WORKER), replace(DUE, on_hold=True), rules, NOW)) == [Code.LEGAL_HOLD]
    verdict = decide(Delete(IDP), active(work=(CONTACTS,), on_hold=True), rules, NOW)
    assert [refusal.code for refusal in verdict.held] == [Code.LEGAL_HOLD, Code.USER_ACTIVE, Code.OWNED_WORK]
    [owed] = [effect for effect in verdict.effects if isinstance(effect, Owe)]
    assert (owed.code, owed.due) == (Code.OWNED_WORK, NOW + days(30))


def test_H18_a_hold_is_not_told_to_the_identity_provider() -> None:
    """Where deletion is not absorbed, the refusal is generic."""
    rules = policy(scim={"delete": "policy"}, delete={"min_days_inactive": 0})
    [refusal] = decide(Delete(IDP), inactive(on_hold=True), rules, NOW).refusals
    assert (refusal.code, refusal.kind, refusal.blocking) == (Code.LEGAL_HOLD, "forbidden", ())
    assert "hold" not in refusal.detail.lower()


@pytest.mark.parametrize(
    ("rule", "effect"),
    [
        ({"on_deactivate": "transferable", "reason": "Left"}, MarkTransferable("task", reason="Left")),
        ({"on_deactivate": "unassign"}, Unassign("task")),
        ({"on_deactivate": "reassign", "reassign_to": "u9"}, Reassign("task", "u9")),
        ({"on_deactivate": "reassign"}, Unassign("task")),
    ],
)
def test_work_of_a_leaver_goes_where_the_policy_says(rule: dict[str, str], effect: Any) -> None:
    """Each choice of the policy is one effect, and none without work."""
    rules = policy(work={"task": rule})
    assert effect in decide(Deactivate(IDP), active(work=(TASKS,)), rules, NOW).effects
    assert effect not in decide(Deactivate(IDP), active(), rules, NOW).effects


def test_blocking_work_is_refused_or_held() -> None:
    """An operator is refused; an identity provider cuts access and leaves an obligation."""
    rules = policy(work={"task": {"on_deactivate": "block"}})
    assert codes(decide(Deactivate(HOST), active(work=(TASKS,)), rules, NOW)) == [Code.OWNED_WORK]
    assert decide(Deactivate(IDP), active(work=(TASKS,)), rules, NOW).transition == (State.ACTIVE, State.INACTIVE)


def test_work_goes_with_the_purge_or_to_somebody() -> None:
    """Cascading removes, reassigning gives away; both only when the user is destroyed."""
    subject = replace(DUE, work=(TASKS, CONTACTS))
    rules = policy(work={"task": {"on_delete": "cascade"}, "contact": {"on_delete": "reassign", "reassign_to": "u9"}})
    effects = decide(Purge(WORKER), subject, rules, NOW).effects
    assert RemoveWork("task") in effects
    assert Reassign("contact", "u9") in effects


def test_V11_work_comes_back_only_where_the_policy_says() -> None:
    """Left alone, transferred work stays where it is."""
    assert (
        not judged(Reactivate(IDP), inactive()).effects[:-1] or Settle() in judged(Reactivate(IDP), inactive()).effects
    )
    rules = policy(work={"task": {"on_reactivate": "restore"}})
    assert GiveBackWork("task") in decide(Reactivate(IDP), inactive(), rules, NOW).effects
    assert GiveBackWork("task") not in judged(Reactivate(IDP), inactive()).effects


@pytest.mark.parametrize("over_limit", ["refuse", "offer_choices", "overage"])
def test_D18_a_full_pool_refuses_offers_or_counts_over(over_limit: str) -> None:
    """Without a seat nobody comes back, unless the policy counts over."""
    seats = {"seat": {"capacity": 2, "over_limit": over_limit, "choices": ["Buy add-ons."]}}
    verdict = judged(Reactivate(IDP), inactive(wanted=(Wanted("seat", None, 2),)), "document360", entitlements=seats)
    if over_limit == "overage":
        assert TakeEntitlement("seat") in verdict.effects
    else:
        [refusal] = verdict.refusals
        assert (refusal.code, refusal.kind) == (Code.SEAT_LIMIT, "forbidden")
        assert ("Buy add-ons." in refusal.detail) == (over_limit == "offer_choices")
    free = judged(
        Provision(IDP), Subject(None, None, wanted=(Wanted("seat", None, 1),)), "document360", entitlements=seats
    )
    assert free.effects[0] == TakeEntitlement("seat")


def test_V12_a_licence_returns_by_hand_but_the_first_by_itself() -> None:
    """Who was only staged never had one to be given back."""
    wanted = (Wanted("sales", "ES"),)
    assert TakeEntitlement("sales", "ES") not in judged(Reactivate(IDP), inactive(wanted=wanted)).effects
    assert TakeEntitlement("sales", "ES") in judged(Reactivate(IDP), inactive(wanted=wanted, reason="staged")).effects


@pytest.mark.parametrize(
    ("command", "subject", "answer", "found"),
    [
        (Deactivate(HOST), active(), Answer(reached=False), []),
        (Deactivate(HOST), active(), Answer(blockers=({"type": "call", "detail": "A call is on."},)), [Code.PRECHECK]),
        (Purge(WORKER), DUE, Answer(reached=False), [Code.PRECHECK]),
        (Purge(WORKER), DUE, Answer(warnings=({"type": "call"},)), []),
    ],
)
def test_the_precheck_fails_open_for_access_and_closed_for_data(
    command: Command, subject: Subject, answer: Answer, found: list[str]
) -> None:
    """Access must end even if the host is down; data must not be destroyed on no answer."""
    assert codes(decide(command, replace(subject, answer=answer), policy(), NOW)) == found


def test_R4_users_managed_elsewhere_are_not_changed_here() -> None:
    """The local door is shut, the identity provider's open, and the other way round."""
    external, local = policy(source_of_truth="external"), policy(source_of_truth="local")
    [refusal] = decide(Deactivate(HOST), active(managed_by="Okta"), external, NOW).refusals
    assert (refusal.code, refusal.kind, "Okta" in refusal.detail) == (Code.MANAGED_EXTERNALLY, "forbidden", True)
    assert decide(Deactivate(IDP), active(), external, NOW).allowed
    assert codes(decide(Deactivate(IDP), active(), local, NOW)) == [Code.ACTOR_NOT_PERMITTED]


def test_a_window_closes() -> None:
    """Within the window a user comes back, after it no more; who was only staged may always begin."""
    rules = policy(reactivate={"window_days": 10})
    assert decide(Reactivate(IDP), inactive(), rules, NOW).allowed
    late = inactive(deactivated_at=NOW - days(11))
    assert codes(decide(Reactivate(IDP), late, rules, NOW)) == [Code.REACTIVATION_CLOSED]
    assert codes(decide(Restore(HOST), replace(late, state=State.TOMBSTONED), rules, NOW)) == [Code.REACTIVATION_CLOSED]
    assert decide(Reactivate(IDP), replace(late, reason="staged"), rules, NOW).allowed
    for leaving in (Delete(IDP), Change(IDP), Deactivate(IDP)):
        assert decide(leaving, late, rules, NOW).allowed


def test_U9_U10_H12_what_is_not_restored_is_taken_away() -> None:
    """By default both stay; a policy may take either when the user comes back."""
    none = decide(Reactivate(IDP), inactive(), policy(reactivate={"restore": []}), NOW).effects
    assert {LoseRoles(), ForgetGroups()} <= set(none[:-1])
    assert not {LoseRoles, ForgetGroups} & {type(e) for e in decide(Reactivate(IDP), inactive(), policy(), NOW).effects}
