"""Rules of the sales-calling product about licences and owned work."""

from app.chores import clear_obligations
from tests.rules.conftest import Begin
from tests.rules.products import Product, policy_error
from tests.scim_client import op, tables

NUMBERS = (
    "You must deactivate the phone numbers for this license's country before removing the last license in the country."
)


def with_numbers(vixiees: Product, *ids: str, country: str = "ES") -> None:
    """Register phone numbers of a country that nobody in particular owns."""
    vixiees.own(None, "phone_number", *ids, state="active", scope=country)


def test_V_2_user_and_licence_are_two_levels(vixiees: Product) -> None:
    """A user is active with a licence or without one, and the licence counts in the country of its holder."""
    ada, bob = vixiees.seller("ada"), vixiees.scim.user("bob")
    assert vixiees.taken("sales") == {"ES": 1}
    assert vixiees.holders("sales") == [ada]
    assert vixiees.state(bob) == vixiees.state(ada) == "active"


def test_V_3_the_licence_goes_with_the_user(vixiees: Product) -> None:
    """A deactivation releases the licence in the same change, and says so."""
    ada = vixiees.seller("ada")
    assert vixiees.active(ada, active=False).status_code == 200
    assert vixiees.taken("sales") == {}
    assert vixiees.told(ada, "entitlement") == [
        ("entitlement.assigned", {"pool": "sales", "scope": "ES"}),
        ("entitlement.released", {"pool": "sales", "scope": "ES"}),
    ]


def test_V_4_the_licence_alone_is_released_by_scim(vixiees: Product) -> None:
    """Removing the value leaves access, frees the licence, and takes the user off all playbooks."""
    ada = vixiees.seller("ada")
    vixiees.own(ada, "playbook", "p1", "p2")
    assert vixiees.scim.patch(f"/Users/{ada}", op("remove", "entitlements")).status_code == 200
    assert (vixiees.state(ada), vixiees.taken("sales")) == ("active", {})
    assert [vixiees.work("playbook", id_)["owner"] for id_ in ("p1", "p2")] == [None, None]
    assert ("work.unassigned", {"type": "playbook", "scope": "ES", "count": 2}) in vixiees.told(ada, "work")
    vixiees.scim.patch(f"/Users/{ada}", op("replace", "title", "Partner"))
    assert vixiees.taken("sales") == {}


def test_V_4_the_licence_alone_is_released_by_the_host_once_confirmed(vixiees: Product) -> None:
    """The host application has to confirm; what the profile still names is not given again by itself."""
    ada = vixiees.seller("ada")
    assert vixiees.refused("DELETE", f"/users/{ada}/entitlements/sales")["code"] == "CONFIRMATION_REQUIRED"
    vixiees.said("DELETE", f"/users/{ada}/entitlements/sales", confirm="true")
    vixiees.scim.patch(f"/Users/{ada}", op("replace", "title", "Partner"))
    assert (vixiees.state(ada), vixiees.taken("sales")) == ("active", {})
    assert vixiees.refused("DELETE", f"/users/{ada}/entitlements/sales", confirm="true")["status"] == 404


def test_V_5_V_15_who_has_contacts_is_not_deleted_even_where_deletion_is_on(product: Begin) -> None:
    """The guard stands behind the mode of deletion: turned on, contacts still keep their owner."""
    vixiees = product("vixiees", delete={"mode": "any"})
    ada = vixiees.scim.user("ada")
    vixiees.own(ada, "contact", "c1", "c2", "c3")
    before = tables(vixiees.tenant)
    answer = vixiees.scim.delete(f"/Users/{ada}")
    assert answer.status_code == 409
    assert (answer.json or {})["detail"] == "3 contacts still assigned. Reassign them, then delete the user."
    assert policy_error(answer)["code"] == "OWNED_WORK"
    assert policy_error(answer)["blocking"] == [{"type": "contact", "state": "open", "count": 3}]
    assert tables(vixiees.tenant) == before
    vixiees.said("POST", "/work/reassign", {"from": ada, "to": None, "types": ["contact"]})
    assert vixiees.scim.delete(f"/Users/{ada}").status_code == 204


def test_V_15_where_deletion_is_off_both_reasons_are_told(vixiees: Product) -> None:
    """The mode says no first, and the contacts are named beside it."""
    ada = vixiees.scim.user("ada")
    vixiees.own(ada, "contact", "c1")
    answer = vixiees.scim.delete(f"/Users/{ada}")
    told = policy_error(answer)
    assert (answer.status_code, told["code"]) == (403, "DELETION_UNSUPPORTED")
    assert [each["code"] for each in told["also"]] == ["OWNED_WORK"]


