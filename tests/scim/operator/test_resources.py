"""A type of an operator's is served as users and groups are."""

from app.db.rows import AuditRow, OutboxRow
from tests.scim.conftest import Connect
from tests.scim.operator.conftest import DEVICE, LEASE, TEAM, TRAITS
from tests.scim_client import ScimClient, body_of, created, group, location, op, refused, tables, user
from tests.service import TenantUnderTest


def body(name: str, **attributes: object) -> dict[str, object]:
    """Return the body of a device."""
    return {"schemas": [DEVICE], "displayName": name, **attributes}


def test_the_life_of_a_resource(scim: ScimClient, acme: TenantUnderTest) -> None:
    """It is created, read, replaced, patched and deleted, and each change is told once."""
    answer = scim.post("/Devices", body("router", externalId="e", active=False, members=["m"]))
    view = body_of(answer, 201)
    path = f"/Devices/{view['id']}"
    assert answer.headers["Location"] == view["meta"]["location"] == location(path)
    assert view["meta"]["resourceType"] == "Device"
    assert (view["active"], view["members"]) == (False, ["m"])
    assert scim.get(path, headers={"If-None-Match": 'W/"1"'}).status_code == 304
    refused(scim.put(path, body("x"), headers={"If-Match": 'W/"9"'}), 412)
    replaced = body_of(scim.put(path, body("switch")))
    assert (replaced["displayName"], replaced["externalId"]) == ("switch", "e")
    assert "members" not in replaced
    body_of(scim.patch(path, op("add", f"{LEASE}:contract", "K")))
    assert body_of(scim.get(path))["schemas"] == [DEVICE, LEASE]
    assert scim.delete(path).status_code == 204
    for again in (scim.get(path), scim.delete(path), scim.patch(path, op("add", "label", "x"))):
        refused(again, 404)
    told = ["resource.created", "resource.deleted", "resource.updated", "resource.updated"]
    rows = tables(acme)
    for table in (AuditRow.__tablename__, OutboxRow.__tablename__):
        assert sorted(word for row in rows[table] for word in told[:3] for _ in range(row.count(f"'{word}'"))) == told
    assert not rows["resources"]
    assert not rows["resource_keys"]


def test_searches(scim: ScimClient) -> None:
    """Resources are listed by pages and cursors, by .search, and from the root behind users and groups."""
    ids = [created(scim.post("/Devices", body(f"d{number}"))) for number in range(3)]
    scim.user("ann")
    assert [each["id"] for each in body_of(scim.get("/Devices", startIndex="2"))["Resources"]] == ids[1:]
    first = body_of(scim.get("/Devices", cursor="", count="2"))
    second = body_of(scim.get("/Devices", cursor=first["nextCursor"], count="2"))
    assert [each["id"] for page in (first, second) for each in page["Resources"]] == ids
    asked = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'displayName eq "D1"'}
    assert body_of(scim.post("/Devices/.search", asked))["totalResults"] == 1
    assert body_of(scim.post("/.search", asked))["totalResults"] == 1
    everything = body_of(scim.get("/"))["Resources"]
    assert [each["meta"]["resourceType"] for each in everything] == ["User", *["Device"] * 3]


def test_bulk(scim: ScimClient) -> None:
    """Bulk operations reach an operator's type, and refer to what others made."""
    answer = scim.bulk(
        {"method": "POST", "path": "/Devices", "bulkId": "a", "data": body("one", serial="S")},
        {"method": "POST", "path": "/Devices", "bulkId": "b", "data": body("two", serial="S")},
        {"method": "POST", "path": "/Devices", "bulkId": "c", "data": body("three", label="bulkId:a")},
    )
    first, second, third = body_of(answer)["Operations"]
    assert (first["status"], second["status"], third["status"]) == ("201", "409", "201")
    label = body_of(scim.get("/Devices/" + third["location"].rpartition("/")[2]))["label"]
    assert label == first["location"].rpartition("/")[2]


def test_tenants_are_apart(scim: ScimClient, connect: Connect, globex: TenantUnderTest) -> None:
    """Another tenant sees none of it, and may have the same unique values."""
    path = f"/Devices/{created(scim.post('/Devices', body('router', code='C', serial='S')))}"
    other = connect("strict", globex)
    refused(other.get(path), 404)
    refused(other.delete(path), 404)
    assert body_of(other.get("/Devices"))["totalResults"] == 0
    body_of(other.post("/Devices", body("router", code="C", serial="S")), 201)
    reader = connect("strict", scopes="scim.read")
    body_of(reader.get(path))
    refused(reader.delete(path), 403)


def test_a_global_value_is_had_once_in_all_types(scim: ScimClient) -> None:
    """What is unique to the server is so within a type; what is global, wherever the attribute is."""
    scim.user("ann", **{TRAITS: {"code": "C"}})
    body_of(scim.post("/Devices", body("router", code="C")), 201)


def test_extensions_of_groups(scim: ScimClient) -> None:
    """A group keeps its extension beside its members; a deleted one frees its values."""
    ann = scim.user("ann")
    team = {"purpose": "p", "mailbox": "M", "budget": 4}
    path = f"/Groups/{created(scim.post('/Groups', group('one', ann, **{TEAM: team})))}"
    shown = body_of(scim.get(path))
    assert (shown[TEAM], len(shown["members"])) == ({"purpose": "p", "mailbox": "M"}, 1)
    assert body_of(scim.get(path, attributes=f"{TEAM}:budget"))[TEAM] == {"budget": 4}
    again = group("two", **{TEAM: {"purpose": "q", "mailbox": "m"}})
    refused(scim.post("/Groups", again), 409, "uniqueness")
    refused(scim.post("/Groups", group("three", **{TEAM: {"mailbox": "x"}})), 400, "invalidValue")
    assert scim.delete(path).status_code == 204
    body_of(scim.post("/Groups", again), 201)


def test_a_deleted_user_frees_its_values(scim: ScimClient, connect: Connect) -> None:
    """Whoever returns gets unique values back, unless somebody else took them meanwhile."""
    ann = user("ann", externalId="a", **{TRAITS: {"nickname": "nick"}})
    first = created(scim.post("/Users", ann))
    assert scim.delete(f"/Users/{first}").status_code == 204
    assert created(scim.post("/Users", ann)) == first
    refused(scim.post("/Users", user("bob", **{TRAITS: {"nickname": "Nick"}})), 409, "uniqueness")
    assert scim.delete(f"/Users/{first}").status_code == 204
    other = connect("strict")
    body_of(other.post("/Users", user("bob", **{TRAITS: {"nickname": "Nick"}})), 201)
    refused(scim.post("/Users", ann), 409, "uniqueness")


def test_discovery(scim: ScimClient) -> None:
    """What an operator's files declare is announced, with all characteristics."""
    types = {each["id"]: each for each in body_of(scim.get("/ResourceTypes"))["Resources"]}
    assert types["Device"]["schemaExtensions"] == [{"schema": LEASE, "required": False}]
    assert TRAITS in [each["schema"] for each in types["User"]["schemaExtensions"]]
    secret = next(each for each in body_of(scim.get(f"/Schemas/{TRAITS}"))["attributes"] if each["name"] == "secret")
    assert (secret["returned"], secret["uniqueness"], secret["multiValued"]) == ("never", "none", False)
