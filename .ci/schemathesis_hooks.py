"""Let schemathesis make what SCIM's grammars allow, and leave out what two valid parts forbid each other."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.generation.meta import TestPhase

NAMES = ("displayName", "externalId", "meta.created", "id")
VALUES = st.from_regex(r"[A-Za-z0-9 .%_*-]{0,12}", fullmatch=True)
FILTERS = st.builds('{} {} "{}"'.format, st.sampled_from(NAMES[:2]), st.sampled_from(("eq", "ne", "co", "sw")), VALUES)

schemathesis.openapi.format("scim-filter", FILTERS | st.builds("not ({})".format, FILTERS) | st.just("id pr"))
schemathesis.openapi.format("scim-attribute", st.sampled_from(NAMES))
schemathesis.openapi.format("scim-attributes", st.lists(st.sampled_from(NAMES), min_size=1).map(",".join))
KNOWN = {
    "/Users/{id}": os.environ["SCIM_USER_ID"],
    "/Groups/{id}": os.environ["SCIM_GROUP_ID"],
    "/Schemas/{id}": "urn:ietf:params:scim:schemas:core:2.0:User",
    "/ResourceTypes/{id}": "User",
}
schemathesis.openapi.format("scim-id", st.just(KNOWN["/Users/{id}"]))


@schemathesis.hook
def before_load_schema(_context: Any, schema: dict[str, Any]) -> None:
    """Let searches alone try both media types, since a body costs hundreds of requests for each."""
    for path, item in schema["paths"].items():
        for operation in item.values():
            if not path.endswith("/.search"):
                operation.get("requestBody", {}).get("content", {}).pop("application/json", None)


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _kwargs: Any) -> None:
    """Lead to what exists, which must stay, and leave out what valid parts forbid each other."""
    ids = case.path_parameters
    if case.method == "DELETE" and ids.get("id") in KNOWN.values():
        ids["id"] = "nobody"
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    if case.method != "DELETE" and case.path in KNOWN and case.meta.phase.name is not TestPhase.STATEFUL:
        ids["id"] = KNOWN[case.path]
    for asked in (case.query, case.body):
        if isinstance(asked, dict):
            _reconcile(asked)


def _reconcile(asked: dict[str, Any]) -> None:
    """Ask for attributes or leave some out, and make no cursor up."""
    if "excludedAttributes" in asked:
        asked.pop("attributes", None)
    if asked.get("cursor") or "startIndex" in asked:
        asked.pop("cursor", None)
