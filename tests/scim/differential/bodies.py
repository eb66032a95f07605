"""Bodies that are mostly what clients send, and sometimes what they should not."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.scim_client import BULK, ENTERPRISE, GROUP, PATCH, USER

Strategy = st.SearchStrategy[Any]
NAMES = ["ada", "Ada", "bob", "cy", "dön", "eve@example.com"]
TEXT = st.sampled_from(["x", "X", "Straße", "a b", 'q"q', "", "0"])
ODD: Strategy = st.sampled_from([None, "", 7, 1.5, True, [], {}, ["x"], {"value": "x"}, [None], "true"])


def mostly(usual: Strategy, odd: Strategy) -> Strategy:
    """Draw what is usual in three of four cases."""
    return st.integers(0, 3).flatmap(lambda draw: odd if draw == 3 else usual)


def with_one_fault(usual: Strategy, faults: dict[str, Strategy]) -> Strategy:
    """Draw an object that has one fault at most, since who finds several may tell of any."""
    fault = st.sampled_from(sorted(faults)).flatmap(lambda name: faults[name].map(lambda value: {name: value}))
    return mostly(usual, st.tuples(usual, fault).map(lambda parts: parts[0] | parts[1]))


def listed(entries: Strategy, most: int) -> Strategy:
    """Draw a list in which nothing repeats."""
    return st.lists(entries, max_size=most, unique_by=lambda entry: json.dumps(entry, sort_keys=True))


def chosen(fields: dict[str, Strategy]) -> Strategy:
    """Draw an object with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


ENTRY = chosen(
    {
        "value": st.sampled_from(["a@x.example", "b@x.example", "A@x.example"]),
        "type": st.sampled_from(["work", "home", "Work"]),
        "primary": st.booleans(),
        "display": TEXT,
    }
)
NAME = chosen({"givenName": TEXT, "familyName": TEXT, "formatted": TEXT})
EXTENSION = chosen(
    {"department": TEXT, "employeeNumber": TEXT, "manager": chosen({"value": TEXT, "displayName": TEXT})}
)
ATTRIBUTES: dict[str, Strategy] = {
    "displayName": TEXT,
    "externalId": st.sampled_from(["e1", "e2", "E1"]),
    "title": TEXT,
    "active": st.booleans(),
    "name": NAME,
    "emails": listed(ENTRY, 3),
    "roles": listed(chosen({"value": TEXT, "primary": st.booleans()}), 2),
    "phoneNumbers": listed(chosen({"value": TEXT, "type": TEXT}), 2),
    "addresses": listed(chosen({"locality": TEXT, "type": TEXT}), 2),
    ENTERPRISE: EXTENSION,
}
FAULTS: dict[str, Strategy] = {
    **dict.fromkeys(["userName", *ATTRIBUTES], ODD),
    "schemas": st.sampled_from([[USER, ENTERPRISE], [GROUP], [], None, "x"]),
    "id": TEXT,
    "meta": st.just({"version": "x", "resourceType": "Group"}),
    "groups": st.just([{"value": "g"}]),
    "DisplayName": TEXT,
    "shoeSize": st.just(9),
    "password": st.just("secret"),
    "urn:example:none": st.just({"a": 1}),
}


def users(*, create: bool = True) -> Strategy:
    """Draw the body of a user; one to create says whether it is active."""
    required: dict[str, Strategy] = {"schemas": st.just([USER]), "userName": st.sampled_from(NAMES)}
    if create:
        required["active"] = st.sampled_from([True, True, False])
    optional = {name: drawn for name, drawn in ATTRIBUTES.items() if name not in required}
    return with_one_fault(st.fixed_dictionaries(required, optional=optional), FAULTS)


def members(ids: list[str]) -> Strategy:
    """Draw a list of members."""
    entry = st.fixed_dictionaries({"value": st.sampled_from(ids)}, optional={"display": TEXT, "type": st.just("User")})
    return st.lists(entry, max_size=3) if ids else st.just([])


def groups(ids: list[str]) -> Strategy:
    """Draw the body of a group, of which one member may be unknown."""
    required: dict[str, Strategy] = {
        "schemas": st.just([GROUP]),
        "displayName": st.sampled_from(["Team", "team", "Crew", "Ops"]),
    }
    usual = st.fixed_dictionaries(required, optional={"externalId": TEXT, "members": members(ids)})
    faults: dict[str, Strategy] = dict.fromkeys(["displayName", "externalId", "shoeSize"], ODD)
    odd_members = st.one_of(ODD, st.just([{"value": "nobody"}]))
    return with_one_fault(usual, {**faults, "members": odd_members, "schemas": st.just([USER]), "id": TEXT})


