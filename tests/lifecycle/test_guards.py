"""Prove each rule that may refuse a command."""

# ruff: noqa: N802 - rules are named by their ids, as they are written

from typing import Any

import pytest

from app.lifecycle.commands import (
    Change,
    Command,
    Deactivate,
    Delete,
    Provision,
    Purge,
    Reactivate,
    Restore,
)
from app.lifecycle.decide import decide
from app.lifecycle.refusals import Code
from app.lifecycle.states import State
from app.lifecycle.subject import Namesake, Subject
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
    purged,
    tombstoned,
)

STRICT = {"scim": {"delete": "policy"}}
MEANT = Delete(HOST, "leaver", confirmed=True)


def codes(command: Command, subject: Subject, **knobs: Any) -> list[str]:
    """Return the codes of the refusals, the decisive one first."""
    return [refusal.code for refusal in decide(command, subject, policy(**knobs), NOW).refusals]


EVERYTHING_BUT_CREATION: list[Command] = [
    Change(IDP), Deactivate(IDP), Reactivate(IDP), Delete(IDP), Restore(IDP), Purge(WORKER),
]  # fmt: skip


@pytest.mark.parametrize("command", EVERYTHING_BUT_CREATION)
def test_who_does_not_exist_is_unknown(command: Command) -> None:
    """Every command but a creation needs a user."""
    [refusal] = decide(command, Subject.absent("u1"), policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.retryable) == (Code.UNKNOWN_USER, "not_found", False)
    assert "u1" in refusal.detail


@pytest.mark.parametrize("command", [Provision(IDP), *EVERYTHING_BUT_CREATION])
def test_who_was_purged_is_unknown(command: Command) -> None:
    """Nothing brings a purged user back, and nothing more can be done to it."""
    assert codes(command, purged()) == [Code.UNKNOWN_USER]


@pytest.mark.parametrize("command", [Provision(IDP), Change(IDP), Deactivate(IDP), Reactivate(IDP), Delete(IDP)])
def test_who_was_deleted_is_unknown_but_to_restore_and_purge(command: Command) -> None:
    """After a DELETE every later operation answers 404 (RFC 7644 §3.6)."""
    assert codes(command, tombstoned()) == [Code.UNKNOWN_USER]
    assert codes(Restore(IDP), tombstoned()) == []
    assert codes(Purge(WORKER), tombstoned(purge_after=NOW)) == []


@pytest.mark.parametrize("subject", [active(), inactive()])
def test_a_visible_user_is_neither_created_nor_purged(subject: Subject) -> None:
    """A command that makes no sense in this state says what would."""
    assert codes(Provision(IDP), subject) == [Code.INVALID_STATE]
    [refusal] = decide(Purge(WORKER), subject, policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.remedies) == (Code.INVALID_STATE, "conflict", ("delete",))


def test_restoring_does_not_deactivate() -> None:
    """An active user cannot be restored into inactivity, behind the back of the last-owner guard."""
    assert codes(Restore(IDP, active=False), last_owner()) == [Code.INVALID_STATE]


def test_H13_last_owner_is_not_deactivated() -> None:
    """The only Owner stays, and the refusal says who, why and what to do."""
    [refusal] = decide(Deactivate(IDP), last_owner(), policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.guard) == (Code.LAST_OWNER, "conflict", "protect_last")
    assert "only Owner" in refusal.detail
    assert "another active user Owner, then retry" in refusal.detail
    assert refusal.remedies == ("assign_role",)
    assert refusal.blocking == ({"type": "role", "value": "Owner", "count": 1},)


def test_H13_a_second_owner_clears_the_way() -> None:
    """As soon as somebody else is an active Owner, the retry goes through."""
    assert codes(Deactivate(IDP), active(roles=OWNER)) == []


def test_H13_tenant_words_replace_the_sentence() -> None:
    """The administrator reads the tenant's own message where there is one."""
    own = policy(protect_last={"message": "Call the help desk."})
    assert decide(Deactivate(IDP), last_owner(), own, NOW).refusals[0].detail == "Call the help desk."


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"Admin"})])
def test_H13_the_last_owner_keeps_the_role(roles: frozenset[str]) -> None:
    """Taking the role away is as bad as taking the person away."""
    assert codes(Change(IDP, roles=roles), last_owner()) == [Code.LAST_OWNER]


