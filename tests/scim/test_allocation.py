"""Entitlements follow the profile or the group that assigns them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask

from tests.rules.products import ENTITLED, Product
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


def test_who_is_restored_has_the_licences_of_its_groups_again(staffed: Product) -> None:
    """Those of the groups it rejoins: one that is gone meanwhile assigns nothing."""
    ada, bob = staffed.scim.user("ada"), staffed.scim.user("bob")
    group = staffed.scim.group("Analysts", ada, bob)
    for id_ in (ada, bob):
        staffed.scim.delete(f"/Users/{id_}")
    assert (staffed.holders("bi"), staffed.taken("bi")) == ([], {})
    staffed.said("POST", f"/users/{ada}/restore")
    assert (staffed.holders("bi"), staffed.scim.members(group)) == ([ada], [ada])
    assert staffed.told(ada, "entitlement")[-1] == ("entitlement.assigned", {"pool": "bi", "scope": None})
    staffed.scim.delete(f"/Groups/{group}")
    staffed.said("POST", f"/users/{bob}/restore")
    assert (staffed.state(bob), staffed.holders("bi")) == ("active", [])


@pytest.mark.parametrize("lost", ["roles", "groups"])
def test_what_is_not_restored_assigns_nothing(lost: str, app: Flask) -> None:
    """Where the policy takes roles or groups away from who comes back, their licences do not come back either."""
    pools = {"bi": {"assigned_by": "groups", "value": "Team"}, "admin": {"assigned_by": "roles"}}
    kept = {"roles": "admin", "groups": "bi"}
    del kept[lost]
    ((knob, pool),) = kept.items()
    tenant = Product.of(app, "default", entitlements=pools, reactivate={"restore": [knob]})
    ada = tenant.scim.user("ada", roles=[{"value": "admin"}])
    tenant.scim.group("Team", ada)
    assert tenant.active(ada, active=False).status_code == 200
    assert tenant.active(ada, active=True).status_code == 200
    assert [name for name in pools if tenant.holders(name)] == [pool]
    assert tenant.scim.delete(f"/Users/{ada}").status_code == 204
    tenant.said("POST", f"/users/{ada}/restore")
    assert [name for name in pools if tenant.holders(name)] == [pool]


def test_a_licence_that_returns_by_hand_is_not_given_by_a_restore(app: Flask) -> None:
    """Neither coming back from inactivity nor from deletion gives it; who was only staged gets it when it starts."""
    pool = {"assigned_by": "entitlements", "on_reactivate": "manual"}
    tenant = Product.of(app, "default", entitlements={"sales": pool})
    ada, eve = (
        tenant.scim.user("ada", entitlements=ENTITLED),
        tenant.scim.user("eve", entitlements=ENTITLED, active=False),
    )
    tenant.scim.delete(f"/Users/{ada}")
    tenant.said("POST", f"/users/{ada}/restore")
    assert tenant.holders("sales") == []
    tenant.active(eve, active=True)
    assert tenant.holders("sales") == [eve]


@pytest.mark.parametrize("way", ["reactivated", "restored"])
def test_of_those_who_come_back_at_once_one_gets_the_last_licence(way: str, app: Flask) -> None:
    """Each returns with its licence or not at all, and never are more given out than there are."""
    pool = {"assigned_by": "groups", "value": "Analysts", "capacity": 1}
    tenant = Product.of(app, "default", entitlements={"bi": pool})
    group = tenant.scim.group("Analysts")
    ids = []
    for number in range(4):
        ids.append(tenant.scim.user(f"user-{number}"))
        tenant.scim.patch(f"/Groups/{group}", op("add", "members", [{"value": ids[-1]}]))
        if way == "reactivated":
            tenant.active(ids[-1], active=False)
        else:
            tenant.scim.delete(f"/Users/{ids[-1]}")
    verb = "reactivate" if way == "reactivated" else "restore"
    clients = [replace(tenant, http=app.test_client()) for _ in ids]
    with ThreadPoolExecutor(len(ids)) as pool_:
        answers = list(
            pool_.map(lambda each: each[0].call("POST", f"/users/{each[1]}/{verb}"), zip(clients, ids, strict=True))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert tenant.taken("bi") == {None: 1}
    assert tenant.holders("bi") == [id_ for id_ in ids if tenant.state(id_) == "active"]
