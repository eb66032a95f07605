"""Members of groups: added, removed and replaced in every shape clients send."""

from typing import Any

import pytest

from tests.scim.conftest import Connect
from tests.scim_client import GROUP, ScimClient, body_of, group, op, refused, tables
from tests.service import TenantUnderTest

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def people(scim: ScimClient) -> list[str]:
    """Create three users, and return their ids in order."""
    return sorted(scim.user(name) for name in ("ada", "bob", "cleo"))


def ref(*ids: str) -> list[dict[str, str]]:
    """Return entries of members."""
    return [{"value": id_} for id_ in ids]


def shaped(shape: str, a: str, b: str, c: str) -> list[dict[str, Any]]:
    """Return the operations of a shape on three users."""
    return {
        "add": [op("add", "members", ref(a, b))],
        "add one by one": [op("add", "members", ref(a)), op("add", "members", ref(b))],
        "add without a path": [op("add", None, {"members": ref(a, b)})],
        "add by URN": [op("add", f"{GROUP}:members", ref(a, b))],
        "add twice": [op("add", "members", ref(a, b, a)), op("add", "members", ref(b))],
        "add with more": [op("add", "members", [{"value": a, "display": "X", "type": "User"}, {"value": b}])],
        "replace": [op("add", "members", ref(c)), op("replace", "members", ref(a, b))],
        "replace without a path": [op("add", "members", ref(c)), op("replace", None, {"members": ref(a, b)})],
        "replace with a name": [op("replace", None, {"displayName": "Team", "members": ref(a, b)})],
        "remove by filter": [op("add", "members", ref(a, b, c)), op("remove", f'members[value eq "{c}"]')],
        "remove by or": [
            op("add", "members", ref(a, b, c, NOBODY)[:3]),
            op("remove", f'members[value eq "{c}" or value eq "{NOBODY}"]'),
        ],
        "remove by and": [
            op("add", "members", ref(a, b, c)),
            op("remove", f'members[type eq "User" and value eq "{c}"]'),
        ],
        "remove by another filter": [op("replace", "members", ref(a, b, c)), op("remove", f'members[value sw "{c}"]')],
        "remove all, then add": [
            op("add", "members", ref(c)),
            op("remove", "members"),
            op("add", "members", ref(a, b)),
        ],
        "remove, then add": [op("remove", f'members[value eq "{a}"]'), op("add", "members", ref(a, b))],
    }[shape]


SHAPES = [
    "add", "add one by one", "add without a path", "add by URN", "add twice", "add with more", "replace",
    "replace without a path", "replace with a name", "remove by filter", "remove by or", "remove by and",
    "remove by another filter", "remove all, then add", "remove, then add",
]  # fmt: skip


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra"])
def test_members_change_in_every_shape(dialect: str, connect: Connect, people: list[str]) -> None:
    """However it is written, the members are the two that were meant, once each, and the version is bumped once."""
    scim = connect(dialect)
    for shape in SHAPES:
        team = scim.group(f"Team {shape}")
        answer = scim.patch(f"/Groups/{team}", *shaped(shape, *people))
        assert answer.status_code in {200, 204}, (shape, answer.text)
        if shape == "replace with a name":
            scim.patch(f"/Groups/{team}", op("replace", "displayName", f"Team {shape}"))
        assert scim.members(team) == people[:2], shape
        assert answer.headers["ETag"] == 'W/"2"', shape


def test_a_member_is_in_once(scim: ScimClient, acme: TenantUnderTest, people: list[str]) -> None:
    """Adding who is in already changes nothing, even with another display."""
    team = scim.group("Team", *people)
    before = tables(acme)
    body_of(scim.patch(f"/Groups/{team}", op("add", "members", ref(people[0]))))
    body_of(scim.patch(f"/Groups/{team}", op("add", "members", [{"value": people[0], "display": "Other"}])))
    body_of(scim.put(f"/Groups/{team}", {**group("Team"), "members": [*ref(*people), *ref(people[0])]}))
    assert tables(acme) == before


def test_a_replaced_member_takes_the_name_it_is_given(
    scim: ScimClient, acme: TenantUnderTest, people: list[str]
) -> None:
    """A replace that gives members another name changes the group, but adds nobody."""
    team = scim.group("Team", *people)
    before = tables(acme)
    entries = [{"value": people[0], "display": "Boss"}, *ref(*people[1:])]
    body = body_of(scim.put(f"/Groups/{team}", {**group("Team"), "members": entries}))
    assert [entry["display"] for entry in body["members"]] == ["Boss", "bob", "cleo"]
    assert body["meta"]["version"] == 'W/"2"'
    told = [row for row in tables(acme)["outbox"] if row not in before["outbox"]]
    assert len(told) == 1
    assert "group.updated" in str(told[0])


@pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])
def test_a_remove_with_a_list_removes_those(dialect: str, connect: Connect, people: list[str]) -> None:
    """A remove with values takes those out and leaves the rest; without a value it empties the group."""
    scim = connect(dialect)
    team = scim.group("Team", *people)
    assert scim.patch(f"/Groups/{team}", op("Remove", "members", ref(people[0]))).status_code in {200, 204}
    assert scim.members(team) == people[1:]
    assert scim.patch(f"/Groups/{team}", op("remove", "members", {"value": people[1]})).status_code in {200, 204}
    assert scim.members(team) == people[2:]
    assert scim.patch(f"/Groups/{team}", op("remove", "members")).status_code in {200, 204}
    assert scim.members(team) == []


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_who_is_no_member_takes_nobody_along(
    dialect: str, connect: Connect, acme: TenantUnderTest, people: list[str]
) -> None:
    """Removing somebody who is no member changes nothing at all."""
    scim = connect(dialect)
    team = scim.group("Team", *people[:2])
    before = tables(acme)
    for filter_ in (f'value eq "{people[2]}"', f'value eq "{NOBODY}"', 'type eq "Group"', 'value eq ""'):
        answer = scim.patch(f"/Groups/{team}", op("remove", f"members[{filter_}]"))
        assert answer.status_code in {200, 204}, (filter_, answer.text)
    if dialect != "strict":
        scim.patch(f"/Groups/{team}", op("Remove", "members", ref(people[2], NOBODY)))
        scim.patch(f"/Groups/{team}", op("Remove", "members", []))
    assert tables(acme) == before


def test_unknown_members_are_refused_by_strict_connections(
    scim: ScimClient, acme: TenantUnderTest, people: list[str]
) -> None:
    """An id that leads nowhere is 400, names itself, and changes nothing."""
    team = scim.group("Team", people[0])
    before = tables(acme)
    for answer in (
        scim.patch(f"/Groups/{team}", op("add", "members", ref(people[1], NOBODY))),
        scim.put(f"/Groups/{team}", group("Team", NOBODY)),
        scim.post("/Groups", group("Other", NOBODY)),
    ):
        assert NOBODY in refused(answer, 400, "invalidValue")["detail"]
    assert tables(acme) == before


@pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])
def test_unknown_members_are_dropped_by_others(dialect: str, connect: Connect, people: list[str]) -> None:
    """Identity providers push ids they deleted: the rest of the request is carried out."""
    scim = connect(dialect)
    team = scim.group("Team", people[0], NOBODY)
    scim.patch(f"/Groups/{team}", op("add", "members", ref(NOBODY, people[1])))
    assert scim.members(team) == people[:2]


@pytest.mark.parametrize("dialect", ["strict", "entra"])
def test_a_group_is_no_member_of_itself(dialect: str, connect: Connect, acme: TenantUnderTest) -> None:
    """A group that would contain itself is refused, and stays as it was."""
    scim = connect(dialect)
    team = scim.group("Team")
    before = tables(acme)
    refused(scim.patch(f"/Groups/{team}", op("add", "members", ref(team))), 400, "invalidValue")
    refused(scim.put(f"/Groups/{team}", group("Team", team)), 400, "invalidValue")
    assert tables(acme) == before


def test_a_put_of_a_group_says_who_its_members_are(scim: ScimClient, entra: ScimClient, people: list[str]) -> None:
    """A PUT without members empties the group, but for dialects that read groups without them."""
    team = scim.group("Team", *people)
    body_of(scim.put(f"/Groups/{team}", group("Team", people[1], people[0])))
    assert scim.members(team) == people[:2]
    entra.put(f"/Groups/{team}", group("Team"))
    assert scim.members(team) == people[:2]
    body_of(scim.put(f"/Groups/{team}", group("Team")))
    assert scim.members(team) == []


def test_a_tombstoned_user_is_no_member(scim: ScimClient, people: list[str]) -> None:
    """Who was deleted cannot be added; who is inactive can."""
    team = scim.group("Team")
    scim.delete(f"/Users/{people[0]}")
    scim.patch(f"/Users/{people[1]}", op("replace", "active", False))
    refused(scim.patch(f"/Groups/{team}", op("add", "members", ref(people[0]))), 400, "invalidValue")
    body_of(scim.patch(f"/Groups/{team}", op("add", "members", ref(people[1]))))
    assert scim.members(team) == [people[1]]


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_a_member_without_an_id_is_refused(dialect: str, connect: Connect, people: list[str]) -> None:
    """An entry that names nobody takes nobody out: a replace by it is refused, and no group is emptied."""
    scim = connect(dialect)
    team = scim.group("Team", *people)
    values: list[Any] = [
        [{}],
        [{"display": "x"}],
        [{"value": {}}],
        [{"value": None}],
        [{"value": ""}],
        True,
        [[]],
        "",
        {},
    ]
    for value in values:
        for operation in (op("add", "members", value), op("replace", "members", value), op("remove", "members", value)):
            answer = scim.patch(f"/Groups/{team}", operation)
            assert operation["op"] != "replace" or answer.status_code == 400, (value, answer.text)
            assert scim.members(team) == people, (operation, answer.text)


def test_the_audit_names_who_came_and_went(scim: ScimClient, acme: TenantUnderTest, people: list[str]) -> None:
    """The events of a change of members carry the difference, not the group."""
    team = scim.group("Team", people[0])
    scim.patch(f"/Groups/{team}", op("replace", "members", ref(people[1], people[2])))
    events = [row for row in tables(acme)["outbox"] if "'group.member" in str(row)]
    assert any(people[1] in str(row) and people[2] in str(row) and people[0] not in str(row) for row in events)
    assert any(people[0] in str(row) and people[1] not in str(row) for row in events)
