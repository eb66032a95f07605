"""Lists: pages, order, filters and projections, by GET and by POST (RFC 7644 §3.4.2, §3.4.3, §3.9)."""

from typing import Any

import pytest

from tests.scim_client import ENTERPRISE, SEARCH, USER, ScimClient, body_of, group, op, refused, user

NAMES = ["cleo", "ada", "Bob", "dan", "eve"]


@pytest.fixture
def crowd(scim: ScimClient) -> list[str]:
    """Create five users, in an order that is not alphabetical."""
    return [scim.user(name, title=f"t{place % 2}", active=place != 2) for place, name in enumerate(NAMES)]


def names(scim: ScimClient, **asked: str) -> list[str]:
    """Return the userNames that a list shows."""
    return [entry["userName"] for entry in body_of(scim.get("/Users", **asked))["Resources"]]


@pytest.mark.parametrize(
    ("asked", "start", "shown"),
    [
        ({}, 1, NAMES),
        ({"startIndex": "2", "count": "2"}, 2, NAMES[1:3]),
        ({"startIndex": "0", "count": "2"}, 1, NAMES[:2]),
        ({"startIndex": "-5"}, 1, NAMES),
        ({"startIndex": "5"}, 5, NAMES[4:]),
        ({"startIndex": "6"}, 6, []),
        ({"startIndex": "99999999999999999999"}, None, []),
        ({"count": "0"}, 1, []),
        ({"count": "-1"}, 1, []),
        ({"count": "99999999999999999999"}, 1, NAMES),
        ({"startIndex": "", "count": ""}, 1, NAMES),
    ],
    ids=str,
)
def test_pages(scim: ScimClient, crowd: list[str], asked: dict[str, str], start: int | None, shown: list[str]) -> None:
    """A page is counted from 1, clipped to what there is, and totalResults counts all (RFC 7644 §3.4.2.4)."""
    by_post = {name: int(value) for name, value in asked.items() if value and len(value) < 15}
    answers = [body_of(scim.get("/Users", **asked))]
    if len(by_post) == len(asked):
        answers.append(body_of(scim.post("/Users/.search", {"schemas": [SEARCH], **by_post})))
    for body in answers:
        assert [entry["userName"] for entry in body["Resources"]] == shown
        assert (body["totalResults"], body["itemsPerPage"]) == (5, len(shown))
        assert start is None or body["startIndex"] == start


def test_a_number_that_is_none_is_refused(scim: ScimClient) -> None:
    """The numbers of a page are integers."""
    for name in ("startIndex", "count"):
        for value in ("a", "1.5", "1e3", "0x1", "true", "null", "[]"):
            assert name in refused(scim.get("/Users", **{name: value}), 400, "invalidValue")["detail"]
        values: list[Any] = ["a", 1.5, True, [], {}, [1]]
        for value in values:
            refused(scim.post("/Users/.search", {"schemas": [SEARCH], name: value}), 400, "invalidValue")


def test_order(scim: ScimClient, crowd: list[str]) -> None:
    """Results are sorted by an attribute, whatever its case, stably; unassigned values come last."""
    assert names(scim, sortBy="userName") == ["ada", "Bob", "cleo", "dan", "eve"]
    assert names(scim, sortBy="USERNAME", sortOrder="descending") == ["eve", "dan", "cleo", "Bob", "ada"]
    assert names(scim, sortBy=f"{USER}:userName")[0] == "ada"
    assert names(scim, sortBy="title") == ["cleo", "Bob", "eve", "ada", "dan"]
    assert names(scim, sortBy="userName", startIndex="2", count="2") == ["Bob", "cleo"]
    assert sorted(names(scim, sortBy="name.familyName")) == sorted(NAMES)
    for asked in ({"sortBy": "shoeSize"}, {"sortBy": "["}, {"sortBy": "name"}):
        assert scim.get("/Users", **asked).status_code == 400
    refused(scim.get("/Users", sortBy="userName", sortOrder="up"), 400, "invalidValue")
    unsorted: list[Any] = [[None], {}, 7, ["userName"], True]
    for value in unsorted:
        assert scim.post("/Users/.search", {"schemas": [SEARCH], "sortBy": value}).status_code in {200, 400}
        refused(
            scim.post("/Users/.search", {"schemas": [SEARCH], "sortBy": "userName", "sortOrder": value or [1]}),
            400,
            "invalidValue",
        )


def test_filters_find_whoever_is_meant(scim: ScimClient, crowd: list[str]) -> None:
    """Inactive users are found, states can be asked for, and a filter pages as a list does."""
    assert names(scim, filter='userName eq "BOB"') == ["Bob"]
    assert names(scim, filter="active eq false") == ["Bob"]
    assert names(scim, filter='title eq "t0" and active eq true') == ["cleo", "eve"]
    assert names(scim, filter='userName eq "ada" or userName sw "d"', count="1", startIndex="2") == ["dan"]
    assert names(scim, filter='userName eq "7f0a2f5c-3c0f-4b50-8a7e-3f9d7e1d9f9d"') == []
    assert names(scim, filter=f'id eq "{crowd[1]}"') == ["ada"]
    assert names(scim, filter=f'meta.version eq "x" or {USER}:userName eq "eve"') == ["eve"]


