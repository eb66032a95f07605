"""Who a user is: names are unique in a tenant, and who returns by the same connection is the same user."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.scim.conftest import Connect
from tests.scim_client import POLICY_ERROR, ScimClient, body_of, created, op, refused, tables, user
from tests.service import TenantUnderTest


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@acme.example", "ada@acme.example"),
        ("ada@acme.example", "ADA@Acme.Example"),
        ("jos\u00e9", "jose\u0301"),
    ],
    ids=["same", "case", "normal forms"],
)
def test_a_user_name_is_taken_once(scim: ScimClient, acme: TenantUnderTest, first: str, second: str) -> None:
    """A userName that differs in case or in normal form alone is a duplicate (RFC 7643 §4.1.1)."""
    ada, bob = scim.user(first), scim.user("bob")
    before = tables(acme)
    for answer in (
        scim.post("/Users", user(second)),
        scim.put(f"/Users/{bob}", user(second)),
        scim.patch(f"/Users/{bob}", op("replace", "userName", second)),
    ):
        body = refused(answer, 409, "uniqueness")
        assert ada in body["detail"]
        assert body[POLICY_ERROR]["code"] == "USER_NAME_TAKEN"
    assert tables(acme) == before


def test_a_user_may_change_the_case_of_its_own_name(scim: ScimClient) -> None:
    """A user is no obstacle to itself."""
    ada = scim.user("ada")
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "userName", "Ada")))["userName"] == "Ada"


def test_of_two_creations_at_once_one_wins(app: Flask, acme: TenantUnderTest) -> None:
    """Two POSTs of one userName at the same moment give one 201 and one 409, and one user."""
    clients = [ScimClient(app.test_client(), acme, acme.scim_token("okta")) for _ in range(4)]
    for number in range(5):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda client: client.post("/Users", user(f"ada-{number}")), clients))  # noqa: B023
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        for answer in answers:
            if answer.status_code == 409:
                refused(answer, 409, "uniqueness")
        assert body_of(clients[0].get("/Users"))["totalResults"] == number + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (user("ada", externalId="00u1"), user("ada", externalId="00u1")),
        (user("ada", externalId="00u1"), user("ada.king", externalId="00u1")),
        (user("ada"), user("ADA")),
        (user("ada", externalId="00u1"), user("ada", externalId="00u2")),
    ],
    ids=["both", "externalId", "userName", "userName and another externalId"],
)
def test_who_was_deleted_returns_under_the_same_id(
    okta: ScimClient, before: dict[str, object], after: dict[str, object]
) -> None:
    """A creation by the same connection brings the tombstoned user back."""
    ada = created(okta.post("/Users", before))
    okta.delete(f"/Users/{ada}")
    body = body_of(okta.post("/Users", after), 201)
    assert (body["id"], body["active"], body["userName"]) == (ada, True, after["userName"])
    assert okta.user_view(ada) == body


def test_another_connection_gets_another_user(connect: Connect) -> None:
    """Neither externalId nor userName lets one connection take up another's deleted user."""
    first, second = connect("okta"), connect("okta")
    ada = first.user("ada", externalId="00u1")
    first.delete(f"/Users/{ada}")
    again = second.user("ada", externalId="00u1")
    assert again != ada
    refused(second.get(f"/Users/{ada}"), 404)


def test_who_is_inactive_is_reactivated_by_the_same_external_id(okta: ScimClient) -> None:
    """A re-hire that comes as a POST with the same externalId is the same user, active again."""
    ada = okta.user("ada", externalId="00u1")
    okta.patch(f"/Users/{ada}", op("replace", "active", False))
    body = body_of(okta.post("/Users", user("ada", externalId="00u1", displayName="Ada K.")), 201)
    assert (body["id"], body["active"], body["displayName"]) == (ada, True, "Ada K.")


def test_the_name_of_an_inactive_user_is_refused_with_its_id(connect: Connect, acme: TenantUnderTest) -> None:
    """Whoever may not take an inactive user up is told which one to reactivate."""
    okta, other = connect("okta"), connect("okta")
    ada = okta.user("ada", externalId="00u1")
    okta.patch(f"/Users/{ada}", op("replace", "active", False))
    before = tables(acme)
    for client, external_id in ((okta, "00u2"), (other, "00u1")):
        body = refused(client.post("/Users", user("ada", externalId=external_id)), 409, "uniqueness")
        assert ada in body["detail"]
        assert body[POLICY_ERROR]["code"] == "EMAIL_OF_INACTIVE"
    assert tables(acme) == before


def test_an_active_user_is_never_taken_up(okta: ScimClient) -> None:
    """The same externalId as an active user's makes no second user under its name, and changes neither."""
    ada = okta.user("ada", externalId="00u1")
    refused(okta.post("/Users", user("ada", externalId="00u1", title="x")), 409, "uniqueness")
    assert "title" not in okta.user_view(ada)