def test_V_6_contacts_stay_and_become_orphans(vixiees: Product) -> None:
    """After a deactivation they keep their owner, are listed as orphans, and are reassigned by hand."""
    ada, bob = vixiees.scim.user("ada"), vixiees.scim.user("bob")
    vixiees.own(ada, "contact", "c1", "c2")
    assert vixiees.said("GET", "/work/orphans")["orphans"] == []
    vixiees.active(ada, active=False)
    assert vixiees.work("contact", "c1")["owner"] == ada
    assert [each["id"] for each in vixiees.said("GET", "/work/orphans")["orphans"]] == ["c1", "c2"]
    moved = vixiees.said("POST", "/work/reassign", {"from": ada, "to": bob, "types": ["contact"]})
    assert moved == {"reassigned": {"contact": 2}}
    assert vixiees.said("GET", "/work/orphans")["orphans"] == []
    assert vixiees.told(ada, "work") == [("work.reassigned", {"type": "contact", "to": bob, "count": 2})]


def test_V_7_created_tasks_may_be_claimed(vixiees: Product) -> None:
    """Without a licence, tasks that are created are transferable for the reason given; completed ones stay."""
    ada, bob = vixiees.seller("ada"), vixiees.scim.user("bob")
    vixiees.own(ada, "task", "t1", "t2", state="created")
    vixiees.own(ada, "task", "t3", state="completed")
    vixiees.said("DELETE", f"/users/{ada}/entitlements/sales", confirm="true")
    states = {"type": "task", "states": ["created"], "scope": "ES", "reason": "User deactivated", "count": 2}
    assert vixiees.told(ada, "work") == [("work.transferable", states)]
    assert vixiees.work("task", "t1")["reason"] == "User deactivated"
    assert vixiees.said("POST", "/work/task/t1/claim", {"user": bob})["owner"] == bob
    assert vixiees.told(ada, "work")[1:] == [("work.reassigned", {"type": "task", "to": bob, "count": 1})]
    assert vixiees.refused("POST", "/work/task/t3/claim", {"user": bob})["code"] == "WORK_TAKEN"
    unknown = vixiees.refused("POST", "/work/task/t9/claim", {"user": bob})
    assert (unknown["status"], unknown["code"]) == (404, "UNKNOWN_WORK")
    assert vixiees.work("task", "t3") == {
        "type": "task", "id": "t3", "owner": ada, "created_by": None, "state": "completed", "scope": None,
        "transferable": False, "reason": None, "former_owner": None,
    }  # fmt: skip


def test_V_9_the_last_licence_of_a_country_with_numbers_stays(vixiees: Product) -> None:
    """The refusal has the product's words; the cure is to deactivate the numbers, or to give the licence away."""
    ada = vixiees.seller("ada")
    vixiees.seller("jean", country="FR")
    with_numbers(vixiees, "n1", "n2")
    before = tables(vixiees.tenant)
    answer = vixiees.scim.patch(f"/Users/{ada}", op("remove", "entitlements"))
    assert (answer.status_code, (answer.json or {})["detail"]) == (409, NUMBERS)
    told = policy_error(answer)
    assert told["code"] == "LAST_ENTITLEMENT_IN_SCOPE"
    assert told["guard"] == "entitlements.sales.last_in_scope"
    assert told["blocking"] == [{"type": "phone_number", "state": "active", "scope": "ES", "count": 2}]
    assert told["remedies"] == ["deactivate_phone_numbers", "assign_entitlement"]
    refusal = vixiees.refused("DELETE", f"/users/{ada}/entitlements/sales", confirm="true")
    assert (refusal["status"], refusal["detail"]) == (409, NUMBERS)
    assert tables(vixiees.tenant) == before
    vixiees.own(None, "phone_number", "n1", "n2", state="inactive", scope="ES")
    assert vixiees.scim.patch(f"/Users/{ada}", op("remove", "entitlements")).status_code == 200


def test_V_9_somebody_else_with_a_licence_is_a_cure(vixiees: Product) -> None:
    """As long as another active user of the country has one, this one may go."""
    ada, bob = vixiees.seller("ada"), vixiees.scim.user("bob", addresses=[{"country": "ES"}])
    with_numbers(vixiees, "n1")
    assert vixiees.active(ada, active=False).status_code == 409
    held = vixiees.said("PUT", f"/users/{bob}/entitlements/sales", {})
    assert held["entitlements"] == [{"pool": "sales", "scope": "ES"}]
    assert vixiees.active(ada, active=False).status_code == 200
    assert vixiees.active(bob, active=False).status_code == 409


def test_V_9b_on_the_way_of_the_user_nothing_is_changed_either(vixiees: Product) -> None:
    """A deactivation that cascades into the last licence is refused as a whole, on both doors."""
    ada = vixiees.seller("ada")
    with_numbers(vixiees, "n1")
    vixiees.own(ada, "task", "t1", state="created")
    before = tables(vixiees.tenant)
    answer = vixiees.active(ada, active=False)
    assert (answer.status_code, (answer.json or {})["detail"]) == (409, NUMBERS)
    assert vixiees.refused("POST", f"/users/{ada}/deactivate", {})["detail"] == NUMBERS
    assert tables(vixiees.tenant) == before


