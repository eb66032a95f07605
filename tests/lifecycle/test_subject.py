"""Prove what a subject knows of itself, and who succeeds whom."""

# ruff: noqa: N802 - rules are named by their ids, as they are written

from itertools import product

import pytest

from app.lifecycle.states import State
from app.lifecycle.subject import Subject, succession
from tests.lifecycle.people import OWNER, active, inactive, policy, purged, tombstoned


def test_roles_compare_without_regard_to_case() -> None:
    """A directory that says `owner` means the `Owner` of the policy, and the policy's spelling is shown."""
    assert active(roles=frozenset({"oWNER"}), sole_roles=frozenset({"owner"})).holds_alone(["Owner"]) == ("Owner",)


def test_a_role_is_held_alone_only_by_who_holds_it() -> None:
    """That nobody else is Owner does not make this user one."""
    assert active(sole_roles=OWNER).holds_alone(["Owner"]) == ()
    assert active(roles=OWNER).holds_alone(["Owner"]) == ()


def test_an_absent_user_has_no_state() -> None:
    """The subject of a creation does not exist yet."""
    assert Subject.absent().state is None
    assert Subject.absent("u9").id == "u9"


def test_changes_that_no_guard_looks_at_are_left_out() -> None:
    """A subject takes over the facts it knows, and ignores the others."""
    left = active().after({"state": State.INACTIVE, "tokens_valid_after": 1}, OWNER)
    assert (left.state, left.roles) == (State.INACTIVE, OWNER)


REUSES = ("reactivate_only", "after_delete", "free")


@pytest.mark.parametrize(("reuse", "same_id", "same_name"), list(product(REUSES, [True, False], [True, False])))
def test_U12_an_inactive_user_comes_back_by_external_id_alone(reuse: str, same_id: bool, same_name: bool) -> None:
    """Creating an inactive user again reactivates it, unless it must be reactivated by name of its id."""
    expected = same_id and reuse != "reactivate_only"
    assert succession(inactive(), same_id, same_name, policy(identity={"email_reuse": reuse})) is expected


@pytest.mark.parametrize(("reuse", "same_id", "same_name"), list(product(REUSES, [True, False], [True, False])))
def test_a_deleted_user_comes_back_by_external_id_or_user_name(reuse: str, same_id: bool, same_name: bool) -> None:
    """The same userName brings a deleted user back as well, unless userNames are free."""
    expected = same_id or (same_name and reuse != "free")
    assert succession(tombstoned(), same_id, same_name, policy(identity={"email_reuse": reuse})) is expected


@pytest.mark.parametrize("subject", [active(), purged(), Subject.absent()])
def test_nobody_else_is_succeeded(subject: Subject) -> None:
    """Active and purged users never come back by creation."""
    assert not succession(subject, True, True, policy())
