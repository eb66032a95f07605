"""A group that the policy protects keeps an active member, whatever is done to its members or to itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask

from app.runtime import EXTENSION
from tests.scim_client import PATCH, POLICY_ERROR, ScimClient, body_of, group, op, refused, tables
from tests.service import TenantUnderTest

Leaving = Callable[[ScimClient, str, str], int]
WAYS: dict[str, Leaving] = {
    "removed": lambda scim, team, id_: (
        scim.patch(f"/Groups/{team}", op("remove", f'members[value eq "{id_}"]')).status_code
    ),
    "deactivated": lambda scim, _team, id_: scim.patch(f"/Users/{id_}", op("replace", "active", False)).status_code,
    "deleted": lambda scim, _team, id_: scim.delete(f"/Users/{id_}").status_code,
}


@pytest.fixture
def guarded(app: Flask) -> TenantUnderTest:
    """Return a tenant that protects the members of a group."""
    rules = {"roles": [], "groups": ["Owners"]}
    return TenantUnderTest.create(app.extensions[EXTENSION], "guarded", protect_last=rules)


@pytest.fixture
def scim(app: Flask, guarded: TenantUnderTest) -> ScimClient:
    """Return its identity provider."""
    return ScimClient(app.test_client(), guarded, guarded.scim_token())


def test_the_last_active_member_stays(scim: ScimClient, guarded: TenantUnderTest) -> None:
    """No way of taking members, the group or its name leaves it without one; a refusal changes nothing."""
    ada, eve = scim.user("ada"), scim.user("eve", active=False)
    team = scim.group("owners", ada, eve)
    path, before = f"/Groups/{team}", tables(guarded)
    for answer in (
        scim.patch(path, op("remove", f'members[value eq "{ada}"]')),
        scim.patch(path, op("remove", "members")),
        scim.patch(path, op("replace", "members", [{"value": eve}])),
        scim.patch(path, op("replace", "displayName", "Others")),
        scim.put(path, group("Owners", eve)),
        scim.put(path, group("Owners")),
        scim.put(path, group("Others", ada, eve)),
        scim.delete(path),
        scim.delete(f"/Users/{ada}"),
        scim.patch(f"/Users/{ada}", op("replace", "active", False)),
    ):
        told = refused(answer, 409)
        assert told["detail"].startswith("Owners would have no active member left.")
        assert told[POLICY_ERROR]["code"] == "LAST_OWNER"
        assert told[POLICY_ERROR]["blocking"] == [{"type": "group", "value": "Owners", "count": 1}]
        assert told[POLICY_ERROR]["remedies"] == ["add_member"]
        assert tables(guarded) == before


def test_in_a_bulk_request_each_operation_is_judged(scim: ScimClient, guarded: TenantUnderTest) -> None:
    """Of two operations that take the two last members, the second is refused, and alone."""
    ada, bob = scim.user("ada"), scim.user("bob")
    team = scim.group("Owners", ada, bob)
    drop = {"schemas": [PATCH], "Operations": [op("remove", f'members[value eq "{ada}"]')]}
    done = body_of(
        scim.bulk(
            {"method": "PATCH", "path": f"/Groups/{team}", "data": drop},
            {"method": "DELETE", "path": f"/Users/{bob}"},
            {"method": "DELETE", "path": f"/Groups/{team}"},
        )
    )["Operations"]
    assert [each["status"] for each in done] == ["200", "409", "409"]
    assert [each["response"][POLICY_ERROR]["code"] for each in done[1:]] == ["LAST_OWNER"] * 2
    assert scim.members(team) == [bob]
    scim.patch(f"/Groups/{team}", op("add", "members", [{"value": ada}]))
    before = tables(guarded)
    empty = {"schemas": [PATCH], "Operations": [op("remove", "members")]}
    done = body_of(scim.bulk({"method": "PATCH", "path": f"/Groups/{team}", "data": empty}))["Operations"]
    assert [each["status"] for each in done] == ["409"]
    assert tables(guarded) == before


def test_what_leaves_an_active_member_is_allowed(scim: ScimClient) -> None:
    """Members may change places, inactive ones may go, and other groups are nobody's concern."""
    ada, bob, eve = scim.user("ada"), scim.user("bob"), scim.user("eve", active=False)
    team, other = scim.group("OWNERS", ada, eve), scim.group("Others", ada)
    swap = op("replace", "members", [{"value": bob}, {"value": eve}])
    assert scim.patch(f"/Groups/{team}", swap).status_code == 200
    assert scim.patch(f"/Groups/{team}", op("remove", f'members[value eq "{eve}"]')).status_code == 200
    assert scim.patch(f"/Groups/{team}", op("replace", "displayName", "Owners")).status_code == 200
    assert scim.delete(f"/Users/{ada}").status_code == 204
    assert scim.delete(f"/Groups/{other}").status_code == 204


@pytest.mark.parametrize(
    ("first", "second"), [("removed", "removed"), ("removed", "deactivated"), ("deleted", "removed")]
)
def test_of_two_members_leaving_at_once_one_stays(
    first: str, second: str, app: Flask, guarded: TenantUnderTest, scim: ScimClient
) -> None:
    """Two requests that each take away one of the two members: one of them is refused, and none is lost on the way."""
    clients = [ScimClient(app.test_client(), guarded, guarded.scim_token()) for _ in range(2)]
    team = scim.group("Owners", scim.user("last"))
    for number in range(4):
        ids = [scim.user(f"owner-{number}-{place}") for place in range(2)]
        body_of(scim.patch(f"/Groups/{team}", op("replace", "members", [{"value": id_} for id_ in ids])))
        leaves = [
            partial(WAYS[way], client, team, id_)
            for way, client, id_ in zip((first, second), clients, ids, strict=True)
        ]
        with ThreadPoolExecutor(2) as pool:
            statuses = [each.result() for each in [pool.submit(leave) for leave in leaves]]
        assert sorted(status == 409 for status in statuses) == [False, True], statuses
        assert all(status in {200, 204, 409} for status in statuses)
        active = [id_ for id_ in scim.members(team) if scim.user_view(id_)["active"]]
        assert len(active) == 1