def test_V_9_on_hold_access_ends_and_the_licence_waits_for_the_numbers(product: Begin) -> None:
    """Where a deactivation is not refused, the licence stays held, and the obligation says until when."""
    vixiees = product("vixiees", scim={"on_block": "hold"})
    ada = vixiees.seller("ada")
    with_numbers(vixiees, "n1")
    assert vixiees.active(ada, active=False).status_code == 200
    assert (vixiees.state(ada), vixiees.holders("sales")) == ("inactive", [ada])
    owed = vixiees.said("GET", f"/users/{ada}/obligations")["obligations"]
    assert [(each["code"], each["blocking"][0]["count"]) for each in owed] == [("LAST_ENTITLEMENT_IN_SCOPE", 1)]
    runtime, tenant_id = vixiees.tenant.runtime, vixiees.tenant.id
    assert clear_obligations(runtime, tenant_id) == 0
    vixiees.own(None, "phone_number", "n1", state="inactive", scope="ES")
    assert clear_obligations(runtime, tenant_id) == 1
    assert (vixiees.holders("sales"), vixiees.said("GET", "/obligations")["obligations"]) == ([], [])


def test_V_6_an_obligation_of_work_ends_with_the_work(product: Begin) -> None:
    """Where work would block a deactivation and it is held, giving the work away settles what was owed."""
    rules = {"contact": {"on_deactivate": "block"}}
    vixiees = product("vixiees", scim={"on_block": "hold"}, work=rules)
    ada, bob = vixiees.scim.user("ada"), vixiees.scim.user("bob")
    for name in (ada, bob):
        vixiees.own(name, "contact", f"c-{name}")
        assert vixiees.active(name, active=False).status_code == 200
    vixiees.said("POST", "/work/reassign", {"from": ada, "to": None})
    assert [each["user"] for each in vixiees.said("GET", "/obligations")["obligations"]] == [bob]
    assert vixiees.call("DELETE", f"/work/contact/c-{bob}").status_code == 204
    assert clear_obligations(vixiees.tenant.runtime, vixiees.tenant.id) == 1
    assert vixiees.said("GET", "/obligations")["obligations"] == []


def test_V_11_transferred_tasks_stay_with_their_new_owners(vixiees: Product) -> None:
    """Coming back returns nothing that somebody has taken over, and nothing that was not."""
    ada, bob = vixiees.seller("ada"), vixiees.scim.user("bob")
    vixiees.own(ada, "task", "t1", "t2", state="created")
    vixiees.active(ada, active=False)
    vixiees.said("POST", "/work/task/t1/claim", {"user": bob})
    assert vixiees.active(ada, active=True).status_code == 200
    assert vixiees.work("task", "t1")["owner"] == bob
    assert vixiees.work("task", "t2")["transferable"] is True


def test_V_12_the_licence_does_not_come_back_by_itself(vixiees: Product) -> None:
    """A reactivated user has none until somebody gives it one."""
    ada = vixiees.seller("ada")
    vixiees.active(ada, active=False)
    vixiees.active(ada, active=True)
    assert vixiees.taken("sales") == {}
    vixiees.said("PUT", f"/users/{ada}/entitlements/sales", {})
    assert vixiees.taken("sales") == {"ES": 1}


def test_V_13_the_preflight_goes_from_contacts_to_the_user(vixiees: Product) -> None:
    """What stays assigned, the licence and the numbers are named before anything is done."""
    ada = vixiees.seller("ada")
    with_numbers(vixiees, "n1")
    vixiees.own(ada, "contact", "c1", "c2")
    said = vixiees.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})
    assert [each["code"] for each in said["blockers"]] == ["LAST_ENTITLEMENT_IN_SCOPE"]
    vixiees.own(None, "phone_number", "n1", state="inactive", scope="ES")
    said = vixiees.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})
    assert (said["allowed"], [each["code"] for each in said["warnings"]]) == (True, ["WORK_RETAINED"])
    assert "ReleaseEntitlement" in said["effects"]


def test_V_14_a_change_of_role_takes_the_licence_only(vixiees: Product) -> None:
    """The user stays active, and what it owned of other kinds stays with it."""
    ada = vixiees.seller("ada")
    vixiees.own(ada, "call", "call-1", state="completed")
    entitlement = op("remove", 'entitlements[value eq "sales"]')
    role = op("add", "roles", [{"value": "Analyst"}])
    assert vixiees.scim.patch(f"/Users/{ada}", entitlement, role).status_code == 200
    assert (vixiees.state(ada), vixiees.taken("sales")) == ("active", {})
    assert vixiees.work("call", "call-1")["owner"] == ada
