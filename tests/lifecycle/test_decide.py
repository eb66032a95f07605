"""Prove what each command leads to."""

# ruff: noqa: N802 - rules are named by their ids, as they are written

import pytest

from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Reactivate, Restore
from app.lifecycle.decide import Verdict, decide, decide_all
from app.lifecycle.effects import Anonymise, Emit, EndAccess, LeaveGroups, ReinstateGroups
from app.lifecycle.ending import LASTING
from app.lifecycle.refusals import Code, Refused
from app.lifecycle.states import State
from app.lifecycle.subject import Subject
from tests.lifecycle.people import (
    HOST,
    IDP,
    NOW,
    OPERATOR,
    OWNER,
    WORKER,
    active,
    days,
    inactive,
    last_owner,
    policy,
    tombstoned,
)


def judged(command: Command, subject: Subject) -> Verdict:
    """Judge under the default policy."""
    return decide(command, subject, policy(), NOW)


def test_a_joiner_is_active() -> None:
    """A new user is active, and the host hears of it."""
    assert judged(Provision(IDP), Subject.absent()) == Verdict(
        transition=(None, State.ACTIVE),
        effects=(Emit("user.created", {"state": "active"}),),
        changes={"state": State.ACTIVE},
    )


def test_a_joiner_may_be_staged() -> None:
    """A user created with active=false is inactive, and its retention clock starts."""
    verdict = judged(Provision(IDP, active=False), Subject.absent())
    assert verdict.transition == (None, State.INACTIVE)
    assert verdict.changes == {"state": State.INACTIVE, "reason": "staged", "deactivated_at": NOW}


def test_U1_H4_a_leaver_loses_access_at_once() -> None:
    """Deactivation ends access before anything else, keeps the groups, and tells why."""
    assert judged(Deactivate(IDP), active()) == Verdict(
        transition=(State.ACTIVE, State.INACTIVE),
        effects=(EndAccess("deactivated", spared=LASTING), Emit("user.deactivated", {"reason": "scim"})),
        changes={
            "state": State.INACTIVE,
            "reason": "scim",
            "deactivated_at": NOW,
            "tokens_valid_after": NOW,
        },
    )


def test_a_repeated_deactivation_only_ends_access_again() -> None:
    """Stragglers are caught, but nothing changes and nobody is told twice."""
    assert judged(Deactivate(IDP), inactive()) == Verdict(effects=(EndAccess("deactivated", spared=LASTING),))


def test_security_outlives_a_mere_leaver() -> None:
    """An operator may raise an inactive user's reason to security; a directory does not lower it."""
    assert judged(Deactivate(OPERATOR, "security"), inactive()).changes == {"reason": "security"}
    assert judged(Deactivate(IDP), inactive(reason="security")).changes == {}
    assert judged(Deactivate(OPERATOR, "security"), inactive(reason="security")).changes == {}


def test_U8_H10_a_leaver_comes_back() -> None:
    """Reactivation is possible at any time and forgets why and when access ended."""
    assert judged(Reactivate(IDP), inactive(deactivated_at=NOW - days(4000))) == Verdict(
        transition=(State.INACTIVE, State.ACTIVE),
        effects=(Emit("user.reactivated"),),
        changes={"state": State.ACTIVE, "reason": None, "deactivated_at": None},
    )


@pytest.mark.parametrize(
    ("command", "subject"),
    [
        (Reactivate(IDP), active()),
        (Restore(IDP), active()),
        (Restore(IDP, active=False), inactive()),
        (Change(IDP), active()),
        (Change(IDP, roles=OWNER), inactive()),
    ],
)
def test_what_changes_no_state_has_no_effect(command: Command, subject: Subject) -> None:
    """A repeat, or a change of attributes alone, is allowed and empty."""
    assert judged(command, subject) == Verdict()


def test_a_deletion_is_absorbed() -> None:
    """Deleting an active user ends access, leaves the groups and puts purging off by the retention."""
    verdict = judged(Delete(IDP), active())
    assert verdict.transition == (State.ACTIVE, State.TOMBSTONED)
    assert verdict.effects == (
        EndAccess("deleted"),
        LeaveGroups(),
        Emit(
            "user.deleted",
            {
                "previous": "active",
                "reason": "scim",
                "purge_after": "2026-12-23T00:25:00.000Z",
                "scope": "membership",
            },
        ),
    )
    assert verdict.changes == {
        "state": State.TOMBSTONED,
        "reason": "scim",
        "deactivated_at": NOW,
        "tombstoned_at": NOW,
        "purge_after": NOW + days(30),
        "tokens_valid_after": NOW,
    }


def test_H17_days_of_inactivity_count_towards_the_retention() -> None:
    """The clock starts at deactivation, and a purge is never due before the deletion."""
    assert judged(Delete(IDP), inactive()).changes["purge_after"] == NOW + days(20)
    assert judged(Delete(IDP), inactive(deactivated_at=NOW - days(99))).changes["purge_after"] == NOW
    assert judged(Delete(IDP), inactive()).changes["deactivated_at"] == NOW - days(10)


def test_an_earlier_absence_does_not_count_towards_the_retention() -> None:
    """Who is active has been inactive for no time at all, whatever an old row still says."""
    changes = judged(Delete(IDP), active(deactivated_at=NOW - days(99))).changes
    assert (changes["deactivated_at"], changes["purge_after"]) == (NOW, NOW + days(30))


def test_U4_a_deletion_absorbed_under_never_has_no_date() -> None:
    """The wire sees the user gone; inside, it is kept for good."""
    verdict = decide(Delete(IDP), active(), policy(delete={"mode": "never"}), NOW)
    assert verdict.transition == (State.ACTIVE, State.TOMBSTONED)
    assert verdict.changes["purge_after"] is None


