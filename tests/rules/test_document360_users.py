"""The rules of the knowledge base: who may act on whom, sessions of two kinds, and deletion beside deactivation."""

import pytest

from tests.rules.customer import Customer, Start
from tests.scim_client import POLICY_ERROR, body_of, refused, tables

ROLES = ("Owner", "Admin", "Contributor", "Reviewer", "Reader")


@pytest.fixture
def document360(start: Start) -> Customer:
    """Return a tenant that lives by the rules of the product."""
    return start("document360")


def staff(product: Customer) -> dict[str, str]:
    """Create a user of each role, and a second Owner, and return their ids."""
    ids = {role: product.person(role.lower(), role) for role in ROLES}
    product.person("owner2", "Owner")
    return ids


def test_D_5_only_owners_and_admins_act(document360: Customer) -> None:
    """All others are refused, also on their equals; an identity provider acts as the role it was given."""
    ids, target = staff(document360), document360.scim.user("target", roles=[{"value": "Reader"}])
    for role in ("Contributor", "Reviewer", "Reader"):
        said = {"actor": ids[role], "confirm": True}
        assert document360.said("POST", f"/users/{target}/deactivate", said, 403)["code"] == "ACTOR_NOT_PERMITTED"
    assert document360.deactivate(target, actor=ids["Admin"])["state"] == "inactive"
    assert document360.reactivate(target, actor=ids["Owner"])["state"] == "active"
    assert body_of(document360.active(target, active=False))["active"] is False


def test_D_6_an_admin_does_not_touch_an_owner(document360: Customer) -> None:
    """Neither deactivating, deleting nor editing: an identity provider counts as an Admin."""
    ids = staff(document360)
    owner, before = document360.person("owner3", "Owner"), tables(document360.tenant)
    said = {"actor": ids["Admin"], "confirm": True}
    assert document360.said("POST", f"/users/{owner}/deactivate", said, 403)["code"] == "ACTOR_NOT_PERMITTED"
    deletion = document360.said("DELETE", f"/users/{owner}", None, 403, actor=ids["Admin"], confirm="true")
    assert deletion["code"] == "ACTOR_NOT_PERMITTED"
    edit = {"op": "replace", "path": "displayName", "value": "Eve"}
    for answer in (
        document360.active(owner, active=False),
        document360.scim.patch(f"/Users/{owner}", edit),
        document360.scim.delete(f"/Users/{owner}"),
    ):
        assert refused(answer, 403)[POLICY_ERROR]["code"] == "ACTOR_NOT_PERMITTED"
    assert tables(document360.tenant) == before


@pytest.mark.parametrize("role", ["Admin", "Contributor", "Reviewer"])
def test_D_7_an_owner_acts_on_all_below(document360: Customer, role: str) -> None:
    """An Owner deactivates, reactivates and deletes an Admin, a Contributor and a Reviewer."""
    ids = staff(document360)
    assert document360.deactivate(ids[role], actor=ids["Owner"])["state"] == "inactive"
    assert document360.reactivate(ids[role], actor=ids["Owner"])["state"] == "active"
    gone = document360.said("DELETE", f"/users/{ids[role]}", actor=ids["Owner"], confirm="true")
    assert gone["state"] == "tombstoned"


def test_D_8_an_admin_does_not_act_on_an_admin(start: Start) -> None:
    """The stricter of two readings is in force; the other is one knob away."""
    document360 = start("document360")
    ids, other = staff(document360), document360.person("admin2", "Admin")
    said = {"actor": ids["Admin"], "confirm": True}
    assert document360.said("POST", f"/users/{other}/deactivate", said, 403)["code"] == "ACTOR_NOT_PERMITTED"
    refused(document360.active(other, active=False), 403)


