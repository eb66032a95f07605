"""The last Owner stays, whatever the path: a refusal leaves nothing changed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from tests.scim.conftest import Connect
from tests.scim_client import PATCH, POLICY_ERROR, ScimClient, body_of, op, refused, tables, user
from tests.service import TenantUnderTest

OWNER = [{"value": "Owner", "primary": True}]
PATCHES: dict[str, list[dict[str, Any]]] = {
    "deactivated": [op("replace", "active", False)],
    "deactivated without a path": [op("replace", None, {"active": False})],
    "roles removed": [op("remove", "roles")],
    "role removed by filter": [op("remove", 'roles[value eq "Owner"]')],
    "roles replaced": [op("replace", "roles", [{"value": "Analyst"}])],
    "role renamed": [op("replace", 'roles[value eq "Owner"].value', "Analyst")],
    "roles emptied": [op("replace", "roles", [])],
    "roles replaced without a path": [op("replace", None, {"roles": [{"value": "Analyst"}]})],
    "stripped and deactivated": [op("remove", "roles"), op("replace", "active", False)],
    "deactivated beside a change": [op("replace", "displayName", "X"), op("replace", "active", False)],
}
PUTS: dict[str, dict[str, Any]] = {
    "without roles": user("ada"),
    "with other roles": user("ada", roles=[{"value": "Analyst"}]),
    "inactive": user("ada", roles=OWNER, active=False),
}


def owner(scim: ScimClient, name: str = "ada", role: str = "Owner") -> str:
    """Create an owner."""
    return scim.user(name, roles=[{"value": role, "primary": True}])


def test_the_last_owner_stays(scim: ScimClient, acme: TenantUnderTest) -> None:
    """No PATCH, PUT or DELETE leaves the tenant without an Owner; each is 409 with what to do about it."""
    ada = owner(scim)
    before = tables(acme)
    answers = [scim.patch(f"/Users/{ada}", *operations) for operations in PATCHES.values()]
    answers += [scim.put(f"/Users/{ada}", body) for body in PUTS.values()]
    answers.append(scim.delete(f"/Users/{ada}"))
    for answer in answers:
        body = refused(answer, 409)
        assert body[POLICY_ERROR]["code"] == "LAST_OWNER"
        assert body[POLICY_ERROR]["remedies"] == ["assign_role"]
        assert POLICY_ERROR in body["schemas"]
        assert "Owner" in body["detail"]
        assert tables(acme) == before


@pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])
def test_no_spelling_walks_around_the_guard(dialect: str, connect: Connect, acme: TenantUnderTest) -> None:
    """Lenient spellings meet the same guard, and so does a role in another case."""
    scim = connect(dialect)
    ada = owner(scim, role="OWNER")
    before = tables(acme)
    for operation in (
        op("Replace", "active", "False"),
        op("Replace", None, {"active": [{"value": "False"}]}),
        op("Remove", 'roles[primary eq "True"]'),
        op("Remove", "roles", OWNER),
    ):
        answer = scim.patch(f"/Users/{ada}", operation)
        assert answer.status_code == 409, (operation, answer.text)
        assert tables(acme) == before


def test_an_inactive_last_owner_is_not_deleted(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A staged Owner that no active one stands beside cannot be deleted either."""
    ada = scim.user("ada", roles=OWNER, active=False)
    before = tables(acme)
    refused(scim.delete(f"/Users/{ada}"), 409)
    assert tables(acme) == before


def test_a_bulk_request_does_not_walk_around_the_guard(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Each operation of a bulk request meets the guard; what is refused changes nothing."""
    ada = owner(scim)
    before = tables(acme)
    patch = {"schemas": [PATCH], "Operations": [op("remove", "roles")]}
    answer = scim.bulk(
        {"method": "DELETE", "path": f"/Users/{ada}"},
        {"method": "PATCH", "path": f"/Users/{ada}", "data": patch},
        {"method": "PUT", "path": f"/Users/{ada}", "data": user("ada", active=False)},
    )
    assert [each["status"] for each in body_of(answer)["Operations"]] == ["409", "409", "409"]
    assert tables(acme) == before


def test_with_two_owners_one_may_go(scim: ScimClient) -> None:
    """An Owner may leave as long as another active one stays; an inactive one does not count."""
    ada, bob = owner(scim, "ada"), owner(scim, "bob")
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))["active"] is False
    refused(scim.patch(f"/Users/{bob}", op("replace", "active", False)), 409)
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "active", True)))["active"] is True
    assert scim.delete(f"/Users/{bob}").status_code == 204


@pytest.mark.parametrize("path", ["deactivate", "strip", "delete"])
def test_of_two_owners_leaving_at_once_one_stays(path: str, app: Flask, acme: TenantUnderTest) -> None:
    """Two requests that each take away one of the two Owners: one of them is refused."""
    clients = [ScimClient(app.test_client(), acme, acme.scim_token("strict")) for _ in range(2)]
    last = owner(clients[0], "first")
    for number in range(4):
        ids = [owner(clients[0], f"owner-{number}-{place}") for place in range(2)]
        assert clients[0].delete(f"/Users/{last}").status_code == 204
        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(lambda client, id_: leave(client, path, id_), clients, ids))
        assert statuses == [204 if path == "delete" else 200, 409]
        last = owner(clients[0], f"last-{number}")
        for id_ in ids:
            clients[0].delete(f"/Users/{id_}")


def leave(client: ScimClient, path: str, id_: str) -> int:
    """Take an Owner away in one of the ways there are."""
    if path == "delete":
        return client.delete(f"/Users/{id_}").status_code
    change = op("replace", "active", False) if path == "deactivate" else op("remove", "roles")
    return client.patch(f"/Users/{id_}", change).status_code