def test_the_reason_of_a_deletion_is_kept() -> None:
    """A reason given replaces the old one, and no reason keeps it."""
    assert judged(Delete(IDP, reason="created in error"), inactive()).changes["reason"] == "created in error"
    assert judged(Delete(IDP), inactive()).changes["reason"] == "scim"


def test_the_event_tells_the_reason_of_this_deletion() -> None:
    """Security stays on the row, but what was said now is what the record of now says."""
    subject = inactive(reason="security", deactivated_at=NOW - days(30))
    verdict = judged(Delete(HOST, reason="leaver", confirmed=True), subject)
    assert verdict.changes["reason"] == "security"
    assert [effect.data["reason"] for effect in verdict.effects if isinstance(effect, Emit)] == ["leaver"]


def test_a_deleted_user_comes_back() -> None:
    """Restoring makes a whole user of a tombstone, and rejoins groups only when asked."""
    assert judged(Restore(IDP), tombstoned(reason="scim")) == Verdict(
        transition=(State.TOMBSTONED, State.ACTIVE),
        effects=(Emit("user.restored", {"state": "active"}),),
        changes={
            "state": State.ACTIVE,
            "reason": None,
            "deactivated_at": None,
            "tombstoned_at": None,
            "purge_after": None,
        },
    )
    assert ReinstateGroups() in judged(Restore(HOST, reinstate_groups=True), tombstoned()).effects


def test_a_deleted_user_may_come_back_inactive() -> None:
    """Restored without access, it keeps the reason and since when."""
    verdict = judged(Restore(IDP, active=False), tombstoned(reason="security"))
    assert verdict.transition == (State.TOMBSTONED, State.INACTIVE)
    assert verdict.changes["reason"] == "security"
    assert verdict.changes["deactivated_at"] == NOW - days(10)


def test_restoring_an_inactive_user_reactivates_it() -> None:
    """A user created again while inactive was never deleted, so it is reactivated, not restored."""
    assert judged(Restore(IDP), inactive()) == judged(Reactivate(IDP), inactive())


def test_H16_purging_leaves_the_label() -> None:
    """The data goes, and the tenant's label stands where the name stood."""
    label = policy(delete={"attribution": {"label": "Somebody"}})
    verdict = decide(Purge(WORKER), tombstoned(purge_after=NOW), label, NOW)
    assert verdict.transition == (State.TOMBSTONED, State.PURGED)
    assert verdict.effects == (
        EndAccess("purged"),
        Anonymise("Somebody"),
        Emit("attribution.relabel", {"label": "Somebody"}),
        Emit("user.purged", {"scope": "membership"}),
    )
    assert verdict.changes == {
        "state": State.PURGED,
        "reason": None,
        "purge_after": None,
        "purged_at": NOW,
        "tokens_valid_after": NOW,
    }


def test_a_refused_verdict_raises_all_its_refusals() -> None:
    """Whoever requires a verdict hears every no, the decisive one first."""
    with pytest.raises(Refused, match=r"LAST_OWNER: .*USER_ACTIVE: ") as caught:
        decide(Delete(IDP), last_owner(), policy(scim={"delete": "policy"}), NOW).require()
    assert caught.value.first.code == Code.LAST_OWNER
    assert judged(Reactivate(IDP), inactive()).require().allowed


def test_several_commands_are_one_verdict() -> None:
    """A request that changes roles and active in one go has one transition and all effects."""
    verdict = decide_all([Change(IDP, roles=frozenset({"Admin"})), Deactivate(IDP)], active(), policy(), NOW)
    assert verdict == judged(Deactivate(IDP), active())


def test_later_commands_see_what_earlier_ones_did() -> None:
    """A user deactivated and deleted in one go is deleted as an inactive one."""
    knobs = policy(delete={"min_days_inactive": 0})
    verdict = decide_all([Deactivate(HOST), Delete(HOST, "leaver", confirmed=True)], active(), knobs, NOW)
    assert verdict.transition == (State.ACTIVE, State.TOMBSTONED)
    assert [effect.type for effect in verdict.effects if isinstance(effect, Emit)] == [
        "user.deactivated",
        "user.deleted",
    ]


def test_roles_gained_on_the_way_count() -> None:
    """Who becomes the only Owner cannot be deactivated in the same breath."""
    subject = active(sole_roles=OWNER)
    verdict = decide_all([Change(IDP, roles=OWNER), Deactivate(IDP)], subject, policy(), NOW)
    assert [refusal.code for refusal in verdict.refusals] == [Code.LAST_OWNER]


def test_V9b_one_refused_command_refuses_them_all() -> None:
    """A refused part leaves nothing changed, and each refusal is reported once, in guard order."""
    commands: list[Command] = [Change(IDP, roles=frozenset()), Deactivate(IDP), Purge(WORKER)]
    verdict = decide_all(commands, last_owner(), policy(), NOW)
    assert [refusal.code for refusal in verdict.refusals] == [Code.INVALID_STATE, Code.LAST_OWNER]
    assert (verdict.transition, verdict.effects, verdict.changes) == (None, (), {})


def test_of_two_equal_refusals_the_earlier_is_told() -> None:
    """One code is reported once, in the words of the command that met it first."""
    [refusal] = decide_all([Purge(WORKER), Provision(IDP)], active(), policy(), NOW).refusals
    assert "before purging" in refusal.detail


def test_there_and_back_is_no_transition() -> None:
    """Commands that end where they began have effects but no transition; no commands have neither."""
    assert decide_all([Deactivate(IDP), Reactivate(IDP)], active(), policy(), NOW).transition is None
    assert decide_all([], active(), policy(), NOW) == Verdict()
