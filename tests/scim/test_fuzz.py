"""Arbitrary JSON never breaks the server: always a SCIM body, never a 5xx."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scim.conftest import Connect
from tests.scim_client import BULK, ENTERPRISE, GROUP, PATCH, PROSE, USER

NAMES = [
    "userName",
    "active",
    "emails",
    "name",
    "roles",
    "externalId",
    "members",
    "displayName",
    "schemas",
    "Operations",
    "op",
    "path",
    "value",
    "primary",
    "type",
    "display",
    "id",
    "meta",
    "groups",
    "addresses",
    ENTERPRISE,
    "manager",
    "$ref",
    "x509Certificates",
    "failOnErrors",
    "method",
    "bulkId",
    "data",
    "version",
    "filter",
    "attributes",
    "count",
    "sortBy",
    "sortOrder",
    "startIndex",
    "excludedAttributes",
]
WORDS = [
    "add",
    "remove",
    "replace",
    "members",
    "active",
    'emails[type eq "work"].value',
    "name.givenName",
    f"{ENTERPRISE}:manager",
    "POST",
    "PATCH",
    "/Users",
    "/Groups/x",
    "bulkId:a",
    "a",
    "True",
    "False",
    USER,
    GROUP,
    PATCH,
    BULK,
    "roles",
    "id",
    "",
    'members[value eq "x"]',
    "schemas",
    "userName",
    ENTERPRISE,
    "emails.value",
    'roles[primary eq "True"]',
    "x509Certificates",
]
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), VALUES, max_size=6)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "Add", "Remove"])},
        optional={"path": st.sampled_from(WORDS) | st.text(max_size=12), "value": VALUES},
    ),
    min_size=1,
    max_size=4,
)
BULKS = st.lists(
    st.fixed_dictionaries(
        {
            "method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
            "path": st.sampled_from(["/Users", "/Groups", "/x"]),
        },
        optional={"bulkId": st.sampled_from(["a", "b"]), "data": OBJECTS, "version": SCALARS},
    ),
    max_size=4,
)
REQUESTS = st.one_of(
    OBJECTS,
    OBJECTS.map(lambda body: {"schemas": [USER], "userName": "fuzz", **body}),
    OBJECTS.map(lambda body: {"schemas": [GROUP], "displayName": "Fuzz", **body}),
    OPERATIONS.map(lambda operations: {"schemas": [PATCH], "Operations": operations}),
    BULKS.map(lambda operations: {"schemas": [BULK], "Operations": operations}),
)


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra"])
def test_any_json_is_answered(dialect: str, connect: Connect) -> None:
    """POST, PUT and PATCH of arbitrary JSON to every endpoint are answered in SCIM, without words of a library."""
    scim = connect(dialect)
    ada, team = scim.user("ada", roles=[{"value": "Analyst"}]), scim.group("Team")
    targets = [
        ("POST", "/Users"),
        ("PUT", f"/Users/{ada}"),
        ("PATCH", f"/Users/{ada}"),
        ("POST", "/Groups"),
        ("PUT", f"/Groups/{team}"),
        ("PATCH", f"/Groups/{team}"),
        ("POST", "/Bulk"),
        ("POST", "/Users/.search"),
    ]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(request=REQUESTS)
    def sent(request: Any) -> None:
        for method, path in targets:
            answer = scim.send(method, path, request)
            assert answer.status_code < 500, (method, path, answer.text)
            assert answer.data or answer.status_code == 204
            if answer.status_code >= 400:
                said = json.loads(answer.data)
                assert said["status"] == str(answer.status_code)
                assert said["detail"]
                assert not PROSE.search(said["detail"].replace("True", "").replace("False", "")), said

    sent()
