"""The rules of the platform of sales calls: users and licences, and no physical deletion."""

import pytest

from tests.rules.customer import Customer, Start
from tests.scim_client import body_of, tables


@pytest.fixture
def vixiees(start: Start) -> Customer:
    """Return a tenant that lives by the rules of the product."""
    return start("vixiees")


def test_V_10_reactivation_is_possible_at_any_time(vixiees: Customer) -> None:
    """Years later the user comes back, on both channels."""
    ada = vixiees.scim.user("ada")
    vixiees.active(ada, active=False)
    vixiees.clock.advance(days=3650)
    assert body_of(vixiees.active(ada, active=True))["active"] is True
    vixiees.deactivate(ada)
    assert vixiees.reactivate(ada)["state"] == "active"


def test_V_3_a_deactivated_user_leaves_the_lists(vixiees: Customer) -> None:
    """It signs in no more, is shown only to who asks, and its record is intact."""
    ada, bob = vixiees.scim.user("ada"), vixiees.scim.user("bob")
    vixiees.active(ada, active=False)
    assert not vixiees.may_sign_in(ada)
    assert [user["id"] for user in vixiees.said("GET", "/users")["users"]] == [bob]
    assert {user["id"] for user in vixiees.said("GET", "/users", list="all")["users"]} == {ada, bob}
    assert vixiees.scim.user_view(ada)["userName"] == "ada"


def test_V_8_calls_and_the_audit_trail_are_retained(vixiees: Customer) -> None:
    """A deactivation takes nothing away: calls keep who made them, and the trail only grows."""
    ada = vixiees.scim.user("ada")
    call = {"type": "call", "id": "1", "owner": ada, "created_by": ada, "state": "completed"}
    vixiees.said("POST", "/work", {"items": [call]})
    before, trail = vixiees.said("GET", "/work/call/1"), tables(vixiees.tenant)["audit"]
    vixiees.active(ada, active=False)
    assert vixiees.said("GET", "/work/call/1") == before
    assert set(trail) < set(tables(vixiees.tenant)["audit"])