@pytest.mark.parametrize("roles", [None, frozenset({"owner", "Admin"})])
def test_the_last_owner_may_otherwise_change(roles: frozenset[str] | None) -> None:
    """Roles left alone, or still holding Owner in whatever case, are no loss."""
    assert codes(Change(IDP, roles=roles), last_owner()) == []


def test_an_inactive_owner_may_lose_the_role() -> None:
    """An inactive user holds no role that anybody could count on."""
    assert codes(Change(IDP, roles=frozenset()), inactive(roles=OWNER, sole_roles=OWNER)) == []


@pytest.mark.parametrize("mode", ["absorb", "policy"])
def test_H22_D9_deleting_the_last_owner_is_refused_in_both_modes(mode: str) -> None:
    """Deletion must not be a way around the guard, and absorbing it would lock the tenant out."""
    found = codes(Delete(IDP), last_owner(), scim={"delete": mode}, delete={"mode": "any"})
    assert found == [Code.LAST_OWNER]


def test_H22_deactivating_first_is_no_way_around() -> None:
    """Where only deletion is guarded, the last owner may be made inactive, but then not deleted."""
    knobs = {"protect_last": {"on": ["delete"]}}
    assert codes(Deactivate(IDP), last_owner(), **knobs) == []
    assert codes(Delete(IDP), inactive(roles=OWNER, sole_roles=OWNER), **knobs) == [Code.LAST_OWNER]


def test_protection_may_be_narrowed_or_taken_off() -> None:
    """The guard obeys its knobs: which commands, and which roles."""
    assert codes(Delete(IDP), last_owner(), protect_last={"on": ["deactivate"]}) == []
    assert codes(Deactivate(IDP), last_owner(), protect_last={"roles": []}) == []
    assert codes(Deactivate(IDP), last_owner(), protect_last={"roles": ["Keeper"]}) == []


def test_U4_V1_nobody_is_deleted_on_any_channel() -> None:
    """With mode never, deletion is unsupported for the operator and, unless absorbed, for the directory."""
    never = {"delete": {"mode": "never"}}
    for subject in (active(), inactive()):
        assert codes(Delete(OPERATOR), subject, **never) == [Code.DELETION_UNSUPPORTED]
        assert codes(Delete(IDP), subject, **never, **STRICT) == [Code.DELETION_UNSUPPORTED]
    [refusal] = decide(MEANT, active(), policy(**never), NOW).refusals
    assert (refusal.kind, refusal.detail) == ("forbidden", "Users are never deleted here; set active=false.")


def test_R3_an_active_user_is_not_deleted() -> None:
    """Where only inactive users are deleted, the refusal says to deactivate first."""
    [refusal] = decide(Delete(IDP), active(), policy(**STRICT), NOW).refusals
    assert (refusal.code, refusal.kind) == (Code.USER_ACTIVE, "conflict")
    assert "active=false" in refusal.detail


def test_D11_an_active_user_is_deleted_directly() -> None:
    """Mode any knows no must-be-inactive."""
    assert codes(Delete(IDP), active(), delete={"mode": "any"}, **STRICT) == []


def test_H17_deletion_waits_for_the_retention_period() -> None:
    """Too early, the refusal names the date; on it, the deletion goes through."""
    [refusal] = decide(MEANT, inactive(), policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.guard) == (Code.RETENTION, "conflict", "delete.min_days_inactive")
    assert "May be deleted after 2026-12-13." in refusal.detail
    assert refusal.blocking == ({"type": "retention", "until": "2026-12-13T00:25:00.000Z"},)
    assert codes(MEANT, inactive(deactivated_at=NOW - days(30))) == []


def test_R6_without_retention_deletion_is_possible_at_once() -> None:
    """With no days to wait, a user deactivated this moment may be deleted."""
    assert codes(MEANT, inactive(deactivated_at=NOW), delete={"min_days_inactive": 0}) == []


def test_an_unknown_beginning_of_inactivity_is_now() -> None:
    """Where nobody knows since when, the whole retention is still to come."""
    assert codes(MEANT, inactive(deactivated_at=None)) == [Code.RETENTION]


@pytest.mark.parametrize("mode", ["never", "inactive_only", "any"])
@pytest.mark.parametrize("subject", [active(), inactive(deactivated_at=NOW)])
def test_R3_H17_absorbed_deletions_are_not_refused(mode: str, subject: Subject) -> None:
    """An identity provider that deletes gets its way on the wire whatever the mode."""
    assert codes(Delete(IDP), subject, delete={"mode": mode}) == []


