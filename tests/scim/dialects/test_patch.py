"""What a client means by a PATCH that RFC 7644 does not describe."""

from typing import Any

import pytest

from app.scim.dialects import DIALECTS
from app.scim.dialects.misread import JSON, Misread
from tests.scim.dialects.served import CORE, ENTERPRISE, GROUP, INDEX, PATCH, message, patched

_, BOOLEAN = JSON["boolean"]

LENIENT = pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])
MANAGER = f"{ENTERPRISE}:manager"
REMOVE_MANAGER = {"op": "remove", "path": MANAGER}


def tidy(dialect: str, operation: Any, resource_type: str = "User") -> tuple[list[Any], set[str]]:
    """Tidy one operation."""
    tidied, used = DIALECTS[dialect].tidy_patch(INDEX, resource_type, message(operation))
    return tidied["Operations"], set(used)


def replace(value: Any, path: str | None = None, op: str = "replace") -> dict[str, Any]:
    """Write an operation."""
    return {"op": op, "path": path, "value": value} if path else {"op": op, "value": value}


CASES: list[tuple[dict[str, Any], list[dict[str, Any]], set[str]]] = [
    (replace("False", "active", "Replace"), [replace(False, "active")], {"op-case", "string-boolean"}),
    (replace([{"value": "False"}], "ACTIVE"), [replace(False, "active")], {"string-boolean", "value-object"}),
    (replace("no", "active"), [replace("no", "active")], set()),
    (replace({"active": "false"}), [replace({"active": False})], {"string-boolean"}),
    ({"Op": "Add", "Path": "title", "Value": "x"}, [replace("x", "title", "add")], {"op-case"}),
    (replace({"name.givenName": "A"}), [replace({"name": {"givenName": "A"}})], {"dotted-key"}),
    (replace({"name.givenName": "A"}, "name"), [replace({"givenName": "A"}, "name")], {"dotted-key"}),
    (replace({f"{ENTERPRISE}:division": "D"}), [replace({ENTERPRISE: {"division": "D"}})], {"urn-key"}),
    (replace({f"{CORE}:title": "T"}), [replace({"title": "T"})], {"urn-key"}),
    (replace({CORE: {"title": "T"}}), [replace({"title": "T"})], {"urn-key"}),
    (replace("D", f"{ENTERPRISE}.division"), [replace("D", f"{ENTERPRISE}:division")], {"urn-key"}),
    (
        replace({"title": "T", 'emails[type eq "work"].value': "a@b.example"}),
        [replace({"title": "T"}), replace("a@b.example", 'emails[type eq "work"].value')],
        {"filter-key"},
    ),
    (replace({"id": "1", "displayName": "D"}), [replace({"displayName": "D"})], {"readonly-in-patch"}),
    (replace({"schemas": [CORE], "meta": {}, "groups": []}), [], {"readonly-in-patch"}),
    (replace("2", "id"), [replace("2", "id")], set()),
    (replace([], "groups"), [replace([], "groups")], set()),
    (replace("m", MANAGER, "add"), [replace({"value": "m"}, MANAGER, "add")], {"bare-manager"}),
    (replace({MANAGER: "m"}), [replace({ENTERPRISE: {"manager": {"value": "m"}}})], {"bare-manager", "urn-key"}),
    (replace({ENTERPRISE: {"manager": "m"}}), [replace({ENTERPRISE: {"manager": {"value": "m"}}})], {"bare-manager"}),
    (replace({"manager": "m"}, ENTERPRISE), [replace({"manager": {"value": "m"}}, ENTERPRISE)], {"bare-manager"}),
    (replace({ENTERPRISE: {"manager": ""}}), [replace({ENTERPRISE: {"manager": None}})], {"bare-manager"}),
    (replace("", MANAGER), [REMOVE_MANAGER], {"bare-manager", "empty-manager"}),
    (replace(None, MANAGER), [REMOVE_MANAGER], {"empty-manager"}),
    (replace({"value": ""}, MANAGER, "add"), [REMOVE_MANAGER], {"empty-manager"}),
    (replace("", f"{MANAGER}.value"), [REMOVE_MANAGER], {"empty-manager"}),
    (replace("m", MANAGER, "remove"), [REMOVE_MANAGER], {"remove-value"}),
    (
        replace({"value": "m", "displayName": "M"}, MANAGER),
        [replace({"value": "m"}, MANAGER)],
        {"readonly-in-patch"},
    ),
    (replace(7, f"{ENTERPRISE}:employeeNumber"), [replace("7", f"{ENTERPRISE}:employeeNumber")], {"number-for-string"}),
    (replace("x", "title", "Remove"), [{"op": "remove", "path": "title"}], {"op-case", "remove-value"}),
    (replace({"a": 1}, "name", "remove"), [replace({"a": 1}, "name", "remove")], set()),
    (replace({"a": 1}, ENTERPRISE, "remove"), [replace({"a": 1}, ENTERPRISE, "remove")], set()),
    (replace(None, "title"), [replace(None, "title")], set()),
    (replace({"title": None}), [replace({"title": None})], set()),
    (replace(None, "title", "add"), [replace(None, "title")], {"null-value"}),
    (replace(None, "emails", "add"), [replace([], "emails", "add")], {"null-value"}),
    (
        replace(None, 'emails[type eq "work"].value'),
        [{"op": "remove", "path": 'emails[type eq "work"].value'}],
        {"null-value"},
    ),
    (replace({"value": "a"}, "emails"), [replace([{"value": "a"}], "emails")], {"object-for-list"}),
    (replace("a", "emails"), [replace([{"value": "a"}], "emails")], {"object-for-list", "bare-value"}),
    (replace("a", 'emails[type eq "work"]'), [replace({"value": "a"}, 'emails[type eq "work"]')], {"bare-value"}),
    (
        replace("True", 'emails[type eq "work"].primary'),
        [replace(True, 'emails[type eq "work"].primary')],
        {"string-boolean"},
    ),
    (replace("x", "password"), [], {"password-dropped"}),
    (replace({"password": "x"}), [], {"password-dropped"}),
    (replace("x", f"{CORE}:Password"), [], {"password-dropped"}),
    (replace("x", "favouriteColour"), [replace("x", "favouriteColour")], set()),
    (replace("x", "a b["), [replace("x", "a b[")], set()),
]  # fmt: skip


