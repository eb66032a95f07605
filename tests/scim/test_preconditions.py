"""Conditional requests: a stale write is refused, a fresh read is spared (RFC 7644 §3.14)."""

from tests.scim_client import ScimClient, body_of, group, location, op, refused, tables, user
from tests.service import TenantUnderTest

STALE = ['W/"1"', '"1"', 'W/"3"', '"1", W/"7"', "1"]
FRESH = ['W/"2"', '"2"', "*", 'W/"9", W/"2"', '"9","2"', ' W/"2" ']


def changed(scim: ScimClient) -> str:
    """Create a user at version 2."""
    ada = scim.user("ada")
    body_of(scim.patch(f"/Users/{ada}", op("replace", "title", "0")))
    return ada


def test_a_stale_write_is_refused(scim: ScimClient, acme: TenantUnderTest) -> None:
    """If-Match that names another version is 412 by every verb, names the version, and changes nothing."""
    ada, team = changed(scim), scim.group("Team")
    body_of(scim.patch(f"/Groups/{team}", op("replace", "displayName", "Crew")))
    before = tables(acme)
    for tag in STALE:
        header = {"If-Match": tag}
        for answer in (
            scim.patch(f"/Users/{ada}", op("replace", "active", False), headers=header),
            scim.put(f"/Users/{ada}", user("ada", active=False), headers=header),
            scim.delete(f"/Users/{ada}", headers=header),
            scim.patch(f"/Groups/{team}", op("remove", "members"), headers=header),
            scim.put(f"/Groups/{team}", group("Other"), headers=header),
            scim.delete(f"/Groups/{team}", headers=header),
        ):
            assert 'W/"2"' in refused(answer, 412)["detail"], tag
    assert tables(acme) == before


def test_a_fresh_write_passes(scim: ScimClient) -> None:
    """If-Match with the version, weak or strong, alone or in a list, or *, lets the write pass."""
    for number, tag in enumerate(FRESH):
        ada = scim.user(f"ada-{number}")
        scim.patch(f"/Users/{ada}", op("replace", "title", "0"))
        body = body_of(scim.patch(f"/Users/{ada}", op("replace", "title", "1"), headers={"If-Match": tag}))
        assert body["meta"]["version"] == 'W/"3"', tag
        assert scim.delete(f"/Users/{ada}", headers={"If-Match": 'W/"3"'}).status_code == 204


def test_a_known_version_is_not_sent_again(scim: ScimClient) -> None:
    """If-None-Match with the version is 304 without a body; with another one the resource."""
    ada = changed(scim)
    for tag in FRESH:
        answer = scim.get(f"/Users/{ada}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", 'W/"2"'), tag
    for tag in STALE:
        assert body_of(scim.get(f"/Users/{ada}", headers={"If-None-Match": tag}))["id"] == ada


def test_a_write_unless_it_exists_is_refused(scim: ScimClient, acme: TenantUnderTest) -> None:
    """If-None-Match: * on a write of what exists is 412 (RFC 9110 §13.1.2)."""
    ada = changed(scim)
    before = tables(acme)
    refused(scim.put(f"/Users/{ada}", user("ada"), headers={"If-None-Match": "*"}), 412)
    assert tables(acme) == before


def test_a_write_without_conditions_never_conflicts(scim: ScimClient) -> None:
    """Who sends no If-Match gets no 412."""
    ada = changed(scim)
    for title in "abc":
        assert body_of(scim.patch(f"/Users/{ada}", op("replace", "title", title)))["title"] == title


def test_answers_say_where_the_resource_is(scim: ScimClient) -> None:
    """Content-Location and ETag come with every resource, Location with a new one."""
    answer = scim.post("/Groups", group("Team"))
    place = location(f"/Groups/{answer.get_json()['id']}")
    path = place.removeprefix(location(""))
    assert answer.headers["Location"] == answer.headers["Content-Location"] == place
    for answer in (scim.get(path), scim.put(path, group("Crew")), scim.patch(path, op("add", "externalId", "x"))):
        assert answer.headers["Content-Location"] == body_of(answer)["meta"]["location"] == place
        assert answer.headers["ETag"] == answer.get_json()["meta"]["version"]
        assert "Location" not in answer.headers


def test_a_head_is_a_get_without_a_body(scim: ScimClient) -> None:
    """HEAD answers the headers of GET (RFC 9110 §9.3.2)."""
    ada = changed(scim)
    for path in (f"/Users/{ada}", "/Users", "/Schemas"):
        get, head = scim.get(path), scim.send("HEAD", path)
        assert (head.status_code, head.data) == (200, b"")
        assert dict(head.headers).items() >= {name: get.headers[name] for name in ("Content-Type",)}.items()
        assert head.headers.get("ETag") == get.headers.get("ETag")
    assert scim.send("HEAD", "/Users/0").status_code == 404
