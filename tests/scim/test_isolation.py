"""Tenants apart: no token, id, member or filter of one reaches the other."""

import pytest
from flask.testing import FlaskClient

from tests.scim.conftest import Connect
from tests.scim_client import BULK, PATCH, SEARCH, ScimClient, body_of, group, op, refused, tables, user
from tests.service import TenantUnderTest

ROUTES = [
    (method, path)
    for path in (
        "",
        "/",
        "/Users",
        "/Users/{user}",
        "/Groups",
        "/Groups/{group}",
        "/Users/.search",
        "/Groups/.search",
        "/.search",
        "/Bulk",
        "/Me",
        "/Schemas",
        "/Schemas/x",
        "/ResourceTypes",
        "/ResourceTypes/User",
        "/ServiceProviderConfig",
        "/x",
    )
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
]


@pytest.fixture
def theirs(connect: Connect, globex: TenantUnderTest) -> ScimClient:
    """Return a connection of another tenant."""
    return connect("strict", globex)


def test_no_route_opens_to_a_foreign_token(
    client: FlaskClient, scim: ScimClient, theirs: ScimClient, acme: TenantUnderTest
) -> None:
    """Every route is 401 for another tenant's token, for none, for garbage and for the host application's."""
    ids = {"user": scim.user("ada", displayName="Secret"), "group": scim.group("Secret")}
    before = tables(acme)
    shown = {
        "another tenant's": theirs.tenant.bearer(theirs.token),
        "none": {},
        "garbage": {"Authorization": "Bearer garbage"},
        "the host application's": acme.bearer(acme.api_token()),
        "another scheme": {"Authorization": f"Basic {scim.token}"},
        "altered": acme.bearer(scim.token[:-1] + ("A" if scim.token[-1] != "A" else "B")),
    }
    before = tables(acme)
    for whose, headers in shown.items():
        for method, path in ROUTES:
            answer = client.open(f"/t/acme/scim/v2{path.format(**ids)}", method=method, headers=headers, json=user("x"))
            assert answer.status_code == 401, (whose, method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
            assert "Secret" not in refused(answer, 401)["detail"]
    assert tables(acme) == before


def test_an_unknown_tenant_looks_like_a_wrong_token(client: FlaskClient, scim: ScimClient) -> None:
    """Nobody learns which tenants there are."""
    for slug in ("nobody", "ACME", "acme%20", "x" * 200, "a.b"):
        answer = client.get(f"/t/{slug}/scim/v2/Users", headers=scim.tenant.bearer(scim.token))
        refused(answer, 401)


def test_a_head_without_a_token_is_refused_too(client: FlaskClient) -> None:
    """HEAD is a GET without the body."""
    answer = client.head("/t/acme/scim/v2/Users")
    assert (answer.status_code, answer.data) == (401, b"")


def test_foreign_ids_lead_nowhere(scim: ScimClient, theirs: ScimClient, acme: TenantUnderTest) -> None:
    """Users and groups of another tenant are 404 by every verb, alone and in bulk."""
    ada, team = scim.user("ada"), scim.group("Team")
    before = tables(acme)
    for path, body in ((f"/Users/{ada}", user("x")), (f"/Groups/{team}", group("x"))):
        refused(theirs.get(path), 404)
        refused(theirs.put(path, body), 404)
        refused(theirs.patch(path, op("replace", "displayName", "x")), 404)
        refused(theirs.delete(path), 404)
        patch = {"schemas": [PATCH], "Operations": [op("replace", "displayName", "x")]}
        operations = [
            {"method": "PUT", "path": path, "data": body},
            {"method": "PATCH", "path": path, "data": patch},
            {"method": "DELETE", "path": path},
        ]
        answer = body_of(theirs.post("/Bulk", {"schemas": [BULK], "Operations": operations}))
        assert {each["status"] for each in answer["Operations"]} == {"404"}
    assert tables(acme) == before


def test_foreign_members_are_refused_or_dropped(
    scim: ScimClient, theirs: ScimClient, connect: Connect, globex: TenantUnderTest
) -> None:
    """A member of another tenant is unknown: strict connections hear so, others lose it."""
    ada = scim.user("ada", displayName="Secret")
    team = theirs.group("Team")
    refused(theirs.patch(f"/Groups/{team}", op("add", "members", [{"value": ada}])), 400, "invalidValue")
    refused(theirs.post("/Groups", group("Other", ada)), 400, "invalidValue")
    okta = connect("okta", globex)
    okta.patch(f"/Groups/{team}", op("add", "members", [{"value": ada}]))
    other = body_of(okta.post("/Groups", group("Other", ada)), 201)
    assert theirs.members(team) == []
    assert "members" not in other
    assert "groups" not in scim.user_view(ada)


def test_filters_and_lists_see_one_tenant(scim: ScimClient, theirs: ScimClient) -> None:
    """No filter, sort or count of one tenant notices the other's resources."""
    ada = scim.user("ada", externalId="00u1", emails=[{"value": "ada@acme.example"}], roles=[{"value": "Owner"}])
    scim.group("Team", ada)
    filters = [
        'userName eq "ada"',
        "id pr",
        f'id eq "{ada}"',
        'externalId eq "00u1"',
        'emails[value eq "ada@acme.example"]',
        'roles.value eq "Owner"',
        'not (userName eq "x")',
        "groups pr",
        'groups.display eq "Team"',
        'meta.created gt "2000-01-01T00:00:00Z"',
    ]
    for filter_ in filters:
        assert body_of(scim.get("/Users", filter=filter_))["totalResults"] == 1, filter_
        assert body_of(theirs.get("/Users", filter=filter_))["totalResults"] == 0, filter_
        asked = {"schemas": [SEARCH], "filter": filter_}
        assert body_of(theirs.post("/Users/.search", asked))["totalResults"] == 0
    for filter_ in ('displayName eq "Team"', f'members.value eq "{ada}"', f'members[value eq "{ada}"]', "members pr"):
        assert body_of(scim.get("/Groups", filter=filter_))["totalResults"] == 1, filter_
        assert body_of(theirs.get("/Groups", filter=filter_))["totalResults"] == 0, filter_
    assert body_of(theirs.get("/Users"))["Resources"] == body_of(theirs.get("/Groups"))["Resources"] == []


def test_names_are_free_in_another_tenant(scim: ScimClient, theirs: ScimClient) -> None:
    """The same userName, externalId and displayName live in both tenants, and the last Owner is each tenant's own."""
    owner = {"roles": [{"value": "Owner"}], "externalId": "00u1"}
    ada, eve = scim.user("ada", **owner), theirs.user("ada", **owner)
    assert scim.group("Team") != theirs.group("Team")
    assert ada != eve
    refused(theirs.delete(f"/Users/{eve}"), 409)
    refused(scim.delete(f"/Users/{ada}"), 409)


def test_a_reading_connection_does_not_write(scim: ScimClient, connect: Connect, acme: TenantUnderTest) -> None:
    """A token of the scope scim.read reads, and is refused with 403 for the rest (RFC 7644 §2)."""
    reader = connect("strict", scopes="scim.read")
    ada = scim.user("ada")
    before = tables(acme)
    assert reader.user_view(ada)["userName"] == "ada"
    assert body_of(reader.post("/Users/.search", {"schemas": [SEARCH]}))["totalResults"] == 1
    refused(reader.post("/Users", user("x")), 403)
    refused(reader.put(f"/Users/{ada}", user("x")), 403)
    refused(reader.patch(f"/Users/{ada}", op("replace", "active", False)), 403)
    refused(reader.delete(f"/Users/{ada}"), 403)
    operations = reader.bulk({"method": "DELETE", "path": f"/Users/{ada}"})
    if operations.status_code != 403:
        assert body_of(operations)["Operations"][0]["status"] == "403"
    assert tables(acme) == before


def test_a_bare_token_is_for_okta(client: FlaskClient, connect: Connect) -> None:
    """A token without "Bearer" is accepted from connections of Okta alone."""
    for dialect, status in (("okta", 200), ("strict", 401), ("entra", 401), ("onelogin", 401)):
        answer = client.get("/t/acme/scim/v2/Users", headers={"Authorization": connect(dialect).token})
        assert answer.status_code == status, dialect
