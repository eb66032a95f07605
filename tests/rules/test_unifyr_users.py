"""The rules of the partner portal: first inactive, then deleted, and no mail by itself."""

import pytest

from app.lifecycle.policy import TenantPolicy
from tests.rules.customer import Customer, Start
from tests.scim_client import ENTERPRISE, POLICY_ERROR, USER, body_of, refused, tables


@pytest.fixture
def unifyr(start: Start) -> Customer:
    """Return a tenant that lives by the rules of the product."""
    return start("unifyr")


def test_R_2_an_inactive_user_is_reactivated_or_deleted(unifyr: Customer) -> None:
    """From inactive both ways are open."""
    ada, bob = unifyr.scim.user("ada"), unifyr.scim.user("bob")
    for id_ in (ada, bob):
        unifyr.deactivate(id_)
    assert unifyr.reactivate(ada)["state"] == "active"
    assert unifyr.said("DELETE", f"/users/{bob}", confirm="true")["state"] == "tombstoned"


def test_R_3_an_active_user_is_not_deleted(unifyr: Customer) -> None:
    """On both channels the deletion is refused, and leaves everything as it was."""
    ada = unifyr.scim.user("ada")
    before = tables(unifyr.tenant)
    assert unifyr.said("DELETE", f"/users/{ada}", None, 409, confirm="true")["code"] == "USER_ACTIVE"
    body = refused(unifyr.scim.delete(f"/Users/{ada}"), 409)
    assert (body[POLICY_ERROR]["code"], body[POLICY_ERROR]["remedies"]) == ("USER_ACTIVE", ["deactivate"])
    assert body[POLICY_ERROR]["preflight"] == f"https://scim.example.com/t/unifyr/api/v1/users/{ada}/preflight"
    assert tables(unifyr.tenant) == before


def test_R_4_users_managed_elsewhere_are_not_changed_here(start: Start) -> None:
    """The API is refused and names the identity provider, which may go on."""
    unifyr = start("unifyr", source_of_truth="external")
    ada = unifyr.scim.user("ada")
    for method, path in (("POST", "/deactivate"), ("POST", "/reactivate"), ("DELETE", "")):
        refusal = unifyr.said(method, f"/users/{ada}{path}", {} if path else None, 403)
        assert refusal["code"] == "MANAGED_EXTERNALLY"
        assert "Okta" in refusal["detail"]
    assert body_of(unifyr.active(ada, active=False))["active"] is False


def test_R_5_both_ways_in_show_one_status(unifyr: Customer) -> None:
    """What SCIM changes the API shows, and what the API changes SCIM shows: there is one record."""
    ada = unifyr.scim.user("ada")
    unifyr.active(ada, active=False)
    assert unifyr.state(ada) == "inactive"
    unifyr.reactivate(ada)
    assert unifyr.scim.user_view(ada)["active"] is True


def test_R_6_deletion_becomes_possible_with_inactivity(unifyr: Customer) -> None:
    """There is no waiting period: at the same moment, on both channels."""
    ada, bob = unifyr.scim.user("ada"), unifyr.scim.user("bob")
    unifyr.deactivate(ada)
    unifyr.active(bob, active=False)
    assert unifyr.said("DELETE", f"/users/{ada}", confirm="true")["state"] == "tombstoned"
    assert unifyr.scim.delete(f"/Users/{bob}").status_code == 204


def test_R_7_a_reactivation_shows_in_both_places(unifyr: Customer) -> None:
    """The user is active for the identity provider and for the host application."""
    ada = unifyr.scim.user("ada")
    unifyr.deactivate(ada)
    unifyr.reactivate(ada)
    assert (unifyr.state(ada), unifyr.scim.user_view(ada)["active"]) == ("active", True)


def test_R_11_an_inactive_user_may_be_left_for_years(unifyr: Customer) -> None:
    """Nothing deletes a user that was only left inactive."""
    ada = unifyr.scim.user("ada")
    unifyr.deactivate(ada)
    unifyr.clock.advance(days=3650)
    assert (unifyr.state(ada), unifyr.reactivate(ada)["state"]) == ("inactive", "active")


def test_R_12_users_hang_off_a_partner_account(unifyr: Customer) -> None:
    """The account is an attribute and a group of the user, found by filters, and stays while it is inactive."""
    account = {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"organization": "Partner One"}}
    ada = unifyr.scim.user("ada", **account)
    group = unifyr.scim.group("Partner One", ada)
    unifyr.active(ada, active=False)
    found = body_of(unifyr.scim.get("/Users", filter=f'{ENTERPRISE}:organization eq "Partner One"'))
    assert [each["id"] for each in found["Resources"]] == [ada]
    assert [each["value"] for each in found["Resources"][0]["groups"]] == [group]
    assert TenantPolicy.preset("unifyr").delete.scope == "membership"


def test_R_1_an_inactive_user_neither_signs_in_nor_gets_mail(unifyr: Customer) -> None:
    """The record stays with its status, and the host application is told what the user may not do."""
    ada = unifyr.scim.user("ada")
    unifyr.active(ada, active=False)
    may = unifyr.said("GET", f"/users/{ada}/eligibility")["may"]
    assert may == {"login": False, "notify": True, "email": False, "invite": True, "assign": True}
    assert not unifyr.may_sign_in(ada)
    assert unifyr.said("GET", "/users")["users"][0]["state"] == "inactive"


def test_R_4_no_action_is_offered_where_users_are_managed_elsewhere(start: Start) -> None:
    """The option is absent, for one user and for several."""
    unifyr = start("unifyr", source_of_truth="external")
    ada = unifyr.scim.user("ada")
    assert unifyr.said("GET", "/users")["users"][0]["actions"] == []
    assert unifyr.said("POST", "/users/bulk/offers", {"ids": [ada]})["actions"] == []


def test_R_8_no_mail_is_requested_by_itself(unifyr: Customer, start: Start) -> None:
    """Creating and reactivating request nothing; under another policy they would."""
    ada = unifyr.scim.user("ada")
    unifyr.deactivate(ada)
    unifyr.reactivate(ada)
    assert not [type_ for type_ in unifyr.types(ada) if type_.endswith("_requested")]
    helpdesk = start("helpdesk", notify={"on_activate": "welcome"})
    assert helpdesk.types(helpdesk.scim.user("ada"))[-1] == "user.welcome_requested"


def test_R_9_manual_mail_depends_on_history(unifyr: Customer) -> None:
    """Who has signed in before gets a reset, who never has a welcome, and neither gets the other."""
    ada, bob = unifyr.scim.user("ada"), unifyr.scim.user("bob")
    unifyr.sign_in(ada)
    for id_ in (ada, bob):
        unifyr.deactivate(id_)
        unifyr.reactivate(id_)
    shown = {user["id"]: user["invitation"] for user in unifyr.said("GET", "/users")["users"]}
    assert shown == {ada: "password_reset", bob: "welcome"}
    assert unifyr.said("POST", f"/users/{ada}/welcome", {}, 409)["code"] == "SIGNED_IN_BEFORE"
    assert unifyr.said("POST", f"/users/{bob}/password-reset", {}, 409)["code"] == "NEVER_SIGNED_IN"
    unifyr.said("POST", f"/users/{ada}/password-reset", {}, 202)
    unifyr.said("POST", f"/users/{bob}/welcome", {}, 202)
    assert (unifyr.types(ada)[-1], unifyr.types(bob)[-1]) == ("user.password_reset_requested", "user.welcome_requested")