def test_D_9_the_last_owner_is_neither_deleted_nor_deactivated(document360: Customer) -> None:
    """Not by another, not by oneself, and not through the identity provider."""
    owner = document360.person("owner", "Owner")
    before = tables(document360.tenant)
    deleted = document360.said("DELETE", f"/users/{owner}", None, 409, actor=owner, confirm="true")
    deactivated = document360.said("POST", f"/users/{owner}/deactivate", {"actor": owner, "confirm": True}, 409)
    assert deleted["code"] == deactivated["code"] == "LAST_OWNER"
    codes = refused(document360.scim.delete(f"/Users/{owner}"), 403)[POLICY_ERROR]["also"]
    assert [other["code"] for other in codes] == ["LAST_OWNER"]
    assert tables(document360.tenant) == before


def test_D_10_a_deletion_is_confirmed(document360: Customer) -> None:
    """Without a yes nothing is deleted; the identity provider's channel implies it."""
    ada, bob = document360.scim.user("ada"), document360.scim.user("bob")
    assert document360.said("DELETE", f"/users/{ada}", None, 409)["code"] == "CONFIRMATION_REQUIRED"
    assert document360.state(ada) == "active"
    assert document360.scim.delete(f"/Users/{bob}").status_code == 204


def test_D_11_an_active_user_is_deleted_directly(document360: Customer) -> None:
    """A deletion asks for no deactivation before it."""
    ada = document360.scim.user("ada")
    assert document360.said("DELETE", f"/users/{ada}", confirm="true")["state"] == "tombstoned"


def test_D_15_accounts_of_every_kind_are_deactivated(document360: Customer) -> None:
    """Whether somebody signs in locally or at an identity provider, or only reads, makes no difference."""
    for name, kind, role in (
        ("std", "local", "Contributor"),
        ("sso", "sso", "Reviewer"),
        ("reader", "local", "Reader"),
    ):
        id_ = document360.scim.user(name, roles=[{"value": role}])
        document360.sign_in(id_, kind)
        assert document360.deactivate(id_)["state"] == "inactive"
        assert not document360.may_sign_in(id_)


def test_D_16_a_session_of_single_sign_on_goes_on_until_it_ends_by_itself(document360: Customer) -> None:
    """It is told to be deferred and lasts no longer than it would have; nobody signs in meanwhile."""
    ada = document360.scim.user("ada")
    sid = document360.sign_in(ada, "sso", expires_in=3600)
    assert body_of(document360.active(ada, active=False))["active"] is False
    assert document360.goes_on(sid)
    assert not document360.may_sign_in(ada)
    shown = document360.said("GET", f"/users/{ada}/sessions")["sessions"]
    assert [(each["state"], each["expires_at"]) for each in shown] == [("deferred", "2026-11-23T10:00:00.000Z")]
    assert document360.data(ada, "user.sessions_revoked") == [{"sessions_ended": 0, "sessions_deferred": 1}]
    document360.clock.advance(hours=1)
    assert not document360.goes_on(sid)


def test_D_23_the_kind_of_account_says_whether_access_ends_at_once(document360: Customer) -> None:
    """One deactivation ends local sessions immediately, and those of single sign-on later; security waits for none."""
    ada, bob = document360.scim.user("ada"), document360.scim.user("bob")
    local, sso, secured = (
        document360.sign_in(id_, kind, expires_in=3600) for id_, kind in ((ada, "local"), (ada, "sso"), (bob, "sso"))
    )
    document360.deactivate(ada)
    assert (document360.goes_on(local), document360.goes_on(sso)) == (False, True)
    document360.deactivate(bob, reason="security")
    assert not document360.goes_on(secured)


def test_D_17_a_reactivation_is_confirmed(document360: Customer) -> None:
    """One user comes back through a confirmation, and not without it."""
    ada = document360.scim.user("ada")
    document360.deactivate(ada)
    assert document360.said("POST", f"/users/{ada}/reactivate", {}, 409)["code"] == "CONFIRMATION_REQUIRED"
    assert document360.reactivate(ada)["state"] == "active"


def test_D_20_reactivation_is_possible_at_any_time(document360: Customer) -> None:
    """Years later the user comes back."""
    ada = document360.scim.user("ada")
    document360.deactivate(ada)
    document360.clock.advance(days=3650)
    assert document360.reactivate(ada)["state"] == "active"


