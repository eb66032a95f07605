"""What holds for every payload, however odd."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scim.dialects import DIALECTS
from tests.scim.dialects.served import CORE, ENTERPRISE, INDEX, PATCH

NAMES = [
    "schemas", "Operations", "operations", "op", "path", "value", "Value", "id", "meta", "groups", "password", "active",
    "name", "NAME", "name.givenName", "givenName", "emails", "emails.value", 'emails[type eq "work"].value', "primary",
    "roles", "members", "$ref", "display", "manager", "manager.value", "department", CORE, ENTERPRISE, "displayName",
    f"{CORE}:title", f"{CORE}:password", f"{ENTERPRISE}:manager", f"{ENTERPRISE}.division",
    f"{ENTERPRISE}:manager.value",
    'roles[primary eq "True"].value', 'members[value eq "x"]',
    "urn:scim:schemas:extension:enterprise:2.0",
    'urn:scim:schemas:core:2.0:emails[value eq "x"]', "", ".", "[", "a b",
]  # fmt: skip
VERBS = ["add", "Add", "replace", "Replace", "remove", "Remove"]
KEYS = st.one_of(st.sampled_from(NAMES), st.text(max_size=5))
WORDS = st.sampled_from(["True", "false", PATCH, *NAMES]) | st.text(max_size=5)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=6)
OPERATIONS = st.fixed_dictionaries({"op": st.sampled_from(VERBS)}, optional={"path": KEYS, "value": JSON})
ODD = st.fixed_dictionaries({"op": JSON, "path": JSON, "value": JSON})
PATCHES = (
    st.fixed_dictionaries({"schemas": JSON, "Operations": st.lists(OPERATIONS | ODD | JSON, max_size=3)}) | OBJECTS
)
KINDS = pytest.mark.parametrize("resource_type", ["User", "Group", "Device"])
LENIENT = pytest.mark.parametrize("dialect", ["okta", "entra", "onelogin"])


@LENIENT
@KINDS
@given(payload=OBJECTS)
def test_any_body_is_tidied_once(dialect: str, resource_type: str, payload: dict[str, Any]) -> None:
    """No body raises or is changed in place, and what is tidy stays as it is."""
    spoken, before = DIALECTS[dialect], copy.deepcopy(payload)
    tidied, _ = spoken.tidy_resource(INDEX, resource_type, payload)
    assert repr(payload) == repr(before)
    assert repr(spoken.tidy_resource(INDEX, resource_type, tidied)[0]) == repr(tidied)
    spoken.misread_resource(INDEX, resource_type, payload)


@LENIENT
@KINDS
@given(payload=PATCHES)
def test_any_patch_is_tidied_once(dialect: str, resource_type: str, payload: dict[str, Any]) -> None:
    """No PATCH raises or is changed in place, and what is tidy stays as it is."""
    spoken, before = DIALECTS[dialect], copy.deepcopy(payload)
    tidied, _ = spoken.tidy_patch(INDEX, resource_type, payload)
    assert repr(payload) == repr(before)
    assert repr(spoken.tidy_patch(INDEX, resource_type, tidied)[0]) == repr(tidied)
    spoken.misread_patch(INDEX, resource_type, payload)


@KINDS
@given(payload=PATCHES)
def test_the_strict_dialect_changes_nothing(resource_type: str, payload: dict[str, Any]) -> None:
    """A strict connection's payload is validated as it came."""
    strict = DIALECTS["strict"]
    assert repr(strict.tidy_resource(INDEX, resource_type, payload)) == repr((payload, ()))
    assert repr(strict.tidy_patch(INDEX, resource_type, payload)) == repr((payload, ()))


SLOW_PATHS = [
    "a" * 99_999,
    "primary eq " * 9_999,
    "primary" + " " * 99_999,
    '"' * 99_999,
    '\\"' * 49_999,
    "]." * 49_999,
]


@LENIENT
@pytest.mark.parametrize("inside", SLOW_PATHS, ids=range(len(SLOW_PATHS)))
def test_a_long_path_takes_no_long_time(dialect: str, inside: str) -> None:
    """A path written to exhaust a parser is read in linear time."""
    operation = {"op": "add", "path": f"roles[{inside}]", "value": "x"}
    tidied, _ = DIALECTS[dialect].tidy_patch(INDEX, "User", {"schemas": [PATCH], "Operations": [operation]})
    assert tidied["Operations"]
