"""Bodies of the shapes that providers send, and of shapes next to those."""

from typing import Any

from hypothesis import strategies as st

from tests.scim.dialects.served import CORE, ENTERPRISE, GROUP, PATCH

LEGACY = "urn:scim:schemas:core:1.0"
STRINGS = st.sampled_from(["Ann", "", "ann@a.example", "Müller", "Mu\u0308ller", "work", "WORK", "home", "\u00c9", "ﬁ"])
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "True", "false", "no", 0, 7, 2.5, "", [], {}, [None], [{}], ["x"], {"value": "x"}, [{"value": "x"}],
     "2026-01-02T03:04:05.5Z", {"value": None}, {"value": ""}, {"$ref": None, "value": "x"}, [{"value": ""}]]
)  # fmt: skip
BOOLEANS = st.booleans() | st.booleans() | st.sampled_from(["True", "false", None])


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], times: int = 9) -> st.SearchStrategy[Any]:
    """Make something odd now and then."""
    return st.integers(0, times).flatmap(lambda n: usual if n else odd)


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make objects that have some of these parts, now and then one of an odd value or name."""
    names = st.sampled_from([*parts, *(name.upper() for name in parts), "shoeSize"])
    spoilt = st.dictionaries(names, ODD, min_size=1, max_size=1)
    plain = st.fixed_dictionaries({}, optional=parts)
    return mostly(plain, st.builds(dict.__or__, plain, spoilt))


EMAIL = some(value=STRINGS, type=STRINGS, primary=BOOLEANS, display=STRINGS)
NAME = some(givenName=STRINGS, familyName=STRINGS, middleName=STRINGS | st.none())
MEMBER = some(**{"value": st.sampled_from(["u1", "u2", "u3"]), "display": STRINGS, "type": STRINGS, "$ref": STRINGS})
MANAGER = some(**{"value": STRINGS, "$ref": STRINGS, "displayName": STRINGS}) | STRINGS
ENTERPRISE_USER = some(department=STRINGS, employeeNumber=STRINGS, manager=MANAGER)
META = some(resourceType=STRINGS, created=st.sampled_from(["2026-01-02T03:04:05.5Z", "2026-13-02T03:04:05Z", "now"]))
URNS = st.lists(st.sampled_from([CORE, CORE, ENTERPRISE, CORE.lower(), LEGACY, "urn:x:y", GROUP]), max_size=3)
LISTED = mostly(st.just([CORE, ENTERPRISE]), URNS, 3)
USER_PARTS: dict[str, st.SearchStrategy[Any]] = {
    "externalId": STRINGS,
    "active": BOOLEANS,
    "title": STRINGS | st.none(),
    "displayName": STRINGS,
    "profileUrl": STRINGS,
    "name": NAME,
    "emails": st.lists(EMAIL, max_size=3),
    "roles": st.lists(EMAIL, max_size=2),
    "x509Certificates": st.lists(some(value=st.just("YQ=="), display=STRINGS), max_size=1),
    ENTERPRISE: ENTERPRISE_USER,
    "id": STRINGS,
    "meta": META,
    "groups": st.lists(MEMBER, max_size=1),
}
GROUP_PARTS: dict[str, st.SearchStrategy[Any]] = {
    "externalId": STRINGS,
    "members": st.lists(MEMBER, max_size=3),
    "id": STRINGS,
    "meta": META,
}


def resources(urns: st.SearchStrategy[Any], named: str, parts: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make resources that have what is required, most of them."""
    plain = st.builds(dict.__or__, st.fixed_dictionaries({"schemas": urns, named: STRINGS}), some(**parts))
    spoilt = st.sampled_from([{"password": "x"}, {"password": None}, {"schemas": None}, {"name.givenName": "x"}])
    return mostly(plain, st.builds(dict.__or__, plain, spoilt), 4)


USERS = resources(LISTED, "userName", USER_PARTS)
GROUPS = resources(mostly(st.just([GROUP]), st.sampled_from([[LEGACY], [], [CORE]]), 4), "displayName", GROUP_PARTS)
BODIES = {"User": USERS, "Group": GROUPS}

PATHS = [
    "active", "title", "userName", "name", "name.givenName", "NAME.givenName", "emails", "emails.value", ENTERPRISE,
    f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value", f"{ENTERPRISE}:manager.$ref",
    f"{CORE}:title", f"{CORE}:name.familyName", f"{CORE}:emails", CORE, "manager", "department", "password", "id",
    "groups", "schemas", "externalId", "members", "displayName", "roles", "x509Certificates", "shoeSize",
    'emails[type eq "work"].value', 'emails[type eq "Work"].display', 'emails[type eq "home"].type',
    'emails[value eq ""].display', "emails[primary eq true].value", 'emails[type eq "work"].primary',
    'emails[type eq "work"]', 'roles[display eq "E\u0301"].value', 'members[value eq "u1"]', 'members[value eq ""]',
    'members[type eq "User"]', 'x509Certificates[type eq "work"].value', f'{CORE}:emails[type eq "work"].value',
    'emails[type  eq "work"].value', 'emails[type eq "a\u2028b"].value', f"{ENTERPRISE}:manager.displayName", "",
]  # fmt: skip
VALUES = st.one_of(STRINGS, BOOLEANS, ODD, NAME, st.lists(EMAIL, max_size=2), st.lists(MEMBER, max_size=2), MANAGER)
VERBS = st.sampled_from(["add", "replace", "remove", "Add", "Replace", "Remove", "REPLACE"])
WRITES = st.sampled_from(["add", "replace", "Add", "Replace"])
REMOVE = st.sampled_from(["remove", "Remove"])
AT_PATH = st.fixed_dictionaries({"op": VERBS, "path": st.sampled_from(PATHS)}, optional={"value": VALUES})
TEXTS = [
    path for path in PATHS if path.endswith(("].value", "].display", "].type", ":department", "itle", ".givenName"))
]
MEMBERS = st.lists(MEMBER, max_size=2)
FITTING: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "User": {**dict.fromkeys(TEXTS, STRINGS), **USER_PARTS, "userName": STRINGS, f"{ENTERPRISE}:manager": MANAGER},
    "Group": {**GROUP_PARTS, "displayName": STRINGS, f"{GROUP}:displayName": STRINGS},
}
ONE = ["name", "name.givenName", "active", "title", ENTERPRISE, f"{ENTERPRISE}:manager", "emails", "userName"]
REMOVED = {"User": ONE, "Group": ["members", 'members[value eq "u1"]', "externalId", "displayName"]}


def messages(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Make PATCH messages for a resource type."""
    parts = FITTING[name]
    written = st.sampled_from(sorted(parts)).flatmap(
        lambda path: st.fixed_dictionaries({"op": WRITES, "path": st.just(path), "value": parts[path]})
    )
    whole = st.fixed_dictionaries({"op": WRITES, "value": st.sampled_from(sorted(parts)).flatmap(
        lambda path: st.fixed_dictionaries({path: parts[path]}) | some(**parts)
    )})  # fmt: skip
    removed = st.fixed_dictionaries({"op": REMOVE, "path": st.sampled_from(REMOVED[name])})
    named = st.fixed_dictionaries({"op": REMOVE, "path": st.just("members"), "value": MEMBERS})
    usual = written | whole | removed | (named if name == "Group" else written)
    operations = st.lists(mostly(usual, AT_PATH, 7), min_size=1, max_size=3)
    return st.fixed_dictionaries({"schemas": st.just([PATCH]), "Operations": operations})


MESSAGES = {name: messages(name) for name in FITTING}
