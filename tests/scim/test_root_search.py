"""Searches from the root, over users and groups at once (RFC 7644 §3.4.2.1, §3.4.3)."""

from typing import Any

import pytest

from tests.scim.conftest import Connect
from tests.scim_client import SEARCH, USER, ScimClient, body_of, refused
from tests.service import TenantUnderTest


@pytest.fixture
def directory(scim: ScimClient) -> dict[str, str]:
    """Create users and groups whose display names alternate, and return their ids by that name."""
    names = {name: scim.user(f"user-{name}", displayName=name, title="Dr.") for name in ("a", "c", "e")}
    names["-"] = scim.user("user-without")
    return names | {name: scim.group(name, names["a"]) for name in ("b", "d", "f")}


def found(scim: ScimClient, **asked: Any) -> list[str]:
    """Return the ids that a search from the root finds, in order."""
    return [entry["id"] for entry in body_of(scim.get("/", **asked))["Resources"]]


def walked(scim: ScimClient, **asked: Any) -> list[str]:
    """Return the same by cursors."""
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = body_of(scim.get("/", cursor=cursor, **asked))
        ids += [entry["id"] for entry in page["Resources"]]
        cursor = page.get("nextCursor")
    return ids


def test_users_come_before_groups(scim: ScimClient, directory: dict[str, str]) -> None:
    """Without an order the root lists users, then groups, each in the order of their creation, each as it is."""
    body = body_of(scim.get("/"))
    assert [entry["id"] for entry in body["Resources"]] == [directory[name] for name in "ace-bdf"]
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (7, 1, 7)
    for entry, name in zip(body["Resources"], "ace-bdf", strict=True):
        path = f"/{entry['meta']['resourceType']}s/{directory[name]}"
        assert entry == body_of(scim.get(path))


@pytest.mark.parametrize("asked", [{}, {"sortBy": "displayName"}, {"sortBy": "displayName", "sortOrder": "descending"}])
def test_pages_across_types(scim: ScimClient, directory: dict[str, str], asked: dict[str, str]) -> None:
    """Pages of any size, by number and by cursor, add up to the whole, and every page knows the total of all types."""
    everything = found(scim, **asked)
    names = {"": "ace-bdf", "ascending": "abcdef-", "descending": "-fedcba"}
    order = asked.get("sortOrder", "ascending") if asked else ""
    assert everything == [directory[name] for name in names[order]]
    for count in (1, 2, 3, 5, 7):
        pages = [body_of(scim.get("/", count=count, startIndex=start, **asked)) for start in range(1, 9, count)]
        assert [entry["id"] for page in pages for entry in page.get("Resources", [])] == everything
        assert {page["totalResults"] for page in pages} == {7}
        assert walked(scim, count=count, **asked) == everything
    counted = body_of(scim.get("/", count=0, **asked))
    assert (counted["totalResults"], counted["Resources"]) == (7, [])
    assert body_of(scim.get("/", startIndex=2**40, **asked))["totalResults"] == 7


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('meta.resourceType eq "User"', "ace-"),
        ('meta.resourceType eq "Group"', "bdf"),
        ('meta.resourceType ne "Group" and displayName sw "c"', "c"),
        ('displayName eq "c" or displayName eq "d"', "cd"),
        ('userName sw "user-"', "ace-"),
        ('userName eq "user-a" or displayName eq "f"', "af"),
        ("title pr", "ace"),
        ('title ne "Dr."', "-bdf"),
        ("title eq null", "-bdf"),
        ("not (title pr)", "-bdf"),
        ("members pr", "bdf"),
        ('emails[type eq "work"]', ""),
        (f'{USER}:userName eq "user-e"', "e"),
    ],
)
def test_what_a_type_lacks_has_no_value(scim: ScimClient, directory: dict[str, str], text: str, names: str) -> None:
    """A filter on an attribute that only one type has treats it as missing in the other."""
    assert found(scim, filter=text) == [directory[name] for name in names]
    assert walked(scim, count=2, filter=text) == [directory[name] for name in names]


def test_a_member_is_found_with_its_groups(scim: ScimClient, directory: dict[str, str]) -> None:
    """A filter on members finds groups, one on groups finds users."""
    assert found(scim, filter=f'members.value eq "{directory["a"]}"') == [directory[name] for name in "bdf"]
    assert found(scim, filter=f'groups.value eq "{directory["b"]}"') == [directory["a"]]


def test_what_no_type_has_is_refused(scim: ScimClient) -> None:
    """An attribute that no type has is an invalid filter or an invalid path to sort by."""
    refused(scim.get("/", filter='salary eq "1"'), 400, "invalidFilter")
    refused(scim.get("/", filter='members[salary eq "1"]'), 400, "invalidFilter")
    refused(scim.get("/", filter="userName eq"), 400, "invalidFilter")
    refused(scim.get("/", sortBy="salary"), 400, "invalidPath")


def test_sorted_by_what_one_type_has(scim: ScimClient, directory: dict[str, str]) -> None:
    """Results without the attribute come last, or first when descending (§3.4.2.3)."""
    ascending = [directory[name] for name in "ace-bdf"]
    descending = [directory[name] for name in "bdf-eca"]
    assert found(scim, sortBy="userName") == walked(scim, sortBy="userName", count=2) == ascending
    assert found(scim, sortBy="userName", sortOrder="descending") == descending
    assert walked(scim, sortBy="userName", sortOrder="descending", count=2) == descending
    groups = [directory[name] for name in "bdf"]
    assert found(scim, sortBy="meta.resourceType")[:3] == groups
    assert walked(scim, sortBy="meta.resourceType", sortOrder="descending", count=2)[-3:] == groups


def test_projections_at_the_root(scim: ScimClient, directory: dict[str, str]) -> None:
    """Attributes are kept or left out of each type that has them."""
    for entry in body_of(scim.get("/", attributes="userName,members.value"))["Resources"]:
        own = "userName" if USER in entry["schemas"] else "members"
        assert set(entry) == {"schemas", "id", own}
    for entry in body_of(scim.get("/", excludedAttributes="userName,members,groups"))["Resources"]:
        assert {"userName", "members", "groups"}.isdisjoint(entry)
        assert "displayName" in entry or entry["id"] == directory["-"]


def test_search_with_a_body(scim: ScimClient, directory: dict[str, str]) -> None:
    """POST /.search asks the same as GET / (§3.4.3)."""
    asked = {"sortBy": "displayName", "count": 3, "startIndex": 3, "attributes": ["displayName"]}
    body = body_of(scim.post("/.search", {"schemas": [SEARCH], **asked}))
    assert [entry["displayName"] for entry in body["Resources"]] == ["c", "d", "e"]
    assert body["totalResults"] == 7
    first = body_of(scim.post("/.search", {"schemas": [SEARCH], "count": 4, "cursor": ""}))
    rest = body_of(scim.post("/.search", {"schemas": [SEARCH], "count": 4, "cursor": first["nextCursor"]}))
    assert [entry["id"] for entry in rest["Resources"]] == [directory[name] for name in "bdf"]


def test_the_root_needs_the_scope(connect: Connect, directory: dict[str, str]) -> None:
    """A token that may read may search from the root; one of another kind may not."""
    assert len(found(connect(scopes="scim.read"))) == len(directory)


def test_the_root_shows_one_tenant(scim: ScimClient, connect: Connect, globex: TenantUnderTest) -> None:
    """A search from the root finds nothing of another tenant."""
    scim.user("ada")
    assert found(connect("strict", globex)) == []
