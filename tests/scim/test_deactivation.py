"""Every spelling of active=false ends access at once, and nothing that is not true or false is taken for either."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.scim.conftest import Connect
from tests.scim_client import ENTERPRISE, PATCH, USER, ScimClient, body_of, created, op, refused, tables, user
from tests.service import TenantUnderTest

SignIn = Callable[[str], str]
MayGoOn = Callable[[str], bool]

BY_PATCH: dict[str, Any] = {
    "by path": op("replace", "active", False),
    "without a path": op("replace", None, {"active": False}),
    "by add": op("add", "active", False),
    "by add without a path": op("add", None, {"active": False}),
    "by its URN": op("replace", f"{USER}:active", False),
    "whatever the case of its name": op("replace", "ACTIVE", False),
    "beside other attributes": op("replace", None, {"displayName": "Gone", "active": False}),
}
BY_LENIENT_PATCH: dict[str, Any] = {
    "as Entra spells it": op("Replace", "active", "False"),
    "as Entra adds it": op("Add", "active", "False"),
    "in lower case": op("replace", "active", "false"),
    "in upper case": op("REPLACE", "active", "FALSE"),
    "without a path": op("Replace", None, {"active": "False"}),
    "by its URN": op("Replace", f"{USER}:active", "False"),
    "by its URN as a key": op("Replace", None, {f"{USER}:active": "False"}),
    "wrapped in a list": op("Replace", "active", [{"value": "False"}]),
    "wrapped in an object": op("replace", "active", {"value": False}),
    "wrapped without a path": op("Replace", None, {"active": [{"value": "False"}]}),
    "beside an extension": op("Replace", None, {f"{ENTERPRISE}:department": "Out", "active": "False"}),
}
NEITHER: list[Any] = ["no", "0", 0, 1, "", "falsch", [], {}, [True, False], {"value": "maybe"}, "tru e", 0.0, [[]]]


@pytest.fixture
def sign_in(client: FlaskClient, acme: TenantUnderTest) -> SignIn:
    """Register a session of a user at the host application, and return its id."""
    headers = acme.bearer(acme.api_token())

    def sign_in(user_id: str) -> str:
        answer = client.post(f"/t/acme/api/v1/users/{user_id}/sessions", headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["sid"])

    return sign_in


@pytest.fixture
def may_go_on(client: FlaskClient, acme: TenantUnderTest) -> MayGoOn:
    """Ask whether a session may go on (RFC 7662)."""
    headers = acme.bearer(acme.api_token())

    def may_go_on(sid: str) -> bool:
        return bool(client.post("/t/acme/oauth/introspect", data={"token": sid}, headers=headers).get_json()["active"])

    return may_go_on


def assert_ends(scim: ScimClient, sign_in: SignIn, may_go_on: MayGoOn, operations: dict[str, Any]) -> None:
    """Assert that each operation ends the session of a user of its own, and is told by every read."""
    for number, (spelling, operation) in enumerate(operations.items()):
        ada = scim.user(f"ada-{number}")
        sid = sign_in(ada)
        assert may_go_on(sid)
        answer = scim.patch(f"/Users/{ada}", operation)
        assert answer.status_code == 200, f"{spelling}: {answer.text}"
        assert answer.get_json()["active"] is False, spelling
        assert not may_go_on(sid), spelling
        assert scim.user_view(ada)["active"] is False, spelling
        found = body_of(scim.get("/Users", filter=f'userName eq "ada-{number}"'))["Resources"]
        assert [entry["active"] for entry in found] == [False]


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_a_patch_ends_access(dialect: str, connect: Connect, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """Each well-formed PATCH of active ends the sessions of the user, and every read says so."""
    assert_ends(connect(dialect), sign_in, may_go_on, BY_PATCH)


@pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])
def test_a_lenient_patch_ends_access(dialect: str, connect: Connect, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """So does each spelling that identity providers are known to send."""
    assert_ends(connect(dialect), sign_in, may_go_on, BY_LENIENT_PATCH)


def test_strict_connections_send_booleans(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A strict connection is told that "False" is not false, and the user stays as it was."""
    ada = scim.user("ada")
    before = tables(acme)
    for word in ("False", "false", "True"):
        refused(scim.patch(f"/Users/{ada}", op("replace", "active", word)), 400, "invalidValue")
        refused(scim.put(f"/Users/{ada}", user("ada", active=word)), 400, "invalidValue")
    assert tables(acme) == before


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_a_put_ends_access(dialect: str, connect: Connect, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """A PUT of active=false does the same, as a string too where the dialect reads one."""
    scim = connect(dialect)
    for number, value in enumerate([False] if dialect == "strict" else [False, "False", "false", [{"value": "False"}]]):
        ada = scim.user(f"ada-{number}")
        sid = sign_in(ada)
        body = body_of(scim.put(f"/Users/{ada}", user(f"ada-{number}", active=value)))
        assert (body["active"], may_go_on(sid)) == (False, False)


def test_a_delete_ends_access(scim: ScimClient, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """A DELETE of an active user ends its sessions too."""
    ada = scim.user("ada")
    sid = sign_in(ada)
    assert scim.delete(f"/Users/{ada}").status_code == 204
    assert not may_go_on(sid)


def test_a_bulk_request_ends_access(scim: ScimClient, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """So do PATCH, PUT and DELETE inside of a bulk request (RFC 7644 §3.7)."""
    ids = [scim.user(name) for name in ("ada", "bob", "cleo")]
    sids = [sign_in(id_) for id_ in ids]
    patch = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}
    answer = scim.bulk(
        {"method": "PATCH", "path": f"/Users/{ids[0]}", "data": patch},
        {"method": "PUT", "path": f"/Users/{ids[1]}", "data": user("bob", active=False)},
        {"method": "DELETE", "path": f"/Users/{ids[2]}"},
    )
    assert [each["status"] for each in body_of(answer)["Operations"]] == ["200", "200", "204"]
    assert not any(map(may_go_on, sids))


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_neither_true_nor_false_is_refused(dialect: str, connect: Connect, acme: TenantUnderTest) -> None:
    """Anything else is 400 invalidValue by PATCH, PUT and POST, and changes nothing."""
    scim = connect(dialect)
    ada = scim.user("ada")
    before = tables(acme)
    for value in NEITHER:
        for answer in (
            scim.patch(f"/Users/{ada}", op("replace", "active", value)),
            scim.patch(f"/Users/{ada}", op("add", "active", value)),
            scim.patch(f"/Users/{ada}", op("replace", None, {"active": value})),
            scim.put(f"/Users/{ada}", user("ada", active=value)),
            scim.post("/Users", user("new", active=value)),
        ):
            assert answer.status_code == 400, f"{value!r}: {answer.text}"
            assert "active" in refused(answer, 400, "invalidValue")["detail"], value
    assert tables(acme) == before


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra"])
def test_removing_active_changes_no_access(
    dialect: str, connect: Connect, client: FlaskClient, acme: TenantUnderTest
) -> None:
    """A remove of active, or null for it, gives no inactive user access, and takes none away."""
    scim, headers = connect(dialect), acme.bearer(acme.api_token())
    for active in (True, False):
        ada = scim.user(f"ada-{active}", active=active)
        for operation in (op("remove", "active"), op("replace", "active", None), op("replace", None, {"active": None})):
            scim.patch(f"/Users/{ada}", operation)
            scim.put(f"/Users/{ada}", user(f"ada-{active}", active=None))
            answer = client.post(f"/t/acme/api/v1/users/{ada}/sessions", headers=headers)
            assert answer.status_code == (201 if active else 403)


def test_reactivation_revives_no_session(scim: ScimClient, sign_in: SignIn, may_go_on: MayGoOn) -> None:
    """Who comes back signs in again: old sessions stay dead."""
    ada = scim.user("ada")
    sid = sign_in(ada)
    body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "active", True)))["active"] is True
    assert not may_go_on(sid)
    assert may_go_on(sign_in(ada))