def test_purging_waits_until_it_is_due() -> None:
    """A deleted user's data is kept until the moment fixed at its deletion."""
    [refusal] = decide(Purge(WORKER), tombstoned(), policy(), NOW).refusals
    assert (refusal.code, refusal.kind) == (Code.PURGE_NOT_DUE, "conflict")
    assert "2026-12-13" in refusal.detail
    assert codes(Purge(WORKER), tombstoned(purge_after=NOW)) == []


def test_U4_what_was_deleted_under_never_is_never_purged() -> None:
    """Without a date, or under a policy that has become never, purging is never due."""
    assert codes(Purge(WORKER), tombstoned(purge_after=None)) == [Code.PURGE_NOT_DUE]
    due = tombstoned(purge_after=NOW - days(1))
    assert codes(Purge(OPERATOR), due, delete={"mode": "never"}) == [Code.PURGE_NOT_DUE]


@pytest.mark.parametrize("command", [Reactivate(IDP), Restore(IDP)])
def test_an_identity_provider_does_not_lift_a_security_deactivation(command: Command) -> None:
    """What an operator shut for security, only an operator opens."""
    [refusal] = decide(command, inactive(reason="security"), policy(), NOW).refusals
    assert (refusal.code, refusal.kind) == (Code.DEACTIVATED_BY_OPERATOR, "forbidden")
    assert "operator" in refusal.detail


def test_deleting_and_creating_again_does_not_lift_it_either() -> None:
    """The reason outlives deletion."""
    gone = inactive(reason="security").after(decide(Delete(IDP), inactive(reason="security"), policy(), NOW).changes)
    assert codes(Restore(IDP), gone) == [Code.DEACTIVATED_BY_OPERATOR]
    assert codes(Restore(OPERATOR), gone) == []
    assert codes(Restore(IDP, active=False), gone) == []


@pytest.mark.parametrize("actor", [HOST, OPERATOR])
def test_an_operator_lifts_a_security_deactivation(actor: Any) -> None:
    """The other doors may reactivate."""
    assert codes(Reactivate(actor), inactive(reason="security")) == []


def test_a_taken_user_name_is_refused() -> None:
    """The userName of an active user is not free, and the refusal says whose it is."""
    [refusal] = decide(Provision(IDP), Subject.absent(None, Namesake("u7", State.ACTIVE)), policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.resource_id) == (Code.USER_NAME_TAKEN, "conflict", "u7")


def test_U12_the_user_name_of_an_inactive_user_points_to_it() -> None:
    """Instead of a second account, the administrator is told to reactivate the first."""
    [refusal] = decide(Provision(IDP), Subject.absent(None, Namesake("u7", State.INACTIVE)), policy(), NOW).refusals
    assert (refusal.code, refusal.kind, refusal.resource_id) == (Code.EMAIL_OF_INACTIVE, "conflict", "u7")
    assert "u7" in refusal.detail
    assert "active=true" in refusal.detail


def test_renaming_and_restoring_need_a_free_user_name() -> None:
    """Neither a change nor a return makes two live users of one userName; the user itself is no obstacle."""
    other, itself = Namesake("u7", State.ACTIVE), Namesake("u1", State.ACTIVE)
    assert codes(Change(IDP), active(namesake=other)) == [Code.USER_NAME_TAKEN]
    assert codes(Change(IDP), active(namesake=Namesake("u7", State.INACTIVE))) == [Code.USER_NAME_TAKEN]
    assert codes(Restore(IDP), tombstoned(namesake=other)) == [Code.USER_NAME_TAKEN]
    assert codes(Change(IDP), active(namesake=itself)) == []
    assert codes(Deactivate(IDP), active(namesake=other)) == []


def test_all_refusals_are_reported_in_guard_order() -> None:
    """Last owner comes before must-be-inactive; that nobody is ever deleted comes before both."""
    assert codes(Delete(IDP), last_owner(), **STRICT) == [Code.LAST_OWNER, Code.USER_ACTIVE]
    assert codes(MEANT, last_owner(), delete={"mode": "never"}) == [Code.DELETION_UNSUPPORTED, Code.LAST_OWNER]
    alone = inactive(roles=OWNER, sole_roles=OWNER)
    assert codes(MEANT, alone) == [Code.LAST_OWNER, Code.RETENTION]
