"""What a request costs the database: the same for a small group and for a large one, for one user and for a page."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert

from app.db.rows import MemberRow, UserRow
from tests.scim_client import PATCH, ScimClient, body_of, op, user
from tests.service import TenantUnderTest

Statements = list[str]
Counted = Callable[[], AbstractContextManager[Statements]]
LARGE = 5_000


@pytest.fixture
def counted(acme: TenantUnderTest) -> Counted:
    """Collect the statements that run within a block."""

    @contextmanager
    def counted() -> Iterator[Statements]:
        seen: Statements = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        engine = acme.runtime.database.engine
        event.listen(engine, "before_cursor_execute", note)
        yield seen
        event.remove(engine, "before_cursor_execute", note)

    return counted


@pytest.fixture
def crowd(scim: ScimClient, acme: TenantUnderTest) -> list[str]:
    """Put five thousand users into the database, copies of one, and return their ids."""
    first = scim.user("user-0")
    with acme.runtime.database.unit_of_work(acme.id) as work:
        table = UserRow.__table__
        row = dict(work.connection.execute(table.select().where(table.c.id == first)).one()._mapping)
        names = [f"user-{number}" for number in range(1, LARGE)]
        copies = [{**row, "id": f"u{name}", "user_name": name, "user_name_key": name} for name in names]
        work.connection.execute(insert(UserRow), copies)
    return [first, *(copy["id"] for copy in copies)]


@pytest.fixture
def enlarge(acme: TenantUnderTest) -> Callable[[str, list[str]], None]:
    """Put users into a group, past the service."""

    def enlarge(group_id: str, ids: list[str]) -> None:
        rows = [{"tenant_id": acme.id, "group_id": group_id, "member_id": id_, "type": "User"} for id_ in ids]
        with acme.runtime.database.unit_of_work(acme.id) as work:
            work.connection.execute(insert(MemberRow), rows)

    return enlarge


def reads_of_members(statements: Statements) -> Statements:
    """Return the statements that read members, not those that look some of them up."""
    return [text for text in statements if text.startswith("SELECT") and "FROM members" in text]


def test_a_member_of_a_large_group_costs_what_one_of_a_small_group_costs(
    scim: ScimClient, entra: ScimClient, crowd: list[str], counted: Counted, enlarge: Callable[[str, list[str]], None]
) -> None:
    """Adding and removing one member runs as many statements in a group of 5,000 as in an empty one."""
    small, large = scim.group("Small"), scim.group("Large")
    enlarge(large, crowd[1:])
    for operation in (
        op("Add", "members", [{"value": crowd[0]}]),
        op("Remove", f'members[value eq "{crowd[0]}"]'),
        op("Add", "members", [{"value": crowd[0]}]),
        op("Remove", "members", [{"value": crowd[0]}]),
    ):
        costs = []
        for group_id in (small, large):
            with counted() as statements:
                assert entra.patch(f"/Groups/{group_id}", operation).status_code == 204
            costs.append(len(statements))
            assert all("members.member_id = " in text for text in reads_of_members(statements)), statements
        assert costs[0] == costs[1] <= 11, operation


def test_a_group_asked_for_without_members_reads_none(scim: ScimClient, counted: Counted) -> None:
    """excludedAttributes=members, and attributes that do not name them, run no query on members."""
    team = scim.group("Team", scim.user("ada"))
    for asked in ({"excludedAttributes": "members"}, {"excludedAttributes": "MEMBERS"}, {"attributes": "displayName"}):
        for path in (f"/Groups/{team}", "/Groups"):
            with counted() as statements:
                assert "members" not in str(body_of(scim.get(path, **asked)).get("Resources"))
            assert not [text for text in statements if "members" in text], statements
    with counted() as statements:
        assert body_of(scim.get(f"/Groups/{team}"))["members"]
    assert len(reads_of_members(statements)) == 1


def test_a_page_costs_what_a_resource_costs(scim: ScimClient, counted: Counted, crowd: list[str]) -> None:
    """A page of 100 users, or of groups, runs as many statements as a page of one: no query a resource."""
    for place, id_ in enumerate(crowd[:6]):
        scim.group(f"Team {place}", id_, crowd[place + 7])
    for path in ("/Users", "/Groups"):
        costs = []
        for count in (1, 3, 100):
            with counted() as statements:
                listed = body_of(scim.get(path, count=str(count)))
            assert listed["itemsPerPage"] == min(count, listed["totalResults"])
            costs.append(len(statements))
        # A page that is not full tells the total by itself, and spares the statement that counts.
        assert max(costs) - min(costs) <= 1, path
        assert max(costs) <= 8, path
    with counted() as statements:
        body_of(scim.get("/Users", count="100", excludedAttributes="groups"))
    assert not [text for text in statements if "members" in text]


def test_a_write_costs_what_it_must(scim: ScimClient, counted: Counted) -> None:
    """Each step of a write is one statement, however many audit entries, events and keys there are."""
    ada = scim.user("ada")
    both = [op("replace", "active", False), op("replace", "title", "x")]
    for most, method, path, body in (
        (7, "POST", "/Users", user("bob")),
        (9, "PATCH", f"/Users/{ada}", {"schemas": [PATCH], "Operations": both}),
        (8, "PATCH", f"/Users/{ada}", {"schemas": [PATCH], "Operations": [op("replace", "active", True)]}),
        (9, "PUT", f"/Users/{ada}", user("ada", title="y")),
        (9, "DELETE", f"/Users/{ada}", None),
    ):
        with counted() as statements:
            assert scim.send(method, path, body).status_code in {200, 201, 204}
        assert len(statements) <= most, (method, statements)


def test_bulk_asks_once_for_all_names(scim: ScimClient, counted: Counted) -> None:
    """Many creations cost as many statements as one, and the savepoint that holds them."""
    creations = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": str(number),
            "data": user(f"user-{number}", externalId=str(number)),
        }
        for number in range(30)
    ]
    with counted() as statements:
        done = body_of(scim.bulk(*creations))["Operations"]
    assert [each["status"] for each in done] == ["201"] * 30
    assert len(statements) <= 12, statements
