"""Entitlements follow the profile or the group that assigns them."""

import pytest
from flask import Flask

from tests.rules.products import Product
from tests.scim_client import op, refused, tables


@pytest.fixture
def staffed(app: Flask) -> Product:
    """Return a tenant whose group Analysts assigns two licences."""
    pool = {"assigned_by": "groups", "value": "Analysts", "capacity": 2}
    return Product.of(app, "default", entitlements={"bi": pool})


def test_members_of_the_group_hold_what_it_assigns(staffed: Product) -> None:
    """Whoever joins gets one, whoever leaves gives it back, and other groups assign nothing."""
    ada, bob = staffed.scim.user("ada"), staffed.scim.user("bob")
    group = staffed.scim.group("ANALYSTS", ada)
    staffed.scim.group("Others", bob)
    assert staffed.holders("bi") == [ada]
    staffed.scim.patch(f"/Groups/{group}", op("add", "members", [{"value": bob}]))
    assert sorted(staffed.holders("bi")) == sorted([ada, bob])
    staffed.scim.patch(f"/Groups/{group}", op("remove", f'members[value eq "{ada}"]'))
    assert staffed.holders("bi") == [bob]
    assert staffed.told(ada, "entitlement")[-1] == ("entitlement.released", {"pool": "bi", "scope": None})
    assert staffed.scim.delete(f"/Groups/{group}").status_code == 204
    assert staffed.holders("bi") == []


def test_another_name_assigns_anew(staffed: Product) -> None:
    """A group that is renamed stops assigning, or begins to."""
    ada = staffed.scim.user("ada")
    group = staffed.scim.group("Analysts", ada)
    staffed.scim.patch(f"/Groups/{group}", op("replace", "displayName", "Readers"))
    assert staffed.holders("bi") == []
    staffed.scim.patch(f"/Groups/{group}", op("replace", "displayName", "analysts"))
    assert staffed.holders("bi") == [ada]


def test_who_finds_no_licence_does_not_join(staffed: Product) -> None:
    """The change of the group is refused as a whole, and says why."""
    ids = [staffed.scim.user(name) for name in ("ada", "bob", "eve")]
    group = staffed.scim.group("Analysts", *ids[:2])
    before = tables(staffed.tenant)
    body = refused(staffed.scim.patch(f"/Groups/{group}", op("add", "members", [{"value": ids[2]}])), 403)
    assert "No bi entitlement is left." in body["detail"]
    assert tables(staffed.tenant) == before


def test_a_member_keeps_its_licence_through_leave_and_return(staffed: Product) -> None:
    """Groups stay while a user is inactive, so that it gets the licence again by itself."""
    ada = staffed.scim.user("ada")
    staffed.scim.group("Analysts", ada)
    staffed.active(ada, active=False)
    assert staffed.holders("bi") == []
    staffed.active(ada, active=True)
    assert staffed.holders("bi") == [ada]


def test_roles_assign_by_their_value(app: Flask) -> None:
    """A role gained gives, a role lost takes, whatever its case."""
    tenant = Product.of(app, "default", entitlements={"admin": {"assigned_by": "roles"}})
    ada = tenant.scim.user("ada", roles=[{"value": "ADMIN"}])
    assert tenant.holders("admin") == [ada]
    tenant.scim.patch(f"/Users/{ada}", op("replace", "roles", [{"value": "Reader"}]))
    assert tenant.holders("admin") == []


def test_another_scope_moves_the_licence(app: Flask) -> None:
    """Whoever moves to another country gives one back there and gets one here."""
    pool = {"assigned_by": "entitlements", "scope_by": "addresses.country"}
    tenant = Product.of(app, "default", entitlements={"sales": pool})
    ada = tenant.seller("ada", "ES")
    tenant.scim.patch(f"/Users/{ada}", op("replace", "addresses", [{"country": "FR", "type": "work"}]))
    assert tenant.taken("sales") == {"FR": 1}
