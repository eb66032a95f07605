"""Creations of one bulk request that refer to each other are resolved, or leave nothing (RFC 7644 §3.7.1)."""

from typing import Any

import pytest

from app.scim.bulk_circles import circles
from tests.scim.test_bulk import outcomes, post, statuses
from tests.scim_client import ENTERPRISE, ScimClient, body_of, group, refused, tables, user
from tests.service import TenantUnderTest


def managed_by(name: str, manager: Any, bulk_id: str) -> dict[str, Any]:
    """Return the creation of a user who has a manager."""
    return post("/Users", user(name, **{ENTERPRISE: {"department": "R&D", "manager": manager}}), bulk_id)


def ids_of(done: list[dict[str, Any]]) -> list[str]:
    """Return whom the operations created."""
    assert [(each["method"], each["status"]) for each in done] == [("POST", "201")] * len(done), done
    return [each["location"].rpartition("/")[2] for each in done]


def test_groups_hold_each_other(scim: ScimClient) -> None:
    """Each is created, with all of its members; the answers tell the versions that came of it."""
    done = outcomes(
        scim,
        post("/Groups", group("A", "bulkId:b", "bulkId:u"), "a"),
        post("/Groups", group("B", "bulkId:a"), "b"),
        post("/Users", user("ada"), "u"),
    )
    first, second, ada = ids_of(done)
    assert scim.members(first) == sorted([second, ada])
    assert scim.members(second) == [first]
    for each, path in zip(done, (f"/Groups/{first}", f"/Groups/{second}", f"/Users/{ada}"), strict=True):
        assert each["version"] == body_of(scim.get(path))["meta"]["version"]
    assert {each["value"]: each["type"] for each in scim.user_view(ada)["groups"]} == {
        first: "direct",
        second: "indirect",
    }


def test_users_manage_each_other(scim: ScimClient, entra: ScimClient) -> None:
    """A manager is known by its id in the end, in whichever form the dialect takes it; one may manage oneself."""
    for client, tag, form in ((scim, "s", lambda value: {"value": value}), (entra, "e", str)):
        done = outcomes(
            client,
            managed_by(f"ada-{tag}", form("bulkId:b"), "a"),
            managed_by(f"bob-{tag}", form("bulkId:c"), "b"),
            managed_by(f"cy-{tag}", form("bulkId:a"), "c"),
            managed_by(f"dan-{tag}", form("bulkId:d"), "d"),
        )
        ada, bob, cy, dan = ids_of(done)
        for of, manager in ((ada, bob), (bob, cy), (cy, ada), (dan, dan)):
            extension = client.user_view(of)[ENTERPRISE]
            assert (extension["department"], extension["manager"]["value"]) == ("R&D", manager)


@pytest.mark.parametrize("turned", [False, True])
def test_circles_wait_for_what_they_need(scim: ScimClient, turned: bool) -> None:
    """Circles that meet, and what hangs on them, are created in any order of the request."""
    operations = [
        post("/Groups", group("Z", "bulkId:a"), "z"),
        post("/Groups", group("A", "bulkId:b", "bulkId:e"), "a"),
        post("/Groups", group("B", "bulkId:c"), "b"),
        post("/Groups", group("C", "bulkId:a", "bulkId:b", "bulkId:u"), "c"),
        post("/Groups", group("D", "bulkId:e"), "d"),
        post("/Groups", group("E", "bulkId:d", "bulkId:u"), "e"),
        post("/Users", user("ada"), "u"),
    ]
    done = outcomes(scim, *(operations[::-1] if turned else operations))
    ids_of(done)
    ids = {each["bulkId"]: each["location"].rpartition("/")[2] for each in done}
    wanted = {"z": "a", "a": "be", "b": "c", "c": "abu", "d": "e", "e": "du"}
    for name, names in wanted.items():
        assert scim.members(ids[name]) == sorted(ids[each] for each in names)


def test_a_circle_falls_as_a_whole(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Where one cannot be created, it tells why, those that need it are conflicts, and nothing is left of any."""
    before = tables(acme)
    done = outcomes(
        scim,
        managed_by("ada", {"value": "bulkId:b"}, "a"),
        managed_by("bob", {"value": "bulkId:c"}, "b"),
        post("/Users", {**user("cy"), "shoeSize": 9, ENTERPRISE: {"manager": {"value": "bulkId:a"}}}, "c"),
        post("/Groups", group("A", "bulkId:a"), "g"),
    )
    assert [each["status"] for each in done] == ["409", "409", "400", "409"]
    assert "shoeSize" in done[2]["response"]["detail"]
    late = outcomes(
        scim, post("/Groups", group("A", "bulkId:b"), "a"), post("/Groups", group("B", "bulkId:a", "no"), "b")
    )
    assert [each["status"] for each in late] == ["409", "400"]
    alone = outcomes(scim, post("/Groups", group("A", "bulkId:a"), "a"))
    assert [each["status"] for each in alone] == ["400"]
    assert not any("location" in each for each in [*done, *late, *alone])
    assert tables(acme) == before
    user_after = post("/Users", user("eve"), "e")
    assert statuses(scim, *(each for each in (managed_by("x", {"value": "bulkId:y"}, "x"), user_after))) == [
        "409",
        "201",
    ]


def test_a_circle_counts_its_errors(scim: ScimClient) -> None:
    """After failOnErrors errors the rest of a circle is not tried again, nor told of."""
    circle = [post("/Groups", group("A", "bulkId:b"), "a"), post("/Groups", group("B", "bulkId:a", "no"), "b")]
    assert statuses(scim, *circle, post("/Users", user("ada"), "u"), failOnErrors=1) == ["400"]
    assert statuses(scim, *circle, post("/Users", user("ada"), "u"), failOnErrors=3) == ["409", "400", "201"]


def test_a_long_circle_is_found() -> None:
    """A circle is found without recursion, however long, and told where the last of it comes."""
    order = list(range(5000))
    found = circles(order, lambda index: [index - 1] if index else [4999])
    assert found.pop(4999) == order
    assert set(map(len, found.values())) == {0}
    assert circles(order, lambda index: [index - 1] if index else []) == {}


def test_a_circle_of_what_may_not_be_taken_twice(scim: ScimClient) -> None:
    """A user who is taken already is refused as ever, and takes its circle down."""
    scim.user("ada")
    done = outcomes(scim, managed_by("ADA", {"value": "bulkId:b"}, "a"), managed_by("bob", {"value": "bulkId:a"}, "b"))
    assert [each["status"] for each in done] == ["409", "409"]
    assert done[0]["response"]["scimType"] == "uniqueness"
    refused(scim.get("/Users/0"), 404)
    assert body_of(scim.get("/Users", filter='userName eq "bob"'))["totalResults"] == 0