WRITTEN: dict[str, Strategy] = {
    **{name: ATTRIBUTES[name] for name in ("displayName", "title", "active", "name", "emails", "roles", "externalId")},
    "userName": st.sampled_from(NAMES),
    "name.givenName": TEXT,
    "NAME.familyname": TEXT,
    'emails[type eq "work"].value': st.sampled_from(["a@x.example", "c@x.example"]),
    'emails[value eq "a@x.example"].primary': st.booleans(),
    'emails[type eq "home"]': ENTRY,
    ENTERPRISE: EXTENSION,
    f"{ENTERPRISE}:department": TEXT,
    f"{ENTERPRISE}:manager": chosen({"value": TEXT}),
    f"{ENTERPRISE}:manager.value": TEXT,
    f"{USER}:title": TEXT,
}
ODD_PATHS = ["emails.value", "id", "meta", "groups", "shoeSize", "emails[", "", "password", 'title[value eq "x"]',
             "name.givenName.x", "schemas", "emails[primary eq true]", "userName"]  # fmt: skip
WRITES = st.sampled_from(["add", "replace"])
OPS = st.sampled_from(["add", "replace", "remove"])
FAULTY_OPERATIONS = st.one_of(
    st.fixed_dictionaries({"op": OPS, "path": st.sampled_from(ODD_PATHS), "value": st.one_of(TEXT, ODD)}),
    st.fixed_dictionaries({"op": WRITES, "path": st.sampled_from(list(WRITTEN)), "value": ODD}),
    st.sampled_from(
        [
            7,
            {"op": None},
            {"op": "add"},
            {"op": "remove"},
            {"op": "move", "path": "title"},
            {"op": "replace", "value": "x"},
            {"op": "Replace", "path": "title", "value": "x"},
            {"path": "title", "value": "x"},
        ]
    ),
)


def written(values: dict[str, Strategy], removable: list[str]) -> Strategy:
    """Draw an operation that fits."""
    writes = [
        st.fixed_dictionaries({"op": WRITES, "path": st.just(path), "value": value}) for path, value in values.items()
    ]
    whole = {name: value for name, value in values.items() if name.isalpha() or name == ENTERPRISE}
    without_path = st.fixed_dictionaries({"op": WRITES, "value": chosen(whole)})
    removes = st.fixed_dictionaries({"op": st.just("remove"), "path": st.sampled_from(removable)})
    return st.one_of(*writes, without_path, removes)


def patches(ids: list[str] | None, *, faults: bool = True) -> Strategy:
    """Draw the body of a PATCH, of a group whose members may be these, or of a user."""
    if ids is None:
        usual = written(WRITTEN, [*WRITTEN, "emails[primary eq true]", 'roles[value eq "x"]'])
    else:
        filters = [f'members[value eq "{id_}"]' for id_ in ids]
        names = {"displayName": st.sampled_from(["Team", "Crew", "team"]), "externalId": TEXT, "members": members(ids)}
        usual = written(names, ["externalId", "members", 'members[type eq "User"]', *filters])
    bodies = st.lists(usual, min_size=1, max_size=3).map(_patch)
    last = st.tuples(st.lists(usual, max_size=1), FAULTY_OPERATIONS).map(lambda parts: _patch([*parts[0], parts[1]]))
    odd: dict[str, Strategy] = {
        "schemas": st.sampled_from([[USER], [], None]),
        "Operations": st.sampled_from([None, [], {}]),
    }
    return st.one_of(bodies, bodies, with_one_fault(bodies, odd), last) if faults else bodies


def _patch(listed: list[Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": listed}


def bulks(ids: list[str], group_ids: list[str]) -> Strategy:
    """Draw a bulk request whose operations may refer to each other."""
    user_paths = st.sampled_from([f"/Users/{id_}" for id_ in [*ids, "nobody"]])
    group_paths = st.sampled_from([f"/Groups/{id_}" for id_ in [*group_ids, "nobody"]])
    references = st.sampled_from(["bulkId:u1", "bulkId:u2", "bulkId:none", *ids])
    team = st.fixed_dictionaries(
        {"schemas": st.just([GROUP]), "displayName": st.sampled_from(["Team", "Crew"])},
        optional={"members": st.lists(st.fixed_dictionaries({"value": references}), max_size=2)},
    )

    def operation(method: str, path: Strategy, data: Strategy, **more: Strategy) -> Strategy:
        return st.fixed_dictionaries({"method": st.just(method), "path": path, "data": data, **more})

    listed = st.one_of(
        operation("POST", st.just("/Users"), users(), bulkId=st.sampled_from(["u1", "u2", "u3"])),
        operation("POST", st.just("/Groups"), team, bulkId=st.sampled_from(["g1", "g2"])),
        operation("PUT", user_paths, users(create=False)),
        operation("PATCH", user_paths, patches(None, faults=False)),
        operation("PATCH", group_paths, patches([*ids, "bulkId:u1"], faults=False)),
        st.fixed_dictionaries({"method": st.just("DELETE"), "path": st.one_of(user_paths, group_paths)}),
        st.sampled_from([{"method": "GET", "path": "/Users"}, {"method": "POST", "path": "/Users"}, {}, 7]),
    )
    envelope = {"schemas": st.just([BULK]), "Operations": st.lists(listed, min_size=1, max_size=4)}
    return st.fixed_dictionaries(envelope, optional={"failOnErrors": st.sampled_from([0, 1, 1, 2, 3, -1, "x"])})