def test_D_21_a_deactivation_is_confirmed_by_what_was_seen(document360: Customer) -> None:
    """The revision of a preflight confirms, as long as nothing has changed since."""
    ada = document360.scim.user("ada")
    assert document360.said("POST", f"/users/{ada}/deactivate", {}, 409)["code"] == "CONFIRMATION_REQUIRED"
    seen = document360.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})["revision"]
    body_of(document360.scim.put(f"/Users/{ada}", {**document360.scim.user_view(ada), "title": "Dr"}))
    assert document360.said("POST", f"/users/{ada}/deactivate", {"revision": seen}, 412)["code"] == "CHANGED"
    seen = document360.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})["revision"]
    assert document360.said("POST", f"/users/{ada}/deactivate", {"revision": seen})["state"] == "inactive"


def test_D_4_content_is_neither_unpublished_nor_removed(document360: Customer) -> None:
    """The host application is told nothing that would touch content, whichever way somebody goes."""
    ada, bob = document360.scim.user("ada"), document360.scim.user("bob")
    document360.deactivate(ada)
    document360.said("DELETE", f"/users/{bob}", confirm="true")
    for id_ in (ada, bob):
        assert not [type_ for type_ in document360.types(id_) if type_.startswith(("work.", "attribution."))]


def test_D_12_a_mixed_selection_is_offered_nothing(document360: Customer) -> None:
    """With active and inactive users together no action is offered, and none is carried out."""
    ada, bob = document360.scim.user("ada"), document360.scim.user("bob")
    document360.deactivate(ada)
    offers = document360.said("POST", "/users/bulk/offers", {"ids": [ada, bob]})
    assert offers == {"actions": [], "selected": {"active": 1, "inactive": 1}}
    before = tables(document360.tenant)
    for action in ("deactivate", "reactivate", "delete"):
        together = {"action": action, "ids": [ada, bob], "confirm": True}
        assert document360.said("POST", "/users/bulk", together, 409)["code"] == "NOT_OFFERED"
    assert tables(document360.tenant) == before


def test_D_13_inactive_users_are_reactivated_or_deleted_together(document360: Customer) -> None:
    """For inactive users only these two are offered, and carried out."""
    ids = [document360.scim.user(name) for name in ("ada", "bob")]
    for id_ in ids:
        document360.deactivate(id_)
    assert document360.said("POST", "/users/bulk/offers", {"ids": ids})["actions"] == ["reactivate", "delete"]
    back = document360.said("POST", "/users/bulk", {"action": "reactivate", "ids": ids, "confirm": True})
    assert (back["done"], back["users"][0]) == (2, {"id": ids[0], "state": "active"})
    for id_ in ids:
        document360.deactivate(id_)
    gone = document360.said("POST", "/users/bulk", {"action": "delete", "ids": ids, "confirm": True})
    assert [user["state"] for user in gone["users"]] == ["tombstoned", "tombstoned"]


def test_D_14_active_users_are_deactivated_or_deleted_together(document360: Customer) -> None:
    """For active users deactivating is offered, beside deleting; who may not be touched is told apart."""
    ada, owner = document360.scim.user("ada"), document360.person("owner", "Owner")
    ids = [ada, owner]
    assert document360.said("POST", "/users/bulk/offers", {"ids": ids})["actions"] == ["deactivate", "delete"]
    done = document360.said("POST", "/users/bulk", {"action": "deactivate", "ids": ids, "confirm": True})
    assert (done["done"], done["refused"], done["users"][1]["code"]) == (1, 1, "LAST_OWNER")
    assert (document360.state(ada), document360.state(owner)) == ("inactive", "active")


def test_D_17_many_are_reactivated_with_one_confirmation(document360: Customer) -> None:
    """Unconfirmed nobody comes back, confirmed all do."""
    ids = [document360.scim.user(name) for name in ("ada", "bob")]
    for id_ in ids:
        document360.deactivate(id_)
    unsure = document360.said("POST", "/users/bulk", {"action": "reactivate", "ids": ids})
    assert {user["code"] for user in unsure["users"]} == {"CONFIRMATION_REQUIRED"}
    assert document360.said("POST", "/users/bulk", {"action": "reactivate", "ids": ids, "confirm": True})["done"] == 2
