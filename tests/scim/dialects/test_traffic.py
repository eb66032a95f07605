"""Every body an identity provider is known to send validates, and says what it was meant to say."""

import json
from pathlib import Path
from typing import Any

import pytest
from scim2_models import Context

from app.scim.dialects import DIALECTS
from tests.scim.dialects.served import ENTERPRISE, INDEX, PATCH_MESSAGES, message, patched, read

CONTEXTS = {"POST": Context.RESOURCE_CREATION_REQUEST, "PUT": Context.RESOURCE_REPLACEMENT_REQUEST}
BODIES = json.loads(Path(__file__).with_name("bodies.json").read_text())
ROWS = [pytest.param(name, row, id=row["name"]) for name, rows in BODIES.items() for row in rows]
PATCHES = {(name, row["name"]): row["body"] for name, rows in BODIES.items() for row in rows}


@pytest.mark.parametrize(("dialect", "row"), ROWS)
def test_every_known_body_validates(dialect: str, row: dict[str, Any]) -> None:
    """A body seen on the wire is valid after its dialect tidied it."""
    spoken = DIALECTS[dialect]
    if row["method"] == "PATCH":
        tidied, _ = spoken.tidy_patch(INDEX, row["resource"], row["body"])
        with spoken.policy:
            if tidied["Operations"]:
                PATCH_MESSAGES[row["resource"]].model_validate(tidied, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    else:
        read(spoken, row["resource"], row["body"], CONTEXTS[row["method"]])


@pytest.mark.parametrize(("dialect", "row"), ROWS)
def test_no_known_body_is_changed_in_place(dialect: str, row: dict[str, Any]) -> None:
    """The payload the client sent stays as it was, and tidying the result finds nothing more to do."""
    spoken = DIALECTS[dialect]
    tidy = spoken.tidy_patch if row["method"] == "PATCH" else spoken.tidy_resource
    before = json.dumps(row["body"])
    tidied, _ = tidy(INDEX, row["resource"], row["body"])
    assert json.dumps(row["body"]) == before
    assert tidy(INDEX, row["resource"], tidied)[0] == tidied


EXPECTED: list[tuple[str, str, dict[str, Any]]] = [
    ("okta", "okta-deactivate-patch", {"active": False}),
    ("okta", "okta-password-sync-patch", {}),
    (
        "entra",
        "entra-patch-multi",
        {
            "emails": [{"value": "updated_0a1b2c3d4e5f@testuser.example", "type": "work"}],
            "name": {"givenName": "Ann", "familyName": "Famosa"},
        },
    ),
    ("entra", "entra-patch-add-nickname", {"nickName": "Nick"}),
    (
        "entra",
        "entra-patch-add-address-parts",
        {
            "addresses": [
                {
                    "type": "work",
                    "streetAddress": "1 Test Road",
                    "locality": "Testville",
                    "postalCode": "01234",
                    "country": "US",
                    "formatted": "1 Test Road Testville",
                }
            ]
        },
    ),
    (
        "entra",
        "entra-patch-add-phones",
        {"phoneNumbers": [{"type": "mobile", "value": "+1 555 0100"}, {"type": "work", "value": "+1 555 0101"}]},
    ),
    ("entra", "entra-patch-replace-missing-phone", {"phoneNumbers": [{"type": "fax", "value": "+1 555 0102"}]}),
    ("entra", "entra-patch-department", {ENTERPRISE: {"department": "Field Ops", "manager": {"value": "m-0"}}}),
    ("entra", "entra-patch-manager-string", {ENTERPRISE: {"department": "Ops", "manager": {"value": "m-1"}}}),
    (
        "entra",
        "entra-patch-manager-legacy-list",
        {
            ENTERPRISE: {
                "department": "Ops",
                "manager": {"value": "m-1", "$ref": "https://scim.example/scim/v2/Users/m-1"},
            }
        },
    ),
    ("entra", "entra-patch-manager-remove", {ENTERPRISE: {"department": "Ops"}}),
    ("entra", "entra-patch-single-role-primary", {"roles": [{"value": "admin", "primary": True}]}),
    ("entra", "entra-patch-lowercase-attr", {"displayName": "Case Insensitive"}),
    ("entra", "entra-disable-string-false", {"active": False}),
    ("entra", "entra-disable-op-add", {"active": False}),
    ("entra", "entra-disable-boolean", {"active": False}),
    (
        "entra",
        "entra-flag-multi-replace",
        {
            "emails": [{"value": "flag_0a1b2c3d4e5f@testuser.example", "type": "work"}],
            "displayName": "Disp Two",
            "name": {"givenName": "Given2", "familyName": "Family2"},
            ENTERPRISE: {"department": "Ops", "manager": {"value": "m-0"}, "employeeNumber": "EMP-2002"},
        },
    ),
    (
        "entra",
        "entra-flag-pathless-add",
        {
            "title": "Engineer",
            "name": {"givenName": "Ann", "familyName": "Lee", "middleName": "Q"},
            ENTERPRISE: {"department": "Ops", "manager": {"value": "m-0"}, "costCenter": "CC-77"},
        },
    ),
    (
        "entra",
        "entra-pre2018-dot-extension-path",
        {ENTERPRISE: {"department": "Ops", "manager": {"value": "m-0"}, "division": "Division Q"}},
    ),
]


@pytest.mark.parametrize(("dialect", "name", "change"), EXPECTED, ids=[row[1] for row in EXPECTED])
def test_known_patches_change_what_they_mean(dialect: str, name: str, change: dict[str, Any]) -> None:
    """A PATCH changes the attributes it names and no others."""
    spoken = DIALECTS[dialect]
    before = patched(spoken, message())
    assert patched(spoken, PATCHES[dialect, name]) == before | change


def test_json_inside_a_role_stays_text() -> None:
    """Entra puts JSON into a role's value as a string, and gets the same string back."""
    document = patched(DIALECTS["entra"], PATCHES["entra", "entra-patch-role-json-string"])
    (role,) = document["roles"]
    assert json.loads(role["value"])["value"] == "25"


def test_a_onelogin_body_speaks_the_registered_urns() -> None:
    """OneLogin's old URNs become the ones RFC 7643 registered."""
    body = PATCHES["onelogin", "onelogin-create-user"]
    tidied, used = DIALECTS["onelogin"].tidy_resource(INDEX, "User", body)
    assert tidied["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]
    assert used == ("schema-urn",)


def test_an_entra_manager_string_becomes_an_object_on_creation() -> None:
    """Entra sends a manager as a bare id and fails unless it gets an object back."""
    body = PATCHES["entra", "entra-create-with-bare-manager"]
    document = read(DIALECTS["entra"], "User", body, CONTEXTS["POST"])
    assert document[ENTERPRISE]["manager"] == {"value": "m-1"}
