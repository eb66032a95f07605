"""What searches ask for: filters, orders, pages, attributes."""

from typing import Any

from hypothesis import strategies as st

from tests.scim.differential import bodies
from tests.scim_client import ENTERPRISE, SEARCH, USER

Strategy = st.SearchStrategy[Any]
PATHS = [
    "userName", "USERNAME", "displayName", "externalId", "title", "active", "name.givenName", "name", "emails",
    "emails.value", "emails.type", "emails.primary", "roles", "roles.value", "meta.created", "meta.version", "id",
    "meta.resourceType", f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager.value", f"{USER}:userName", "schemas",
    "members", "members.value", "shoeSize", "phoneNumbers", "addresses.locality", "meta.location",
]  # fmt: skip
LITERALS = [f'"{name}"' for name in bodies.NAMES] + [
    '"x"', '"X"', '""', '"a@x.example"', '"work"', "true", "false", "null", "7", '"2026-11-23T09:00:00Z"', "x",
    '"User"', '"2026-11-23"', r'"q\"q"', 'W/"1"',
]  # fmt: skip
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]


def _grown(terms: Strategy) -> Strategy:
    pairs = st.tuples(terms, st.sampled_from(["and", "or", "AND"]), terms).map(" ".join)
    return st.one_of(pairs, terms.map("not ({})".format), terms.map("({})".format))


def _compared(paths: list[str]) -> Strategy:
    compared = st.tuples(st.sampled_from(paths), st.sampled_from(OPERATORS), st.sampled_from(LITERALS)).map(" ".join)
    return st.one_of(compared, compared, st.sampled_from(paths).map("{} pr".format))


LISTS = st.sampled_from(["emails", "roles", "addresses", "name", "title"])
ELEMENTS = st.tuples(LISTS, _compared(["type", "value", "primary"])).map(lambda parts: f"{parts[0]}[{parts[1]}]")
TERMS = st.one_of(_compared(PATHS), _compared(PATHS), ELEMENTS)
FILTERS = st.recursive(TERMS, _grown, max_leaves=3)
BROKEN = ["", "userName", "userName eq", 'eq "x"', 'userName xx "x"', "(userName pr", "emails[type", "a" * 200]
SORTED = ["userName", "displayName", "title", "id", "meta.created", "name.familyName", "active", "emails", "externalId"]
SHOWN = ["userName", "displayName", "name.givenName", "emails.value", "meta", "id", "members", "groups", "NAME"]
ATTRIBUTES = st.lists(st.sampled_from(SHOWN), min_size=1, max_size=3).map(",".join)
ODD_ATTRIBUTES = st.sampled_from(["shoeSize", "a b", "", "name.x", "emails[", ",", f"{ENTERPRISE}:department"])
FAULTS: dict[str, Strategy] = {
    "filter": st.sampled_from(BROKEN),
    "sortBy": st.sampled_from(PATHS),
    "sortOrder": st.sampled_from(["up", "", "Descending"]),
    "startIndex": st.sampled_from(["", "x", "1.5"]),
    "count": st.sampled_from(["", "x", "1.5"]),
    "attributes": ODD_ATTRIBUTES,
    "excludedAttributes": ODD_ATTRIBUTES,
}
NUMBERS = st.sampled_from(["0", "1", "2", "5", "-1", "100000"])
SHAPES = st.sampled_from([{"attributes": ATTRIBUTES}, {"excludedAttributes": ATTRIBUTES}, {}]).flatmap(bodies.chosen)
PAGES = bodies.chosen({"startIndex": NUMBERS, "count": NUMBERS})
ORDER = st.sampled_from(["ascending", "descending"])
ORDERS = bodies.chosen({"sortBy": st.sampled_from(SORTED), "sortOrder": ORDER})
COMMON_ORDERS = bodies.chosen({"sortBy": st.sampled_from(["id", "displayName", "meta.created"]), "sortOrder": ORDER})


def merged(*parts: Strategy) -> Strategy:
    """Draw one object of several."""
    return st.tuples(*parts).map(lambda drawn: {name: value for part in drawn for name, value in part.items()})


QUERIES = st.one_of(
    merged(PAGES, ORDERS, SHAPES),
    merged(PAGES, COMMON_ORDERS, SHAPES, FILTERS.map(lambda text: {"filter": text})),
    bodies.with_one_fault(merged(PAGES, SHAPES), FAULTS),
)
PROJECTIONS = bodies.with_one_fault(SHAPES, dict.fromkeys(("attributes", "excludedAttributes"), ODD_ATTRIBUTES))


def body_of(query: dict[str, str]) -> dict[str, Any]:
    """Return the body of ``.search`` that asks what a query string asks."""
    listed = {name: value.split(",") for name, value in query.items() if name in {"attributes", "excludedAttributes"}}
    numbers = {
        name: int(value) for name, value in query.items() if name in {"startIndex", "count"} and _is_number(value)
    }
    return {"schemas": [SEARCH], **query, **listed, **numbers}


def _is_number(value: str) -> bool:
    return value.lstrip("-").isdigit()
