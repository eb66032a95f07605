"""What holds for attributes of any resource (RFC 7643 §2, §3; RFC 7644 §3.5.2)."""

from typing import Any

import pytest

from tests.scim_client import ENTERPRISE, GROUP, USER, ScimClient, body_of, op, refused, user


def test_empty_is_unassigned(scim: ScimClient) -> None:
    """Null and an empty list are no value: they are neither kept nor answered (RFC 7643 §2.5)."""
    view = body_of(scim.post("/Users", user("ada", title=None, emails=[], name={})), 201)
    assert {"title", "emails", "name"}.isdisjoint(view)


def test_one_value_is_primary(scim: ScimClient) -> None:
    """Two primary values are refused; a new one takes the place of the old (RFC 7643 §2.4, RFC 7644 §3.5.2)."""
    emails = [{"value": "a@x.example", "primary": True}, {"value": "b@x.example"}]
    two = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]
    refused(scim.post("/Users", user("bob", emails=two)), 400, "invalidValue")
    ada = scim.user("ada", emails=emails)
    added = op("add", "emails", [{"value": "c@x.example", "primary": True}])
    view = body_of(scim.patch(f"/Users/{ada}", added))
    assert [entry["value"] for entry in view["emails"] if entry.get("primary")] == ["c@x.example"]


def test_equal_values_are_kept_once(scim: ScimClient) -> None:
    """Values that are equal in all are one, in whatever way they come and go; others stay, in order (RFC 7643 §2.4)."""
    one, two, three = ({"value": f"{each}@x.example", "type": "work"} for each in "abc")
    marked = {**one, "primary": True}
    ada = scim.user("ada", emails=[one, two, dict(reversed(one.items())), marked, two], roles=[{"value": "r"}] * 300)
    view = scim.user_view(ada)
    assert (view["emails"], view["roles"]) == ([one, two, marked], [{"value": "r"}])
    again = body_of(scim.put(f"/Users/{ada}", user("ada", emails=[one, one, two, marked], roles=[{"value": "r"}] * 2)))
    assert (again["emails"], again["meta"]["version"]) == ([one, two, marked], view["meta"]["version"])
    patched = body_of(scim.patch(f"/Users/{ada}", op("replace", "emails", [three, two, three])))
    assert patched["emails"] == [three, two]
    merged = body_of(scim.patch(f"/Users/{ada}", op("replace", 'emails[value eq "c@x.example"].value', two["value"])))
    assert merged["emails"] == [two]


def test_what_the_service_decides_is_ignored(scim: ScimClient) -> None:
    """An id, meta or groups in the body of a POST are read-only and left aside (RFC 7644 §3.3)."""
    sent = {"id": "mine", "meta": {"created": "2020-01-01T00:00:00Z"}, "groups": [{"value": "x"}]}
    view = body_of(scim.post("/Users", user("ada", **sent)), 201)
    assert view["id"] != "mine"
    assert not view["meta"]["created"].startswith("2020")
    assert "groups" not in view


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        (op("remove", "userName"), "mutability"),
        (op("replace", "id", "x"), "mutability"),
        (op("add", "groups", [{"value": "x"}]), "mutability"),
        ({"op": "remove"}, "noTarget"),
        (op("replace", 'emails[type eq "pager"].value', "x"), "noTarget"),
        (op("replace", "emails[type", "x"), "invalidPath"),
        (op("replace", "salary", "x"), "invalidPath"),
    ],
)
def test_what_a_patch_must_not_do(scim: ScimClient, operation: dict[str, Any], scim_type: str) -> None:
    """Required and read-only attributes stay, and a path must lead somewhere (RFC 7644 §3.5.2)."""
    ada = scim.user("ada")
    before = scim.user_view(ada)
    refused(scim.patch(f"/Users/{ada}", operation), 400, scim_type)
    assert scim.user_view(ada) == before


def test_a_replace_of_what_is_not_there_adds_it(scim: ScimClient) -> None:
    """A replace of an attribute without a value is an add (RFC 7644 §3.5.2.3)."""
    ada = scim.user("ada")
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "nickName", "Countess")))["nickName"] == "Countess"


def test_required_attributes_are_required(scim: ScimClient) -> None:
    """Without a userName or displayName nothing is created or replaced, and a PUT creates nothing (RFC 7644 §3.5.1)."""
    ada = scim.user("ada")
    refused(scim.post("/Users", {"schemas": [USER]}), 400, "invalidValue")
    refused(scim.post("/Users", user("")), 400, "invalidValue")
    refused(scim.post("/Groups", {"schemas": [GROUP]}), 400, "invalidValue")
    refused(scim.put(f"/Users/{ada}", {"schemas": [USER]}), 400, "invalidValue")
    refused(scim.patch(f"/Users/{ada}", op("replace", "userName", " ")), 400, "invalidValue")
    refused(scim.put("/Users/nobody", user("nobody")), 404)


def test_a_member_is_immutable(scim: ScimClient) -> None:
    """The value of a member cannot be changed, only removed and added (RFC 7643 §4.2)."""
    ada = scim.user("ada")
    team = scim.group("Team", ada)
    refused(scim.patch(f"/Groups/{team}", op("replace", f'members[value eq "{ada}"].value', "x")), 400, "mutability")


def test_names_of_attributes_have_no_case(scim: ScimClient) -> None:
    """Attributes are understood in any case and answered in that of the schema (RFC 7643 §2.1)."""
    view = body_of(scim.post("/Users", {"SCHEMAS": [USER], "USERNAME": "ada", "Name": {"FAMILYNAME": "L"}}), 201)
    assert view["userName"] == "ada"
    assert view["name"] == {"familyName": "L"}


def test_schemas_name_what_is_used(scim: ScimClient) -> None:
    """The answer's schemas are the core schema and those extensions that have values (RFC 7643 §3)."""
    extended = {**user("ada", schemas=[USER, ENTERPRISE]), ENTERPRISE: {"department": "x"}}
    assert body_of(scim.post("/Users", extended), 201)["schemas"] == [USER, ENTERPRISE]
    assert body_of(scim.post("/Users", user("bob", schemas=[USER, ENTERPRISE])), 201)["schemas"] == [USER]


def test_bodies_are_utf_8(scim: ScimClient) -> None:
    """Another encoding than UTF-8 is refused as what it is, no JSON (RFC 7644 §3.8)."""
    refused(scim.post("/Users", '{"userName": "ada"}'.encode("utf-16")), 400, "invalidSyntax")
