"""The rules of the platform of conversations: deactivate when in doubt, delete as an exception."""

import pytest

from tests.rules.customer import Customer, Start
from tests.scim_client import POLICY_ERROR, body_of, op, refused, tables

OWNER = [{"value": "Owner"}]


@pytest.fixture
def helpdesk(start: Start) -> Customer:
    """Return a tenant that lives by the rules of the product."""
    return start("helpdesk")


@pytest.mark.parametrize("reason", ["leaver", "long_leave", "contract_end", "restructure"])
def test_H_1_reasons_of_leaving_lead_to_a_deactivation(helpdesk: Customer, reason: str) -> None:
    """The reasons to deactivate are words that are kept; those to delete are words of deletion alone."""
    ada = helpdesk.scim.user("ada")
    assert helpdesk.deactivate(ada, reason=reason)["reason"] == reason
    refused_ = helpdesk.call("POST", f"/users/{ada}/deactivate", {"reason": "created_in_error", "confirm": True})
    assert refused_.status_code == 400
    gone = helpdesk.said("DELETE", f"/users/{ada}", reason="created_in_error", confirm="true")
    assert (gone["state"], gone["reason"]) == ("tombstoned", "created_in_error")


def test_H_1_a_deletion_need_not_say_why(helpdesk: Customer) -> None:
    """The reason is optional, and that of an identity provider is `scim`."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob")
    assert helpdesk.said("DELETE", f"/users/{ada}", confirm="true")["state"] == "tombstoned"
    assert helpdesk.scim.delete(f"/Users/{bob}").status_code == 204
    assert helpdesk.said("GET", f"/users/{bob}")["reason"] == "scim"


def test_H_2_a_deactivation_leaves_both_ways_open(helpdesk: Customer) -> None:
    """Who was deactivated may come back, or be deleted later."""
    ada = helpdesk.scim.user("ada")
    helpdesk.deactivate(ada)
    helpdesk.reactivate(ada)
    helpdesk.deactivate(ada)
    assert helpdesk.said("DELETE", f"/users/{ada}", confirm="true")["state"] == "tombstoned"
    assert helpdesk.call("POST", f"/users/{ada}/reactivate", {"confirm": True}).status_code == 404


def test_H_3_a_deactivation_is_confirmed(helpdesk: Customer) -> None:
    """Without a confirmation nothing happens; the channel of an identity provider implies it."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob")
    asked = helpdesk.said("POST", f"/users/{ada}/deactivate", {}, 409)
    assert (asked["code"], helpdesk.state(ada)) == ("CONFIRMATION_REQUIRED", "active")
    assert helpdesk.deactivate(ada)["state"] == "inactive"
    assert body_of(helpdesk.active(bob, active=False))["active"] is False


def test_H_4_all_sessions_end_at_once(helpdesk: Customer) -> None:
    """Sessions of both kinds are dead at the next check, and the host application is told."""
    ada = helpdesk.scim.user("ada")
    sids = [helpdesk.sign_in(ada, kind) for kind in ("local", "sso")]
    assert helpdesk.active(ada, active=False).status_code == 200
    assert not any(helpdesk.goes_on(sid) for sid in sids)
    assert "user.sessions_revoked" in helpdesk.types(ada)


def test_H_5_signing_in_is_refused(helpdesk: Customer) -> None:
    """An inactive user begins no session, and the refusal says why."""
    ada = helpdesk.scim.user("ada")
    helpdesk.deactivate(ada)
    assert helpdesk.said("POST", f"/users/{ada}/sessions", {}, 403)["code"] == "NOT_ACTIVE"


def test_H_7_what_was_done_stays_known(helpdesk: Customer) -> None:
    """The record, its memberships and the audit trail are as they were."""
    ada = helpdesk.scim.user("ada", displayName="Ada Lovelace", roles=[{"value": "Agent"}])
    group = helpdesk.scim.group("Support", ada)
    before = helpdesk.scim.user_view(ada)
    trail = tables(helpdesk.tenant)["audit"]
    helpdesk.deactivate(ada)
    after = helpdesk.scim.user_view(ada)
    assert {**after, "active": True, "meta": None} == {**before, "active": True, "meta": None}
    assert helpdesk.scim.members(group) == [ada]
    assert set(trail) <= set(tables(helpdesk.tenant)["audit"])


def test_H_10_an_inactive_user_is_reactivated(helpdesk: Customer) -> None:
    """Access is given again on both channels, and old sessions stay dead."""
    ada = helpdesk.scim.user("ada")
    sid = helpdesk.sign_in(ada)
    helpdesk.deactivate(ada)
    assert helpdesk.reactivate(ada)["state"] == "active"
    assert (helpdesk.goes_on(sid), helpdesk.may_sign_in(ada)) == (False, True)
    helpdesk.active(ada, active=False)
    assert body_of(helpdesk.active(ada, active=True))["active"] is True


