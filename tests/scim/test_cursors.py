"""Walks by cursor (RFC 9865): every result once, whatever comes and goes, and a cursor serves nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from app import create_app
from app.config import Settings
from app.db.rows import UserRow
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.scim.conftest import Connect
from tests.scim_client import SEARCH, ScimClient, body_of, refused
from tests.service import TenantUnderTest

CROWD = 20_000


def pages(scim: ScimClient, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
    """Yield the pages of a walk to its end."""
    page = body_of(scim.get(path, cursor="", **asked))
    yield page
    while "nextCursor" in page:
        page = body_of(scim.get(path, cursor=page["nextCursor"], **asked))
        yield page


def walked(scim: ScimClient, path: str, **asked: Any) -> list[str]:
    """Return the ids of all results of a walk."""
    return [entry["id"] for page in pages(scim, path, **asked) for entry in page.get("Resources", [])]


def sorted_ids(scim: ScimClient, **asked: Any) -> list[str]:
    """Return the same order by page numbers."""
    return [entry["id"] for entry in body_of(scim.get("/Users", count=1000, **asked))["Resources"]]


@pytest.fixture
def crowd(scim: ScimClient, acme: TenantUnderTest) -> list[str]:
    """Put twenty thousand users into the database, copies of one, and return their ids in order."""
    first = scim.user("user-0")
    with acme.runtime.database.unit_of_work(acme.id) as work:
        table = UserRow.__table__
        row = dict(work.connection.execute(table.select().where(table.c.id == first)).one()._mapping)
        names = [f"user-{number}" for number in range(1, CROWD)]
        copies = [{**row, "id": work.new_id(), "user_name": name, "user_name_key": name} for name in names]
        work.connection.execute(insert(UserRow), copies)
    return [first, *(copy["id"] for copy in copies)]


@pytest.mark.slow
@pytest.mark.parametrize("sorting", [{}, {"sortBy": "userName"}])
def test_a_walk_under_change(scim: ScimClient, crowd: list[str], sorting: dict[str, str]) -> None:
    """A walk over 20,000 users shows each that stays once, while others are created and deleted on its way."""
    seen: list[str] = []
    gone: set[str] = set()
    pace = 997
    for turn, page in enumerate(pages(scim, "/Users", count=pace, attributes="userName", **sorting)):
        assert page["itemsPerPage"] == len(page["Resources"]) <= pace
        seen += [entry["id"] for entry in page["Resources"]]
        scim.user(f"user-{turn}-new")
        scim.user(f"a-{turn}")
        for id_ in (seen[-1], seen[-pace // 2], crowd[-turn - 1], crowd[(turn * 7_919) % CROWD]):
            if scim.delete(f"/Users/{id_}").status_code == 204:
                gone.add(id_)
    assert len(seen) == len(set(seen))
    assert set(crowd) - gone <= set(seen)


def test_the_pages_of_a_walk(scim: ScimClient) -> None:
    """Each page but the last has the cursor of the next, none a startIndex; a total is given where it is known."""
    ids = [scim.user(f"user-{number}") for number in range(5)]
    first, second, last = pages(scim, "/Users", count=2)
    assert [entry["id"] for page in (first, second, last) for entry in page["Resources"]] == ids
    for page in (first, second, last):
        assert {"startIndex", "previousCursor", "totalResults"}.isdisjoint(page)
        assert page["itemsPerPage"] == len(page["Resources"])
    assert set(first["nextCursor"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    (whole,) = pages(scim, "/Users", count=5)
    assert whole["totalResults"] == 5
    (counted,) = pages(scim, "/Users", count=0)
    assert (counted["totalResults"], counted["Resources"]) == (5, [])
    (empty,) = pages(scim, "/Users", filter='userName eq "nobody"')
    assert empty["totalResults"] == 0


def test_the_body_of_a_search_takes_a_cursor(scim: ScimClient) -> None:
    """.search walks as GET does, and a cursor of the one serves the other."""
    ids = [scim.user(f"user-{number}") for number in range(3)]
    asked = {"schemas": [SEARCH], "count": 2, "attributes": ["userName", "name"]}
    first = body_of(scim.post("/Users/.search", {**asked, "cursor": ""}))
    second = body_of(scim.post("/Users/.search", {**asked, "cursor": first["nextCursor"]}))
    other = body_of(scim.get("/Users", count=2, attributes="userName,name", cursor=first["nextCursor"]))
    assert [entry["id"] for entry in (*first["Resources"], *second["Resources"])] == ids
    assert other["Resources"] == second["Resources"]
    refused(scim.post("/Users/.search", {**asked, "cursor": 7}), 400, "invalidCursor")


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize(
    "attribute",
    ["userName", "displayName", "externalId", "active", "title", "emails", "emails.type", "name.familyName",
     "meta.created", "meta.version", "meta.resourceType", "groups", "id"],
)  # fmt: skip
def test_a_sorted_walk(scim: ScimClient, attribute: str, order: str) -> None:
    """A walk keeps the order of page numbers, equal and missing values included, in steps of any size."""
    people: list[dict[str, Any]] = [
        {},
        {"title": "b", "displayName": "É", "emails": [{"value": "z@x.example"}]},
        {"title": "b", "active": False, "displayName": "e", "name": {"familyName": "Ö"}},
        {"title": "a", "active": True, "externalId": "7", "emails": [{"value": "a@x.example", "type": "work"}]},
        {"externalId": "17", "displayName": "e", "emails": [{"value": "b@x.example", "type": "home"}]},
        {"title": "B", "active": True, "name": {"familyName": "Z"}},
    ]
    for number, person in enumerate(people):
        scim.user(f"{'zaybxc'[number]}", **person)
    asked = {"sortBy": attribute, "sortOrder": order}
    expected = sorted_ids(scim, **asked)
    assert len(expected) == len(people)
    for count in (1, 2, 4):
        assert walked(scim, "/Users", count=count, **asked) == expected


def test_a_filtered_walk(scim: ScimClient) -> None:
    """A walk among what a filter finds shows that alone."""
    ids = [scim.user(f"user-{number}", title="even" if number % 2 == 0 else "odd") for number in range(9)]
    assert walked(scim, "/Users", count=2, filter='title eq "odd"') == ids[1::2]
    assert (
        walked(scim, "/Users", count=2, filter='title eq "odd"', sortBy="userName", sortOrder="descending")
        == (ids[1::2][::-1])
    )


def test_a_count_is_capped_then_kept(scim: ScimClient) -> None:
    """A count too large is capped on the first page; one that changes on the way is invalidCount; none is the same."""
    for number in range(4):
        scim.user(f"user-{number}")
    first = body_of(scim.get("/Users", cursor="", count=2))["nextCursor"]
    for other in (1, 3, 0, -1, 5_000):
        refused(scim.get("/Users", cursor=first, count=other), 400, "invalidCount")
    assert body_of(scim.get("/Users", cursor=first))["itemsPerPage"] == 2
    assert body_of(scim.get("/Users", cursor="", count=10**9))["itemsPerPage"] == 4
    refused(scim.get("/Users", cursor="", count="many"), 400, "invalidValue")


def test_a_cursor_serves_its_query_alone(scim: ScimClient) -> None:
    """With another filter, order, endpoint or set of attributes a cursor is invalid."""
    for number in range(3):
        scim.user(f"user-{number}")
        scim.group(f"group-{number}")
    cursor = body_of(scim.get("/Users", cursor="", count=1, filter="userName pr"))["nextCursor"]
    for path, asked in (
        ("/Users", {}),
        ("/Users", {"filter": 'userName eq "x"'}),
        ("/Users", {"filter": "userName pr", "sortBy": "userName"}),
        ("/Users", {"filter": "userName pr", "attributes": "id"}),
        ("/Groups", {}),
        ("/", {"filter": "userName pr"}),
    ):
        refused(scim.get(path, cursor=cursor, count=1, **asked), 400, "invalidCursor")
    refused(scim.get("/Users", cursor="", startIndex=1), 400, "invalidValue")


def test_a_cursor_serves_its_owner_alone(scim: ScimClient, connect: Connect, globex: TenantUnderTest) -> None:
    """Another connection of the tenant, and another tenant, cannot use a cursor."""
    other, stranger = connect("strict"), connect("strict", globex)
    for client in (scim, stranger):
        for number in range(3):
            client.user(f"user-{number}")
    cursor = body_of(scim.get("/Users", cursor="", count=1))["nextCursor"]
    refused(other.get("/Users", cursor=cursor, count=1), 400, "invalidCursor")
    refused(stranger.get("/Users", cursor=cursor, count=1), 400, "invalidCursor")
    assert body_of(scim.get("/Users", cursor=cursor, count=1))["Resources"]


def test_a_cursor_that_was_tampered_with(scim: ScimClient) -> None:
    """One changed character, a cut or a made-up cursor is invalid."""
    for number in range(3):
        scim.user(f"user-{number}")
    cursor = body_of(scim.get("/Users", cursor="", count=1))["nextCursor"]
    changed = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(0, len(cursor), 9)]
    for wrong in (*changed, cursor[:-4], cursor * 2, "x", "é", "=", "A" * 5_000, " "):
        refused(scim.get("/Users", cursor=wrong, count=1), 400, "invalidCursor")


def test_a_cursor_expires(scim: ScimClient, clock: FixedClock, settings: Settings) -> None:
    """A cursor lives as long as ServiceProviderConfig says, and no second longer."""
    for number in range(3):
        scim.user(f"user-{number}")
    announced = body_of(scim.get("/ServiceProviderConfig"))["pagination"]
    assert announced == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": settings.default_page_size,
        "maxPageSize": settings.max_page_size,
        "cursorTimeout": settings.cursor_timeout_s,
    }
    cursor = body_of(scim.get("/Users", cursor="", count=1))["nextCursor"]
    clock.advance(seconds=announced["cursorTimeout"])
    assert body_of(scim.get("/Users", cursor=cursor, count=1))["Resources"]
    clock.advance(seconds=1)
    refused(scim.get("/Users", cursor=cursor, count=1), 400, "expiredCursor")


def test_a_cursor_outlives_a_change_of_keys(
    scim: ScimClient, app: Flask, settings: Settings, clock: FixedClock, acme: TenantUnderTest
) -> None:
    """A new key seals; the old one still opens while it is kept behind it, and no longer."""
    for number in range(3):
        scim.user(f"user-{number}")
    cursor = body_of(scim.get("/Users", cursor="", count=1))["nextCursor"]
    new = "fedcba9876543210" * 4
    for keys, status in (((new, *settings.secret_keys), 200), ((new,), 400)):
        rotated = create_app(settings.model_copy(update={"secret_keys": keys}), clock=clock)
        answer = ScimClient(rotated.test_client(), acme, scim.token).get("/Users", cursor=cursor, count=1)
        assert answer.status_code == status, answer.text
        rotated.extensions[EXTENSION].database.close()
