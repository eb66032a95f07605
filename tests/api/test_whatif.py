"""What another policy would change for the users there are: page by page, and without changing anything."""

from typing import Any

import pytest
from flask import Flask

from tests.rules.products import Product
from tests.scim_client import tables


@pytest.fixture
def tenant(app: Flask) -> Product:
    """Return a tenant of the sales-calling product."""
    return Product.of(app, "vixiees")


def pages(tenant: Product, limit: int = 50, **proposal: Any) -> list[dict[str, Any]]:
    """Return all pages of a preview."""
    found, behind = [], ""
    while True:
        asked = {**proposal, "limit": limit, "behind": behind}
        page = tenant.said("POST", "/policy/preview/users", asked)
        found.append(page)
        if page["next"] is None:
            return found
        behind = page["next"]


def test_only_users_who_would_fare_otherwise_are_named(tenant: Product) -> None:
    """A deletion that becomes possible is told for those who have nothing else in their way."""
    ada, bob = tenant.scim.user("ada"), tenant.scim.user("bob")
    tenant.own(bob, "contact", "c1")
    before = tables(tenant.tenant)
    [page] = pages(tenant, knobs={"delete": {"mode": "any", "min_days_inactive": 0}})
    assert [(each["id"], each["state"]) for each in page["users"]] == [(ada, "active"), (bob, "active")]
    told = {each["id"]: {(a["action"], a["channel"]): a for a in each["actions"]} for each in page["users"]}
    assert set(told[ada]) == {("delete", "scim"), ("delete", "api")}
    gone = told[ada]["delete", "scim"]
    assert [each["code"] for each in gone["before"]["refusals"]] == ["DELETION_UNSUPPORTED"]
    assert (gone["before"]["allowed"], gone["after"]["allowed"]) == (False, True)
    assert gone["after"]["purge_after"] == "2026-11-23T09:00:00.000Z"
    assert gone["before"]["effects"] == []
    assert not {"action", "channel"} & gone["after"].keys()
    assert "user.deleted" in gone["after"]["effects"]
    still = told[bob]["delete", "api"]
    assert [each["code"] for each in still["after"]["refusals"]] == ["OWNED_WORK"]
    assert page["refusals"] == [
        {"action": "delete", "channel": channel, "guard": "delete.mode", "before": 2, "after": 0}
        for channel in ("api", "scim")
    ]
    assert tables(tenant.tenant) == before


def test_what_would_only_be_held_is_told_beside_the_refusals(tenant: Product) -> None:
    """An identity provider that is held instead of refused ends access, and leaves a duty open."""
    ada = tenant.scim.user("ada")
    tenant.own(ada, "contact", "c1")
    knobs = {"scim": {"on_block": "hold"}, "work": {"contact": {"on_deactivate": "block"}}}
    [page] = pages(tenant, knobs=knobs)
    (told,) = [each for each in page["users"][0]["actions"] if each["channel"] == "scim"]
    assert (told["action"], told["before"]["held"]) == ("deactivate", [])
    assert told["after"]["held"] == [{"code": "OWNED_WORK", "guard": "work.contact.on_deactivate"}]
    assert (told["after"]["allowed"], told["after"]["refusals"]) == (True, [])