def test_H_12_roles_and_teams_are_preserved(helpdesk: Customer) -> None:
    """After the cycle the user has its roles and is in its groups."""
    ada = helpdesk.scim.user("ada", roles=[{"value": "Agent"}, {"value": "Lead"}])
    helpdesk.scim.group("Team", ada)
    before = helpdesk.scim.user_view(ada)
    helpdesk.deactivate(ada)
    helpdesk.reactivate(ada)
    after = helpdesk.scim.user_view(ada)
    assert (after["roles"], after["groups"]) == (before["roles"], before["groups"])


def test_H_13_the_only_owner_stays(helpdesk: Customer) -> None:
    """The last Owner is kept, in the words of the product; with a second Owner the first may go."""
    ada, bob = helpdesk.scim.user("ada", roles=OWNER), helpdesk.scim.user("bob")
    before = tables(helpdesk.tenant)
    body = refused(helpdesk.active(ada, active=False), 409)
    assert "only Owner" in body["detail"]
    assert body[POLICY_ERROR]["code"] == "LAST_OWNER"
    assert helpdesk.said("POST", f"/users/{ada}/deactivate", {"confirm": True}, 409)["code"] == "LAST_OWNER"
    assert tables(helpdesk.tenant) == before
    body_of(helpdesk.scim.patch(f"/Users/{bob}", op("replace", "roles", OWNER)))
    assert body_of(helpdesk.active(ada, active=False))["active"] is False


def test_H_14_an_active_user_is_deleted_once_confirmed(helpdesk: Customer) -> None:
    """No user has to be inactive first; unconfirmed nothing happens."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob")
    assert helpdesk.said("DELETE", f"/users/{ada}", None, 409)["code"] == "CONFIRMATION_REQUIRED"
    assert helpdesk.said("DELETE", f"/users/{ada}", confirm="true")["state"] == "tombstoned"
    assert helpdesk.scim.delete(f"/Users/{bob}").status_code == 204
    assert helpdesk.scim.get(f"/Users/{bob}").status_code == 404


def test_H_20_troubles_are_told_with_their_cure(helpdesk: Customer) -> None:
    """The error of the only Owner says what to do, and a reactivated account is fine."""
    ada = helpdesk.scim.user("ada", roles=OWNER)
    body = refused(helpdesk.active(ada, active=False), 409)
    assert body[POLICY_ERROR]["remedies"] == ["assign_role"]
    assert "Make another user an Owner" in body["detail"]
    bob = helpdesk.scim.user("bob")
    helpdesk.deactivate(bob)
    helpdesk.reactivate(bob)
    assert helpdesk.may_sign_in(bob)


def test_H_22_the_only_owner_is_not_deleted_either(start: Start) -> None:
    """The rule of deactivation binds deletion too, or it would be a way around."""
    helpdesk = start("helpdesk", confirm=[])
    ada = helpdesk.scim.user("ada", roles=OWNER)
    before = tables(helpdesk.tenant)
    refused(helpdesk.scim.delete(f"/Users/{ada}"), 409)
    assert helpdesk.said("DELETE", f"/users/{ada}", None, 409)["code"] == "LAST_OWNER"
    assert tables(helpdesk.tenant) == before


def test_H_6_an_inactive_user_moves_to_the_other_list(helpdesk: Customer) -> None:
    """There are two lists, each user is in one of them, and SCIM serves both."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob")
    helpdesk.deactivate(ada)
    shown = helpdesk.said("GET", "/users")
    assert (shown["list"], shown["lists"]) == ("active", ["active", "inactive"])
    assert [user["id"] for user in shown["users"]] == [bob]
    assert [user["id"] for user in helpdesk.said("GET", "/users", list="inactive")["users"]] == [ada]
    assert helpdesk.call("GET", "/users", list="all").status_code == 400
    assert helpdesk.scim.user_view(ada)["active"] is False


def test_H_11_the_password_is_kept_and_may_be_reset(helpdesk: Customer) -> None:
    """Nothing orders the password away, and after the return a reset may be requested."""
    ada = helpdesk.scim.user("ada")
    helpdesk.sign_in(ada)
    helpdesk.deactivate(ada)
    helpdesk.reactivate(ada)
    assert helpdesk.may_sign_in(ada)
    assert not [type_ for type_ in helpdesk.types(ada) if "password" in type_ or "credential" in type_]
    helpdesk.said("POST", f"/users/{ada}/password-reset", {}, 202)
    assert helpdesk.types(ada)[-1] == "user.password_reset_requested"
