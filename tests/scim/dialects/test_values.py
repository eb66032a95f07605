"""What a client means by a value of the wrong type, and what stays wrong."""

from typing import Any

import pytest

from app.scim.dialects import DIALECTS
from app.scim.dialects.misread import JSON, Misread
from tests.scim.dialects.served import CORE, ENTERPRISE, GROUP, INDEX

_, BOOLEAN = JSON["boolean"]

LENIENT = pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])


def tidy(dialect: str, body: dict[str, Any], resource_type: str = "User") -> tuple[dict[str, Any], set[str]]:
    """Tidy a body and leave out its schemas."""
    tidied, used = DIALECTS[dialect].tidy_resource(INDEX, resource_type, {"schemas": [CORE], **body})
    return {key: value for key, value in tidied.items() if key != "schemas"}, set(used) - {"schema-urn"}


CASES: list[tuple[dict[str, Any], dict[str, Any], set[str]]] = [
    ({"active": "False"}, {"active": False}, {"string-boolean"}),
    ({"active": "tRUE"}, {"active": True}, {"string-boolean"}),
    ({"ACTIVE": "false"}, {"active": False}, {"string-boolean"}),
    ({"active": [{"value": "False"}]}, {"active": False}, {"string-boolean", "value-object"}),
    ({"active": ["true"]}, {"active": True}, {"string-boolean", "value-object"}),
    ({"active": "no"}, {"active": "no"}, set()),
    ({"active": ""}, {"active": ""}, set()),
    ({"active": 0}, {"active": 0}, set()),
    ({"userName": "False"}, {"userName": "False"}, set()),
    ({"title": [{"value": "Clerk", "$ref": None}]}, {"title": "Clerk"}, {"value-object"}),
    ({"title": {"value": "Clerk", "id": 1}}, {"title": {"value": "Clerk", "id": 1}}, set()),
    ({"externalId": 1001}, {"externalId": "1001"}, {"number-for-string"}),
    ({"userName": True}, {"userName": True}, set()),
    ({"title": None, "emails": None}, {}, {"null-value"}),
    ({"name": {"givenName": "A", "middleName": None}}, {"name": {"givenName": "A"}}, {"null-value"}),
    (
        {"emails": {"value": "a@b.example", "primary": "True"}},
        {"emails": [{"value": "a@b.example", "primary": True}]},
        {"object-for-list", "string-boolean"},
    ),
    ({"emails": "a@b.example"}, {"emails": [{"value": "a@b.example"}]}, {"object-for-list", "bare-value"}),
    ({"roles": ["admin"]}, {"roles": [{"value": "admin"}]}, {"bare-value"}),
    ({"roles": [{"value": {"id": 1}}]}, {"roles": [{"value": {"id": 1}}]}, set()),
    ({"addresses": {"type": "work"}}, {"addresses": [{"type": "work"}]}, {"object-for-list"}),
    ({"addresses": "1 Road"}, {"addresses": "1 Road"}, set()),
    ({"emails": [None, {"value": "a", "type": None}]}, {"emails": [{"value": "a"}]}, {"null-value"}),
    (
        {"name.givenName": "A", "name": {"familyName": "B"}},
        {"name": {"givenName": "A", "familyName": "B"}},
        {"dotted-key"},
    ),
    ({f"{CORE}:title": "Clerk"}, {"title": "Clerk"}, {"urn-key"}),
    ({f"{ENTERPRISE}:division": "D"}, {ENTERPRISE: {"division": "D"}}, {"urn-key"}),
    ({f"{ENTERPRISE}.division": "D"}, {ENTERPRISE: {"division": "D"}}, {"urn-key"}),
    ({ENTERPRISE: {"employeeNumber": 7}}, {ENTERPRISE: {"employeeNumber": "7"}}, {"number-for-string"}),
    ({ENTERPRISE: {"manager": "m"}}, {ENTERPRISE: {"manager": {"value": "m"}}}, {"bare-manager"}),
    ({ENTERPRISE: {"manager": 7}}, {ENTERPRISE: {"manager": {"value": "7"}}}, {"bare-manager"}),
    ({ENTERPRISE: {"manager": [{"value": "m"}]}}, {ENTERPRISE: {"manager": {"value": "m"}}}, {"list-for-object"}),
    ({ENTERPRISE: {"manager": ""}}, {ENTERPRISE: {}}, {"bare-manager"}),
    ({ENTERPRISE: {"manager": {"value": ""}}}, {ENTERPRISE: {}}, {"empty-manager"}),
    ({ENTERPRISE: {"manager": {}}}, {ENTERPRISE: {}}, {"empty-manager"}),
    ({ENTERPRISE: {"manager": None}}, {ENTERPRISE: {}}, {"null-value"}),
    ({ENTERPRISE: None}, {}, {"null-value"}),
    ({"urn:scim:schemas:extension:enterprise:1.0": {"division": "D"}}, {ENTERPRISE: {"division": "D"}}, set()),
    ({"password": "x", f"{CORE}:password": "y"}, {}, {"password-dropped"}),
    ({"favouriteColour": None}, {"favouriteColour": None}, set()),
]