@LENIENT
@pytest.mark.parametrize(("operation", "expected", "used"), CASES)
def test_an_operation_means_what_its_author_meant(
    dialect: str, operation: dict[str, Any], expected: list[dict[str, Any]], used: set[str]
) -> None:
    """An operation is brought to the RFC's form only where the intent is plain, and the tolerance is named."""
    assert tidy(dialect, operation) == (expected, used)


MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        replace([{"$ref": None, "value": "x"}], "members", "Add"),
        replace([{"value": "x"}], "members", "add"),
    ),
    (replace("x", "members", "add"), replace([{"value": "x"}], "members", "add")),
    (
        replace([{"value": "x", "display": "X", "$ref": "u"}], "members", "Remove"),
        replace([{"value": "x"}], "members", "remove"),
    ),
    (replace({"value": "x"}, "members", "remove"), replace([{"value": "x"}], "members", "remove")),
    (replace([], "members", "remove"), replace([], "members", "remove")),
    (replace(None, "members", "remove"), {"op": "remove", "path": "members"}),
    ({"op": "remove", "path": f"{GROUP}:Members"}, {"op": "remove", "path": "members"}),
    (replace([{"value": "y"}], 'members[value eq "x"]', "remove"), {"op": "remove", "path": 'members[value eq "x"]'}),
    (replace({"Members": "x"}), replace({"members": [{"value": "x"}]})),
]


