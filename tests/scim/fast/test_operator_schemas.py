"""Schemas of an operator, whatever their characteristics, are honoured by compiled readers or left to models."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.scim.catalogue import Catalogue
from tests.scim.dialects.served import CORE, PATCH
from tests.scim.fast.paths import CATALOGUE, POST, PUT, Ways

BADGES = "urn:example:params:scim:schemas:extension:badges:2.0:User"
KINDS = ["string", "boolean", "integer", "decimal", "dateTime", "binary", "reference"]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        "x",
        "",
        "YQ==",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.120Z",
        1,
        1.0,
        2.5,
        True,
        False,
        "true",
        None,
        10**18,
    ]
)


def attribute(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Declare an attribute."""
    plain = {"multiValued": False, "required": False, "mutability": "readWrite", "returned": "default"}
    return {"name": name, "type": kind, "description": name, "caseExact": False, "uniqueness": "none", **plain, **more}


ATTRIBUTES = [
    *(attribute(f"{kind}One", kind) for kind in KINDS),
    *(attribute(f"{kind}Many", kind, multiValued=True) for kind in KINDS),
    attribute("secret", "string", mutability="writeOnly", returned="never"),
    attribute("birth", "string", mutability="immutable"),
    attribute("rank", "string", canonicalValues=["low", "high"], caseExact=True, uniqueness="server"),
    attribute("since", "dateTime", mutability="readOnly"),
    attribute("keys", "complex", multiValued=True, subAttributes=[
        attribute("value", "string", required=True),
        attribute("primary", "boolean"),
        attribute("cut", "string", mutability="immutable"),
    ]),
    attribute("desk", "complex", subAttributes=[
        attribute("floor", "integer", required=True), attribute("seat", "string", mutability="readOnly"),
    ]),
]  # fmt: skip


def extended(*attributes: dict[str, Any], required: bool = False) -> Catalogue:
    """Serve users with an extension of some attributes."""
    extension = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": BADGES, "name": "Badges",
        "description": "Badges", "attributes": list(attributes),
    }  # fmt: skip
    user, *others = CATALOGUE.resource_types
    user = {**user, "schemaExtensions": [*user["schemaExtensions"], {"schema": BADGES, "required": required}]}
    return replace(CATALOGUE, schemas=(*CATALOGUE.schemas, extension), resource_types=(user, *others))


STRICT = Ways.of(extended(*ATTRIBUTES), "strict")
OKTA = Ways.of(extended(*ATTRIBUTES), "okta")
KEY = st.fixed_dictionaries({}, optional={"value": VALUES, "primary": VALUES, "cut": VALUES})
DESK = st.fixed_dictionaries({}, optional={"floor": VALUES, "seat": VALUES})
PARTS = {each["name"]: st.lists(VALUES, max_size=2) if each["multiValued"] else VALUES for each in ATTRIBUTES}
PARTS |= {"keys": st.lists(KEY, max_size=2), "desk": DESK}
ONE = st.sampled_from(sorted(PARTS)).flatmap(lambda name: st.fixed_dictionaries({name: PARTS[name]}))
BOTH = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
EACH = pytest.mark.parametrize("ways", [STRICT, OKTA], ids=["strict", "okta"])


def user(badges: Any) -> dict[str, Any]:
    """Make a user with an extension."""
    return {"schemas": [CORE, BADGES], "userName": "ann", BADGES: badges}


@EACH
@BOTH
@given(current=ONE, badges=ONE)
def test_a_resource_is_the_same_both_ways(ways: Ways, current: Any, badges: Any) -> None:
    """POST and PUT come to the same."""
    stored, model = ways.draft("User", user(current), POST)
    assert stored in (None, model)
    usual, model = ways.draft("User", user(badges), PUT, model[0] if model else None)
    assert usual in (None, model)


@EACH
@BOTH
@given(current=ONE, badges=ONE, verb=st.sampled_from(["add", "replace", "remove"]), pathless=st.booleans())
def test_a_patch_is_the_same_both_ways(ways: Ways, current: Any, badges: Any, verb: str, *, pathless: bool) -> None:
    """PATCH comes to the same, with a path and without."""
    _, model = ways.draft("User", user(current), POST)
    ((name, value),) = badges.items()
    operation = {"op": verb, "path": f"{BADGES}:{name}", "value": value}
    if pathless:
        operation = {"op": verb, "value": {BADGES: badges}}
    elif verb == "remove":
        del operation["value"]
    document = model[0] if model else {"schemas": [CORE], "userName": "ann"}
    message = {"schemas": [PATCH], "Operations": [operation]}
    usual, model = ways.patch("User", message, document, active=True)
    assert usual in (None, model)


def test_a_put_may_be_compiled_unless_something_is_kept() -> None:
    """An attribute that a PUT must keep or compare leaves all PUTs to models."""
    body = {"schemas": [CORE], "userName": "ann"}
    plain = Ways.of(extended(attribute("rank", "string")), "strict")
    assert plain.draft("User", body, PUT, body)[0] is not None
    assert STRICT.draft("User", body, PUT, body)[0] is None


def test_a_required_extension_must_be_there() -> None:
    """A resource without an extension that its type requires is left to a model, which refuses it."""
    ways = Ways.of(extended(attribute("rank", "string"), required=True), "strict")
    assert ways.draft("User", {"schemas": [CORE], "userName": "ann"}, POST) == (None, None)
    assert ways.draft("User", user({"rank": "high"}), POST)[0] is not None