@LENIENT
@pytest.mark.parametrize(("body", "expected", "used"), CASES)
def test_a_body_means_what_its_author_meant(
    dialect: str, body: dict[str, Any], expected: dict[str, Any], used: set[str]
) -> None:
    """A value is brought to its declared type only where the intent is plain, and the tolerance is named."""
    assert tidy(dialect, body) == (expected, used)


MEMBERS: list[tuple[Any, Any]] = [
    ({"value": "x"}, [{"value": "x"}]),
    ("x", [{"value": "x"}]),
    (["x", 7], [{"value": "x"}, {"value": "7"}]),
    ([{"$ref": None, "value": "x", "display": None}], [{"value": "x"}]),
    ([{"value": "x", "type": "User"}], [{"value": "x", "type": "User"}]),
    ("", ""),
]


@LENIENT
@pytest.mark.parametrize(("members", "expected"), MEMBERS)
def test_members_become_a_list_of_objects(dialect: str, members: Any, expected: Any) -> None:
    """Members are read from an object, a bare id or a list of either; an empty string empties nothing."""
    assert tidy(dialect, {"members": members}, "Group")[0] == {"members": expected}


SCHEMAS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("User", {}, [CORE]),
    ("User", {"schemas": None}, [CORE]),
    ("User", {"schemas": []}, [CORE]),
    ("User", {"schemas": CORE.upper()}, [CORE]),
    ("User", {"schemas": [CORE, "urn:example:unknown"]}, [CORE]),
    ("User", {"schemas": ["urn:scim:schemas:core:1.0"]}, [CORE]),
    ("User", {"schemas": [CORE], ENTERPRISE: {"division": "D"}}, [CORE, ENTERPRISE]),
    ("User", {"schemas": [CORE], ENTERPRISE: None}, [CORE]),
    ("User", {"schemas": [ENTERPRISE]}, [CORE, ENTERPRISE]),
    ("Group", {"schemas": ["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]}, [GROUP]),
]


@LENIENT
@pytest.mark.parametrize(("resource_type", "body", "expected"), SCHEMAS)
def test_schemas_name_what_is_served_and_used(
    dialect: str, resource_type: str, body: dict[str, Any], expected: list[str]
) -> None:
    """`schemas` lists the served schemas the resource uses, whatever the client listed."""
    assert DIALECTS[dialect].tidy_resource(INDEX, resource_type, body)[0]["schemas"] == expected


def test_only_entra_may_leave_the_extension_unnamed() -> None:
    """An extension's attribute without its URN is understood from Entra, and is unknown from others."""
    assert tidy("entra", {"department": "Ops"}) == ({ENTERPRISE: {"department": "Ops"}}, {"unprefixed-extension"})
    assert tidy("okta", {"department": "Ops"}) == ({"department": "Ops"}, set())


@pytest.mark.parametrize("value", ["no", "off", 0, 1, "0", "f", "", [], {}, ["yes", "no"], 1.0])
def test_what_is_not_a_boolean_is_named_for_refusal(value: Any) -> None:
    """Words and numbers that a lax validator reads as booleans are found in every dialect."""
    for dialect in DIALECTS.values():
        body, _ = dialect.tidy_resource(INDEX, "User", {"active": value, "emails": [{"value": "a", "primary": value}]})
        assert dialect.misread_resource(INDEX, "User", body) == (
            Misread("active", BOOLEAN),
            Misread("emails.primary", BOOLEAN),
        )


@pytest.mark.parametrize("value", [True, False, None])
def test_a_boolean_is_not_refused(value: Any) -> None:
    """JSON booleans, and null for none, pass in every dialect."""
    for dialect in DIALECTS.values():
        assert not dialect.misread_resource(INDEX, "User", {"active": value})
