"""Errors are in the words of an administrator: whole sentences, no library's prose, no names of Python."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scim.conftest import Connect
from tests.scim_client import ENTERPRISE, PATCH, PROSE, SEARCH, ScimClient, group, op, refused, user

LIBRARY = re.compile(
    r"Field |mutability '|is not declared|attribute notation|required attribute|a remove |path filter|SCIM endpoint|"
    r"became unassigned|cannot be applied|is read-only$|holds one or more|not a valid|non-existent|has a value that"
)
PATHS = st.sampled_from(
    [
        "", " ", "[", "x[", "shoeSize", "userName", "name", "name.", "name.shoe", "emails[", "emails[]", "emails.shoe",
        'emails[type eq "work"]', 'emails[type eq "work"].value', "emails[type gt 7].value", "emails[shoe pr]",
        'userName[type eq "x"]', "active", "meta", "meta.created", "id", "groups", "groups.value", "schemas", "urn:x:y",
        ENTERPRISE, f"{ENTERPRISE}:shoe", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.displayName", "members",
        'members[value eq "x"]', "members.value", "displayName", "emails.primary", "externalId", "a.b.c", "é", "::",
        'meta.created[type eq "x"]', "emails[value eq 1e999]",
    ]
)  # fmt: skip
VALUES: Any = st.sampled_from(
    [
        None, "", "x", 7, True, [], {}, [{}], [[]], {"value": "x"}, [{"value": "x"}], {"shoe": 1}, {"userName": None},
        [{"value": "x", "primary": True}, {"value": "y", "primary": True}], {"emails.shoe": 1}, {"id": "x"},
        {"value": {}}, {"active": "maybe"}, {ENTERPRISE: {"manager": {"shoe": 1}}}, "bulkId:x", [None], 1.5,
    ]
)  # fmt: skip
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Replace", "move", 7, None])},
    optional={"path": PATHS | VALUES, "value": VALUES},
)


def sound(answer: Any) -> None:
    """Read what was refused, in one request or among the operations of a bulk."""
    if answer.status_code >= 400:
        detail = refused(answer, answer.status_code, json.loads(answer.data).get("scimType"))["detail"]
        assert not LIBRARY.search(detail), detail
        assert re.search(r'[.…"}]$', detail), detail
        assert not PROSE.search(detail), detail


@pytest.mark.parametrize("dialect", ["strict", "entra"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_is_wrong_is_said_plainly(connect: Connect, dialect: str) -> None:
    """Bad operations, bodies and searches are refused in sentences that name what to mend."""
    scim = connect(dialect)
    ada, team = scim.user("ada", emails=[{"value": "a@x", "type": "work"}]), scim.group("Team")

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.lists(OPERATIONS, max_size=2), PATHS, VALUES)
    def said(operations: list[Any], path: str, value: Any) -> None:
        body = {"schemas": [PATCH], "Operations": operations}
        for target in (f"/Users/{ada}", f"/Groups/{team}"):
            sound(scim.send("PATCH", target, body))
        sound(scim.put(f"/Users/{ada}", {**user("ada"), path or "x": value}))
        sound(scim.put(f"/Groups/{team}", {**group("Team"), path or "x": value}))
        sound(scim.get("/Users", filter=path, sortBy=path))
        sound(scim.get("/Users", attributes=path, count=value))
        sound(scim.post("/.search", {"schemas": [SEARCH], "excludedAttributes": value, "sortBy": path}))

    said()


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (op("replace", "shoeSize", 7), "There is no attribute shoeSize here"),
        (op("remove", "userName"), "is required and cannot be removed; replace its value"),
        (op("add", "displayName"), "An operation that is add needs a value"),
        (op("replace", 'emails[type eq "home"].value', "x"), "No value of emails matches the filter"),
        (op("remove"), "A remove needs a path"),
        (op("replace", "meta.created", "2026-01-01T00:00:00Z"), "meta.created is read-only"),
        (op("replace", "name", "x"), "name must be an object"),
        (op("replace", 'meta.created[type eq "x"]', "x"), "meta.created is part of an attribute and takes no brackets"),
        (op("remove", "emails[value eq 1e999]"), "1e999 is larger than any number"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_patch_must_not_do_is_named(scim: ScimClient, operation: Any, words: str) -> None:
    """The attribute, the rule, and what to do."""
    ada = scim.user("ada")
    answer = scim.patch(f"/Users/{ada}", operation)
    sound(answer)
    assert words in answer.get_json()["detail"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_leads_nowhere_is_named(scim: ScimClient) -> None:
    """Endpoints, methods and media types say what there is instead."""
    for answer, words in (
        (scim.get("/Devices"), "There is no endpoint"),
        (scim.send("PUT", "/Users", user("x")), "Allow lists"),
        (scim.post("/Users", user("x"), headers={"Content-Type": "text/plain"}), "must be application/scim+json"),
        (scim.get("/Me"), "stands for no user"),
        (scim.get("/Schemas", filter="id pr"), "leave it out"),
        (scim.get("/Users", filter='name.givenName[type eq "x"]'), "name.givenName is part of an attribute"),
        (scim.get("/Users", filter="userName eq 1e999"), "1e999 is larger than any number"),
    ):
        sound(answer)
        assert words in answer.get_json()["detail"]
