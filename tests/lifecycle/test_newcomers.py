"""Prove what the first record of a user is, and who is meant by a creation."""

from dataclasses import replace
from typing import Any

import pytest

from app.lifecycle.newcomers import namesake_among, newcomer, predecessor_among, rewritten
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.states import State
from app.lifecycle.subject import Namesake
from tests.lifecycle.people import NOW, OWNER, days, policy

ADA = Profile("Ada", "ada", "ext-1", "Ada L.", "ada l.", "{}", {}, frozenset({("roles.value", "owner")}))


def record(**facts: Any) -> UserRecord:
    """Return a user of the connection okta that has Ada's userName and externalId."""
    return replace(newcomer("u1", "okta", ADA, NOW), **facts)


GONE = record(id="gone", state=State.TOMBSTONED)
AWAY = record(id="away", state=State.INACTIVE)


def test_the_first_record_says_what_the_profile_says_and_that_nothing_has_happened() -> None:
    """A newcomer has access, no history, and has never signed in."""
    first = newcomer("u1", "okta", ADA, NOW)
    assert (first.id, first.connection_id, first.state, first.version) == ("u1", "okta", State.ACTIVE, 1)
    assert (first.user_name, first.user_name_key, first.external_id) == ("Ada", "ada", "ext-1")
    assert (first.display_name, first.document, first.roles) == ("Ada L.", "{}", frozenset({"owner"}))
    assert (first.created_at, first.updated_at) == (NOW, NOW)
    assert (first.deactivated_at, first.tombstoned_at, first.purge_after, first.deactivate_at) == (None,) * 4
    assert (first.reason, first.session_epoch, first.signed_in, first.former_groups) == (None, 0, False, ())
    assert first.active_assigned
    assert not newcomer("u1", "okta", replace(ADA, active_assigned=False), NOW).active_assigned


def meant(*relatives: UserRecord, profile: Profile = ADA, **identity: str) -> str | None:
    """Return the id of the user that a creation by okta brings back."""
    found = predecessor_among(relatives, "okta", profile, policy(identity=identity))
    return None if found is None else found.id


def test_whom_another_connection_or_nobody_brought_is_passed_over() -> None:
    """The search goes on behind users of others and behind those who are here already."""
    foreign, here = replace(GONE, connection_id="entra"), record()
    assert meant(foreign, here, GONE) == "gone"
    assert meant(foreign, here) is None


def test_no_external_id_is_not_the_same_external_id() -> None:
    """Two users without one have nothing in common, and a stranger's is another."""
    nameless, stranger = replace(ADA, external_id=None), replace(ADA, external_id="ext-2")
    assert meant(replace(AWAY, external_id=None), profile=nameless) is None
    assert meant(AWAY, profile=stranger) is None
    assert meant(AWAY) == "away"


@pytest.mark.parametrize(("reuse", "found"), [("after_delete", "gone"), ("free", None)])
def test_a_deleted_user_is_also_meant_by_its_user_name(reuse: str, found: str | None) -> None:
    """Unless userNames are free, or it is another name."""
    stranger = replace(ADA, external_id="ext-2")
    assert meant(GONE, profile=stranger, email_reuse=reuse) == found
    assert meant(GONE, profile=replace(stranger, user_name_key="bob"), email_reuse=reuse) is None


def test_the_namesake_is_the_live_user_with_the_name() -> None:
    """Who was deleted, or has another name, is in nobody's way."""
    other = record(id="other", user_name_key="bob")
    assert namesake_among([GONE, other, AWAY], ADA) == Namesake("away", State.INACTIVE)
    assert namesake_among([GONE, other], ADA) is None


def test_a_record_is_left_by_facts_and_profile_together() -> None:
    """Facts that no record keeps are left out; a profile changes nothing that happened."""
    bob = replace(ADA, user_name="Bob", lookups=frozenset())
    left = rewritten(AWAY, {"version": 2, "updated_at": NOW + days(1), "tokens_valid_after": 1}, bob)
    assert (left.version, left.updated_at, left.user_name, left.roles) == (2, NOW + days(1), "Bob", frozenset())
    assert (left.id, left.state) == ("away", State.INACTIVE)
    assert rewritten(AWAY, {"roles": OWNER}, None) == replace(AWAY, roles=OWNER)