def test_an_empty_list_is_a_list(scim: ScimClient) -> None:
    """Resources is there even when nothing is."""
    for path in ("/Users", "/Groups"):
        body = body_of(scim.get(path, filter='externalId eq "x"'))
        assert (body["totalResults"], body["itemsPerPage"], body["Resources"]) == (0, 0, [])


FULL = {
    "displayName": "Ada",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@x.example", "type": "work", "primary": True}, {"value": "ada@y.example"}],
    ENTERPRISE: {"department": "Engines", "costCenter": "7"},
    "schemas": [USER, ENTERPRISE],
}
KEPT = {"schemas", "id"}


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"attributes": "userName"}, {"userName": "ada"}),
        ({"attributes": "USERNAME, DisplayName"}, {"userName": "ada", "displayName": "Ada"}),
        ({"attributes": f"{USER}:userName"}, {"userName": "ada"}),
        ({"attributes": "name.givenName"}, {"name": {"givenName": "Ada"}}),
        ({"attributes": "emails.value"}, {"emails": [{"value": "ada@x.example"}, {"value": "ada@y.example"}]}),
        ({"attributes": "emails.type"}, {"emails": [{"type": "work"}]}),
        ({"attributes": f"{ENTERPRISE}:department"}, {ENTERPRISE: {"department": "Engines"}}),
        ({"attributes": ENTERPRISE}, {ENTERPRISE: FULL[ENTERPRISE]}),
        ({"attributes": "title"}, {}),
        ({"attributes": "name,name.givenName"}, {"name": FULL["name"]}),
        ({"excludedAttributes": "meta,emails,name,active,displayName,userName"}, {ENTERPRISE: FULL[ENTERPRISE]}),
        (
            {"excludedAttributes": f"meta,EMAILS.primary,emails.type,name.familyName,{ENTERPRISE},id,schemas,active"},
            {
                "userName": "ada",
                "displayName": "Ada",
                "name": {"givenName": "Ada"},
                "emails": [{"value": "ada@x.example"}, {"value": "ada@y.example"}],
            },
        ),
    ],
    ids=str,
)
def test_projections(scim: ScimClient, asked: dict[str, str], left: dict[str, Any]) -> None:
    """Only what was asked for is answered, on reads, lists, searches and writes; id and schemas always."""
    posted = body_of(scim.post("/Users", user("ada", **FULL), **asked), 201)
    ada = posted["id"]
    bodies = [
        posted,
        body_of(scim.get(f"/Users/{ada}", **asked)),
        body_of(scim.put(f"/Users/{ada}", user("ada", **FULL), **asked)),
        body_of(scim.patch(f"/Users/{ada}", op("replace", "displayName", "Ada"), **asked)),
        *body_of(scim.get("/Users", **asked))["Resources"],
        *body_of(scim.post("/Users/.search", {"schemas": [SEARCH], **{k: v.split(",") for k, v in asked.items()}}))[
            "Resources"
        ],
    ]
    assert len(bodies) == 6
    for body in bodies:
        assert {name: value for name, value in body.items() if name not in KEPT} == left
        assert body.keys() >= KEPT


def test_an_entry_of_which_nothing_is_left_is_no_entry(scim: ScimClient) -> None:
    """A list holds what is left of its entries once a sub-attribute is left out, and nothing empty."""
    ada = scim.user("ada", emails=[{"value": "a@x.example"}, {"value": "b@x.example", "type": "home"}])
    assert body_of(scim.get(f"/Users/{ada}", excludedAttributes="emails.value"))["emails"] == [{"type": "home"}]
    assert "emails" not in body_of(scim.get(f"/Users/{ada}", excludedAttributes="emails.value,emails.type"))


def test_both_projections_at_once_are_refused(scim: ScimClient) -> None:
    """A client asks for attributes or without some, not both (RFC 7644 §3.4.2.5)."""
    ada = scim.user("ada")
    assert scim.get(f"/Users/{ada}", attributes="userName", excludedAttributes="name").status_code == 400


def test_members_may_be_left_out_or_asked_for(scim: ScimClient) -> None:
    """Groups are projected the same way, members included."""
    ada = scim.user("ada")
    team = scim.group("Team", ada)
    assert "members" not in body_of(scim.get(f"/Groups/{team}", excludedAttributes="members"))
    assert body_of(scim.get(f"/Groups/{team}", attributes="members.value"))["members"] == [{"value": ada}]
    body = body_of(scim.put(f"/Groups/{team}", group("Team", ada), attributes="displayName"))
    assert body.keys() - KEPT == {"displayName"}