def test_dates_and_seats_are_told(tenant: Product) -> None:
    """For who is inactive: from when on it may be deleted, until when it may return; and what each would hold."""
    ada = tenant.seller("ada")
    bob = tenant.scim.user("bob")
    tenant.active(bob, active=False)
    knobs = {
        "delete": {"mode": "inactive_only", "min_days_inactive": 10},
        "reactivate": {"window_days": 5},
        "entitlements": {"seat": {"capacity": 1}},
    }
    [page] = pages(tenant, knobs=knobs)
    told = {each["id"]: each for each in page["users"]}
    assert told[bob]["dates"] == {
        "before": {"deletable_from": None, "reactivable_until": None},
        "after": {
            "deletable_from": "2026-12-03T09:00:00.000Z",
            "reactivable_until": "2026-11-28T09:00:00.000Z",
        },
    }
    sales = {"pool": "sales", "scope": "ES"}
    assert told[ada]["holds"] == {"before": [sales], "after": [{"pool": "seat", "scope": None}, sales]}
    full = next(each for each in told[bob]["actions"] if each["action"] == "reactivate" and each["channel"] == "scim")
    assert [each["guard"] for each in full["after"]["refusals"]] == ["entitlements.seat.capacity"]
    counted = tenant.said("POST", "/policy/preview", {"knobs": knobs})
    assert counted["before"]["seats"] == {"sales": {"taken": 1, "capacity": None, "over": 0}}
    assert counted["after"]["seats"]["seat"] == {"taken": 1, "capacity": 1, "over": 0}
    counted = tenant.said("POST", "/policy/preview", {"knobs": {"entitlements": {"sales": {"capacity": 0}}}})
    assert counted["after"]["seats"] == {"sales": {"taken": 1, "capacity": 0, "over": 1}}


def test_a_page_looks_at_so_many_users(tenant: Product) -> None:
    """Pages follow each other until all users are looked at, deleted ones too; one may name nobody."""
    ids = [tenant.scim.user(f"user-{number}") for number in range(5)]
    found = pages(tenant, limit=2, knobs={"delete": {"mode": "any", "min_days_inactive": 0}})
    assert [[each["id"] for each in page["users"]] for page in found] == [ids[:2], ids[2:4], ids[4:]]
    assert [page["looked_at"] for page in found] == [2, 2, 1]
    assert [page["users"] for page in pages(tenant, limit=2, knobs={"bulk": {"selection": "any"}})] == [[], [], []]


def test_what_was_deleted_is_looked_at_too(app: Flask) -> None:
    """A tombstone whose purge a policy would forbid is named, and one that nobody could restore for want of seats."""
    tenant = Product.of(app, "unifyr")
    ada = tenant.scim.user("ada")
    tenant.active(ada, active=False)
    tenant.scim.delete(f"/Users/{ada}")
    knobs = {"delete": {"mode": "never"}, "entitlements": {"seat": {"capacity": 0}}}
    [page] = pages(tenant, knobs=knobs)
    [user] = page["users"]
    assert (user["id"], user["state"]) == (ada, "tombstoned")
    found = {each["action"]: (each["before"]["allowed"], each["after"]["allowed"]) for each in user["actions"]}
    assert found == {"restore": (True, False), "purge": (True, False)}


def test_the_application_is_not_asked(tenant: Product) -> None:
    """Nobody leaves, so that the host application hears of nothing, even where it would have to be asked."""
    tenant.scim.user("ada")
    [page] = pages(tenant, knobs={"precheck": {"on": ["deactivate", "delete"]}})
    assert page["users"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"knobs": {}, "policy": {}},
        {"knobs": {"delete": {"mode": "sometimes"}}},
        {"knobs": {}, "limit": 0},
        {"knobs": {}, "limit": 201},
        {"knobs": {}, "behind": "x" * 65},
    ],
)
def test_a_proposal_is_read_strictly(tenant: Product, body: dict[str, Any]) -> None:
    """One of knobs and policy, and a page of a size that can be answered."""
    assert tenant.refused("POST", "/policy/preview/users", body)["status"] == 400


def test_a_whole_document_is_compared(tenant: Product) -> None:
    """It takes the place of the one in force, as it would once it is put there."""
    tenant.scim.user("ada")
    document = tenant.said("GET", "/policy")["policy"]
    assert tenant.said("POST", "/policy/preview", {"policy": document})["knobs"] == {}
    assert pages(tenant, policy=document)[0]["users"] == []
    document["delete"]["mode"] = "any"
    assert pages(tenant, policy=document)[0]["users"] != []