@LENIENT
@pytest.mark.parametrize(("operation", "expected"), MEMBERS)
def test_member_operations_name_who_they_are_about(
    dialect: str, operation: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A member operation holds a list of objects, and one that lists nobody removes nobody."""
    assert tidy(dialect, operation, "Group")[0] == [expected]


def test_onelogin_adds_the_member_its_filter_names() -> None:
    """OneLogin may add `members[value eq "x"]` without a value; elsewhere that stays an error."""
    operation = {"op": "add", "path": 'members[value eq "x"]'}
    assert tidy("onelogin", operation, "Group")[0] == [replace([{"value": "x"}], "members", "add")]
    assert tidy("okta", operation, "Group")[0] == [operation]


FILTERS = [
    ('roles[primary eq "True"].value', "roles[primary eq true].value"),
    ('roles[type eq "x" and Primary EQ "FALSE"].value', 'roles[type eq "x" and Primary EQ false].value'),
    ('roles[value eq "true"].value', 'roles[value eq "true"].value'),
    (r'roles[value eq "primary eq \"true\""].type', r'roles[value eq "primary eq \"true\""].type'),
]


@pytest.mark.parametrize(("path", "expected"), FILTERS)
def test_entra_compares_booleans_with_words(path: str, expected: str) -> None:
    """A boolean compared with "True" in a path is compared with true; text is left alone."""
    assert tidy("entra", replace("x", path))[0] == [replace("x", expected)]


MESSAGES: list[tuple[dict[str, Any], set[str]]] = [
    ({"schemas": [PATCH], "operations": [replace("x", "title")]}, {"operations-key"}),
    ({"schemas": [PATCH], "Operations": replace("x", "title")}, {"object-for-list"}),
    ({"Operations": [replace("x", "title")]}, {"schema-urn"}),
    ({"schemas": ["urn:scim:schemas:core:2.0"], "Operations": [replace("x", "title")]}, {"schema-urn"}),
]


@LENIENT
@pytest.mark.parametrize(("body", "used"), MESSAGES)
def test_a_message_is_recognised(dialect: str, body: dict[str, Any], used: set[str]) -> None:
    """A PATCH is known by its operations, however its frame is spelt."""
    tidied, names = DIALECTS[dialect].tidy_patch(INDEX, "User", body)
    assert (tidied, set(names)) == (message(replace("x", "title")), used)


CREATED = [
    ('emails[type eq "home"].value', "a@b.example", {"emails": [{"type": "home", "value": "a@b.example"}]}),
    ('addresses[type eq "work"].country', "US", {"addresses": [{"type": "work", "country": "US"}]}),
    (
        'phoneNumbers[type eq "work" and primary eq true].value',
        "1",
        {"phoneNumbers": [{"type": "work", "primary": True, "value": "1"}]},
    ),
    (
        'roles[primary eq "True"].value',
        "admin",
        {"roles": [{"primary": True, "value": "admin"}]},
    ),
]


@LENIENT
@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(("path", "value", "expected"), CREATED)
def test_a_missing_element_is_created(dialect: str, op: str, path: str, value: str, expected: dict[str, Any]) -> None:
    """A write to an element nobody has creates it with the words of its filter."""
    bare = {"schemas": [CORE], "userName": "bo"}
    document = patched(DIALECTS[dialect], message(replace(value, path, op)), bare)
    assert document == {**bare, **expected}


@LENIENT
def test_clearing_a_missing_element_creates_nothing(dialect: str) -> None:
    """Writing null to an element nobody has leaves no empty entry behind."""
    bare = {"schemas": [CORE], "userName": "bo"}
    assert patched(DIALECTS[dialect], message(replace(None, 'phoneNumbers[type eq "fax"].value')), bare) == bare


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        (replace("no", "active"), "active"),
        (replace({"active": 0}), "active"),
        (replace({f"{CORE}:active": "off"}), "active"),
        (replace({"active": 1}, CORE), "active"),
        (replace([{"value": "a", "primary": "yes"}], "emails"), "emails.primary"),
        (replace({'emails[type eq "work"].primary': "y"}), 'emails[type eq "work"].primary'),
    ],
)
def test_what_is_not_a_boolean_is_named_for_refusal(operation: dict[str, Any], path: str) -> None:
    """Words and numbers that a lax validator reads as booleans are found in every spelling of a PATCH."""
    for dialect in DIALECTS.values():
        tidied, _ = dialect.tidy_patch(INDEX, "User", message(operation))
        assert dialect.misread_patch(INDEX, "User", tidied) == (Misread(path, BOOLEAN),)