def test_a_repeated_deactivation_is_nothing(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A second active=false bumps no version and leaves no audit and no event."""
    ada = scim.user("ada")
    body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))
    before = tables(acme)
    body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))
    body_of(scim.put(f"/Users/{ada}", user("ada", active=False)))
    assert tables(acme) == before


def test_two_operations_of_one_patch_end_as_the_last_says(scim: ScimClient) -> None:
    """Operations apply in their order."""
    ada = scim.user("ada")
    body = body_of(scim.patch(f"/Users/{ada}", op("replace", "active", True), op("replace", "active", False)))
    assert body["active"] is False


def test_a_user_may_be_created_inactive(scim: ScimClient, acme: TenantUnderTest, client: FlaskClient) -> None:
    """A user that is staged inactive may not sign in."""
    ada = created(scim.post("/Users", user("ada", active=False)))
    headers = acme.bearer(acme.api_token())
    assert client.post(f"/t/acme/api/v1/users/{ada}/sessions", headers=headers).status_code == 403


def test_an_operators_deactivation_for_security_stays(
    scim: ScimClient, client: FlaskClient, acme: TenantUnderTest
) -> None:
    """An identity provider's active=true is refused with 403, by every verb, and changes nothing."""
    ada = scim.user("ada", externalId="00u1")
    asked = {"headers": acme.bearer(acme.api_token()), "json": {"reason": "security"}}
    assert client.post(f"/t/acme/api/v1/users/{ada}/deactivate", **asked).status_code == 200
    before = tables(acme)
    for answer in (
        scim.patch(f"/Users/{ada}", op("replace", "active", True)),
        scim.put(f"/Users/{ada}", user("ada", active=True)),
        scim.post("/Users", user("ada", externalId="00u1")),
    ):
        refused(answer, 403)
    assert tables(acme) == before
