"""Rules of the knowledge-base product about seats."""

import pytest

from tests.rules.conftest import Begin
from tests.rules.products import Product, policy_error
from tests.scim_client import op, tables, user

CONFIRMED = {"confirm": True}


@pytest.fixture
def narrow(product: Begin) -> Product:
    """Return a tenant with two seats."""
    return product("document360", entitlements={"seat": {"capacity": 2}})


def test_D_1_D_19_a_deactivated_user_frees_its_seat(narrow: Product) -> None:
    """The seat counts no more, and may be given to somebody new."""
    ada, _ = narrow.scim.user("ada"), narrow.scim.user("bob")
    assert narrow.taken("seat") == {None: 2}
    assert narrow.active(ada, active=False).status_code == 200
    assert narrow.taken("seat") == {None: 1}
    assert narrow.told(ada, "entitlement")[-1] == ("entitlement.released", {"pool": "seat", "scope": None})
    eve = narrow.scim.user("eve")
    assert eve in narrow.holders("seat")


def test_D_1_without_a_limit_seats_are_counted_and_cost_nothing(product: Begin) -> None:
    """The seats of the plain preset are its active users; no statement is spent on them when one is created."""
    plain = product("document360")
    ada = plain.scim.user("ada")
    with plain.counted() as statements:
        plain.scim.user("bob")
        plain.active(ada, active=False)
    assert not [text for text in statements if "entitlements" in text or "count(" in text.lower()]
    assert plain.taken("seat") == {None: 1}


def test_D_18_over_the_limit_nobody_comes_back_and_choices_are_offered(narrow: Product) -> None:
    """Reactivating or creating beyond the plan is refused on both doors with what the operator may do."""
    ada = narrow.scim.user("ada")
    narrow.active(ada, active=False)
    bob = narrow.scim.user("bob")
    narrow.scim.user("eve")
    before = tables(narrow.tenant)
    answer = narrow.active(ada, active=True)
    told = policy_error(answer)
    assert (answer.status_code, told["code"]) == (403, "SEAT_LIMIT")
    assert told["guard"] == "entitlements.seat.capacity"
    assert told["blocking"] == [{"type": "entitlement", "pool": "seat", "scope": None, "count": 2}]
    for choice in ("Deactivate or delete active users to free seats.", "Buy add-ons for more seats."):
        assert choice in (answer.json or {})["detail"]
    refusal = narrow.refused("POST", f"/users/{ada}/reactivate", CONFIRMED)
    assert (refusal["status"], refusal["code"]) == (403, "SEAT_LIMIT")
    assert narrow.scim.post("/Users", user("joe")).status_code == 403
    assert tables(narrow.tenant) == before
    narrow.active(bob, active=False)
    assert narrow.active(ada, active=True).status_code == 200


def test_D_18_beyond_the_limit_users_may_be_staged(narrow: Product) -> None:
    """Created inactive, a user takes no seat until it is activated."""
    narrow.scim.user("ada")
    narrow.scim.user("bob")
    eve = narrow.scim.user("eve", active=False)
    assert narrow.taken("seat") == {None: 2}
    assert narrow.active(eve, active=True).status_code == 403


def test_D_18_a_counting_costs_one_statement(narrow: Product) -> None:
    """Where seats are limited, one lock and one count are all that a creation costs more."""
    with narrow.counted() as statements:
        narrow.scim.user("ada")
    assert len([text for text in statements if "count(" in text.lower()]) == 1


def test_D_18_overage_is_counted_over(product: Begin) -> None:
    """With overage nobody is refused, and the count says by how much the plan is exceeded."""
    tenant = product("document360", entitlements={"seat": {"capacity": 1, "over_limit": "overage"}})
    tenant.scim.user("ada")
    tenant.scim.user("bob")
    pool = tenant.said("GET", "/entitlements")["entitlements"][0]
    assert pool["scopes"] == [{"scope": None, "taken": 2, "capacity": 1, "left": 0}]


def test_D_2_deletion_frees_the_seat(narrow: Product) -> None:
    """An active user that is deleted holds none any more."""
    ada = narrow.scim.user("ada")
    assert narrow.scim.delete(f"/Users/{ada}").status_code == 204
    assert narrow.taken("seat") == {None: 0}


def test_D_4_articles_stay_with_their_author(narrow: Product) -> None:
    """Neither action takes an article from whoever wrote it."""
    ada = narrow.scim.user("ada")
    narrow.own(ada, "article", "a1", state="published", created_by=ada)
    narrow.active(ada, active=False)
    narrow.scim.delete(f"/Users/{ada}")
    article = narrow.work("article", "a1")
    assert (article["owner"], article["created_by"], article["state"]) == (ada, ada, "published")
    assert narrow.told(ada, "work") == []


def test_D_1_an_unrelated_change_takes_no_second_seat(narrow: Product) -> None:
    """Only gaining access takes a seat."""
    ada = narrow.scim.user("ada")
    narrow.scim.patch(f"/Users/{ada}", op("replace", "title", "Editor"), op("replace", "active", True))
    assert narrow.taken("seat") == {None: 1}
