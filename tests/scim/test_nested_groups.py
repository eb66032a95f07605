"""Groups within groups: users show and are found by those they are indirectly in (RFC 7643 §4.1.2)."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from tests.scim_client import ScimClient, body_of, location, op
from tests.service import TenantUnderTest


@pytest.fixture
def statements(acme: TenantUnderTest) -> Iterator[list[str]]:
    """Note the statements that run."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = acme.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def kinds(view: dict[str, Any]) -> dict[str, str]:
    """Return the displays of a user's groups, each with its type."""
    return {entry["display"]: entry["type"] for entry in view.get("groups", [])}


def found(scim: ScimClient, text: str) -> set[str]:
    """Return the user names that a filter finds."""
    return {entry["userName"] for entry in body_of(scim.get("/Users", filter=text)).get("Resources", [])}


def put_in(scim: ScimClient, group_id: str, *members: str) -> None:
    """Add members to a group."""
    body_of(scim.patch(f"/Groups/{group_id}", op("add", "members", [{"value": id_} for id_ in members])))


def test_a_user_shows_the_groups_of_its_groups(scim: ScimClient) -> None:
    """Groups that hold a user's group are shown as indirect, however far up, and each once."""
    ada, bob = scim.user("ada"), scim.user("bob")
    team = scim.group("Team", ada)
    unit = scim.group("Unit", team, bob)
    company = scim.group("Company", unit)
    view = scim.user_view(ada)
    assert kinds(view) == {"Team": "direct", "Unit": "indirect", "Company": "indirect"}
    assert view["groups"][2] == {
        "value": company, "$ref": location(f"/Groups/{company}"), "display": "Company", "type": "indirect"
    }  # fmt: skip
    assert kinds(scim.user_view(bob)) == {"Unit": "direct", "Company": "indirect"}
    listed = body_of(scim.get("/Users"))["Resources"]
    assert [kinds(entry) for entry in listed] == [kinds(scim.user_view(id_)) for id_ in (ada, bob)]
    assert kinds(body_of(scim.patch(f"/Users/{ada}", op("replace", "title", "Dr.")))) == kinds(view)
    (walked,) = body_of(scim.get("/Users", cursor="", filter='userName eq "ada"'))["Resources"]
    assert kinds(walked) == kinds(view)


def test_a_direct_member_is_no_indirect_one(scim: ScimClient) -> None:
    """Who is in a group both ways is shown, and found, as its direct member."""
    ada = scim.user("ada")
    team = scim.group("Team", ada)
    unit = scim.group("Unit", team, ada)
    assert kinds(scim.user_view(ada)) == {"Team": "direct", "Unit": "direct"}
    assert found(scim, f'groups[value eq "{unit}" and type eq "indirect"]') == set()
    assert found(scim, f'groups[value eq "{unit}" and type eq "direct"]') == {"ada"}


def test_filters_find_indirect_members(scim: ScimClient) -> None:
    """groups.value, groups.display and groups.type are those that a user shows."""
    ada, bob, _eve = (scim.user(name) for name in ("ada", "bob", "eve"))
    team = scim.group("Team", ada)
    unit = scim.group("Unit", team, bob)
    assert found(scim, f'groups.value eq "{unit}"') == {"ada", "bob"}
    assert found(scim, f'groups eq "{unit}"') == {"ada", "bob"}
    assert found(scim, f'groups.value eq "{team}"') == {"ada"}
    assert found(scim, 'groups.display eq "unit"') == {"ada", "bob"}
    assert found(scim, 'groups.type eq "indirect"') == {"ada"}
    assert found(scim, f'groups[value eq "{unit}" and type eq "indirect"]') == {"ada"}
    assert found(scim, f'groups[value eq "{unit}" and type eq "direct"]') == {"bob"}
    assert found(scim, f'groups.value ne "{unit}"') == {"eve"}
    assert found(scim, f'groups.value eq "{unit}" and groups.value eq "{team}"') == {"ada"}
    assert found(scim, "groups pr") == {"ada", "bob"}
    assert found(scim, "not (groups pr)") == {"eve"}


def test_a_circle_of_groups(scim: ScimClient) -> None:
    """Groups may hold each other, as providers push them in any order; all of a circle is shown, once."""
    ada = scim.user("ada")
    first = scim.group("First", ada)
    second = scim.group("Second", first)
    third = scim.group("Third", second)
    put_in(scim, first, third)
    assert kinds(scim.user_view(ada)) == {"First": "direct", "Second": "indirect", "Third": "indirect"}
    assert len(scim.user_view(ada)["groups"]) == 3
    assert found(scim, f'groups.value eq "{third}"') == found(scim, f'groups.value eq "{first}"') == {"ada"}
    assert found(scim, f'groups[value eq "{first}" and type eq "indirect"]') == set()


def test_a_group_leaves_another(scim: ScimClient) -> None:
    """When a group leaves the one above, or is deleted, its members leave with it."""
    ada = scim.user("ada")
    team, other = scim.group("Team", ada), scim.group("Other", ada)
    unit = scim.group("Unit", team, other)
    assert scim.patch(f"/Groups/{unit}", op("remove", f'members[value eq "{team}"]')).status_code == 200
    assert kinds(scim.user_view(ada)) == {"Team": "direct", "Other": "direct", "Unit": "indirect"}
    assert scim.delete(f"/Groups/{other}").status_code == 204
    assert kinds(scim.user_view(ada)) == {"Team": "direct"}
    assert found(scim, f'groups.value eq "{unit}"') == set()


def test_groups_are_renamed_everywhere(scim: ScimClient) -> None:
    """An indirect group shows its name of now."""
    ada = scim.user("ada")
    unit = scim.group("Unit", scim.group("Team", ada))
    scim.patch(f"/Groups/{unit}", op("replace", "displayName", "Division"))
    assert kinds(scim.user_view(ada)) == {"Team": "direct", "Division": "indirect"}


def test_without_nesting_a_read_is_one_statement(scim: ScimClient, statements: list[str]) -> None:
    """Only where groups nest does a read run one statement more, whatever the number of users."""
    people = [scim.user(f"user-{number}") for number in range(5)]
    team = scim.group("Team", *people)

    def cost(path: str) -> int:
        statements.clear()
        body_of(scim.get(path))
        return len([text for text in statements if "members" in text])

    assert (cost(f"/Users/{people[0]}"), cost("/Users?count=5"), cost("/Users?count=2")) == (1, 1, 1)
    scim.group("Unit", team)
    assert (cost(f"/Users/{people[0]}"), cost("/Users?count=5"), cost("/Users?count=2")) == (2, 2, 2)
