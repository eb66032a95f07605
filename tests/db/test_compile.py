"""Conditions compiled to SQL mean on both databases what `ScimFilter.match` means in memory."""

from typing import Any

import pytest
from scim2_models import Group, SearchRequest
from scim2_server.testing import SEARCH_FILTERS, SEARCH_SORTS, SEARCH_USERS
from sqlalchemy import Connection, select

from app.db.compile import order_by, where
from app.db.targets import groups_of, users_of
from app.scim.filters import condition_of, sorts_of
from tests.db.searched import GROUP, GROUPS, TENANT, USERS, found, matched, store
from tests.scim.filter_models import CUSTOM, ENTERPRISE, Model


@pytest.mark.parametrize("text", SEARCH_FILTERS)
def test_the_filters_of_the_storage_contract(searched: Connection, text: str) -> None:
    """Each filter that scim2-server tries on a storage finds what the library finds."""
    users = [store(searched, number, document) for number, document in enumerate(SEARCH_USERS)]
    assert found(searched, text) == matched(users, text)


PEOPLE: list[dict[str, Any]] = [
    {
        "userName": "Ann_%", "externalId": "Ext-1", "displayName": "Łucja",
        "active": True, "title": 'a "quoted" \\ boss',
        "name": {"givenName": "Straße", "familyName": "İnan"},
        "emails": [{"value": "ann@work.example", "type": "work"}, {"value": "ann@home.example", "type": "home"}],
        "roles": [{"value": "Admin", "primary": True}],
        CUSTOM: {
            "badge": "AbC", "floor": 3, "rate": 0.30000000000000004, "hired": "2026-05-13T04:42:34.1+02:00",
            "remote": False, "photo": "QUJD", "page": "https://example.org/A", "skills": ["SQL",
            "é"], "marks": [1, 2],
            "desks": [{"value": "D1", "level": 0}, {"level": 4, "since": "2020-01-01T00:00:00Z"}],
        },
    },
    {"userName": "annXY", "title": "", "displayName": "e\u0301clair", "active": False, "name": {"givenName": "ẞ"}},
    {"userName": "zoë", "nickName": "100", ENTERPRISE: {"manager": {"value": "M1",
    "$ref": "/Users/M1"}}, "emails": []},
    {"userName": "\U0001f600", "title": "\uffff", CUSTOM: {"floor": -(2**60), "remote": True, "marks": []}},
]  # fmt: skip

CASES = [
    'userName sw "ann_"', 'userName co "%"', 'userName ew "_%"', 'userName sw ""', 'userName co ""', 'userName ew ""',
    'userName eq "ZOE\u0308"', 'userName gt "\uffff"', 'userName sw "\U0001f600"', 'userName lt "b"',
    "userName ne null",
    "userName co 5", "not (userName gt null)", 'displayName eq "ÉCLAIR"', 'displayName sw "É"',
    'displayName eq "łUCJA"',
    "displayName pr", "not (displayName pr)", 'displayName ne "x"', "displayName eq null", 'displayName gt "f"',
    'name.familyName eq "i̇nan"', 'name.givenName eq "ß"', 'name.givenName co "SS"', 'name.givenName eq "STRAßE"',
    r'title eq "a \"quoted\" \\ boss"', r'title ew "\\ boss"', 'title gt "\U0001f600"', "title ne null", "title pr",
    'externalId eq "ext-1"', 'externalId eq "Ext-1"', "not (externalId pr)", 'externalId ne "Ext-1"', 'id eq "u1"',
    'id eq "U1"', 'id sw "U" and not (id ew "2")', "active eq true", "active ne true", "active eq null", "active pr",
    "name eq null", "name ne null", 'name eq "x"', 'name ne "x"', "emails eq null", "emails ne null",
    "emails.type eq null", "emails.primary eq null", 'emails ne "ann@work.example"',
    "emails[type pr and primary eq null]",
    'emails[type eq "work" and value eq "ANN@work.example"]', 'emails[type eq "work" and value co "home"]',
    'emails[type eq "work"].value eq "ann@work.example"', "not (emails[value pr])", 'emails.value ew "HOME.example"',
    'roles eq "admin"', 'roles[value eq "ADMIN" and primary eq true]', 'roles.value ne "admin"',
    'addresses eq "x"', 'addresses ne "x"', "addresses eq null", "addresses ne null",
    "groups pr", 'groups eq "g1"', 'groups eq "G1"', 'groups.display eq "ADMINS"', 'groups ne "g1"', "groups eq null",
    'groups[type eq "direct" and display sw "a"]', "groups.$ref pr", "groups ne null", 'not (groups.value sw "g")',
    f'schemas eq "{ENTERPRISE}"', f'schemas[value eq "{ENTERPRISE.upper()}"]', "schemas pr",
    "schemas[not (nothing pr)]",
    "meta pr", 'meta.resourceType eq "User"', 'meta.resourceType eq "user"', 'meta.resourceType gt "Group"',
    r'meta.version eq "W/\"1\""', r'meta.version sw "W/\"2"',
    'meta.created eq "2026-11-23T00:25:00.123Z"', 'meta.created eq "2026-11-23T01:25:00.123+01:00"',
    'meta.created eq "2026-11-23T00:25:00.1235Z"', 'meta.created ge "2026-11-23T00:25:00.1235Z"',
    'meta.created gt "2026-11-23T00:25:00.1225Z"', 'meta.created le "2026-11-23T00:25:00.1235Z"',
    'meta.created lt "2026-11-23T00:25:00.123Z"', 'meta.created lt "2026-11-23T00:25:00.1235Z"',
    'meta.created ne "2020-01-01"',
    f'{CUSTOM}:badge eq "abc"', f'{CUSTOM}:badge eq "AbC"', f"{CUSTOM}:floor eq 3", f"{CUSTOM}:floor eq 3.0",
    f'{CUSTOM}:floor lt "4"', f"{CUSTOM}:floor gt {-10**31}", f"{CUSTOM}:floor co 3",
    f"{CUSTOM}:floor gt -1{'0' * 400}", f"{CUSTOM}:rate eq 0.3",
    f"{CUSTOM}:rate eq 0.30000000000000004", f"{CUSTOM}:rate gt 0.3", f"{CUSTOM}:floor ne 3",
    f"{CUSTOM}:remote eq false",
    f'{CUSTOM}:hired eq "2026-05-13T02:42:34.1Z"', f'{CUSTOM}:hired gt "2026-05-13T02:42:34.1Z"',
    f'{CUSTOM}:hired co "2026"',
    f'{CUSTOM}:photo eq "QUJD"', f'{CUSTOM}:page eq "https://example.org/a"', f'{CUSTOM}:skills eq "sql"',
    f'{CUSTOM}:skills ne "SQL"', f'{CUSTOM}:skills[value sw "e\u0301"]', f"{CUSTOM}:marks gt 1",
    f"{CUSTOM}:marks eq null",
    f"{CUSTOM}:marks ne null", f"{CUSTOM}:marks pr", f'{CUSTOM}:marks[value eq "1"]', f"{CUSTOM}:desks[level eq 0]",
    f"{CUSTOM}:desks.value eq null", f'{CUSTOM}:desks[not (value eq "d1") and level ge 4]',
    f"{CUSTOM}:desks[value eq null]",
    f'{CUSTOM}:desks[since lt "2021-01-01T00:00:00+14:00"]', f'{ENTERPRISE}:manager.value eq "M1"',
    f"{ENTERPRISE}:manager pr", f'{ENTERPRISE}:manager eq "M1"', f'{ENTERPRISE}:manager.displayName ne "x"',
    'nickName gt "1" or not (nickName pr) and (title eq "" or title pr)', 'password eq "x"', 'password ne "x"',
]  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_filters_that_translations_get_wrong(searched: Connection, text: str) -> None:
    """Wildcards, case, composition, quotes, null, zones, numbers and negation mean what the library means."""
    users = [store(searched, number, document, member=number < 2) for number, document in enumerate(PEOPLE)]
    assert found(searched, text) == matched(users, text)


def test_members_of_groups(searched: Connection) -> None:
    """A group is found by its members, whose type and name compare without case."""
    store(searched, 1, {"userName": "ann"}, member=True)
    cases = {
        'members eq "U1"': True, 'members.value eq "u1"': False, 'members[value eq "U1" and type eq "USER"]': True,
        'members ne "U1"': False, 'not (members eq "U2")': True, "members pr": True, "members eq null": False,
        'members.display sw "an"': True, "members.$ref eq null": True, 'displayName eq "ADMINS"': True,
        'members[value eq "U1" and display eq "x"]': False, 'meta.resourceType eq "Group"': True,
    }  # fmt: skip
    for text, expected in cases.items():
        test = where(condition_of(text, Group), groups_of(TENANT))
        assert (searched.scalar(select(GROUPS.c.id).where(test)) == GROUP) is expected, text


def test_relations_and_lookups_stay_inside_the_tenant(searched: Connection) -> None:
    """Rows of another tenant with the same ids lead to nobody."""
    store(searched, 1, {"userName": "ann", "emails": [{"value": "a@x.example"}]}, member=True)
    for text in ('groups eq "g1"', "groups pr", 'emails eq "a@x.example"'):
        test = where(condition_of(text, Model), users_of(TENANT + 1))
        assert searched.scalars(select(USERS.c.id).where(test)).all() == []


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("name", [*SEARCH_SORTS, f"{CUSTOM}:floor", f"{CUSTOM}:skills", f"{CUSTOM}:desks.level", "id"])
def test_sorting(searched: Connection, name: str, order: str) -> None:
    """Rows come in the order of the library, those without a value last, or first when descending."""
    people = [*PEOPLE, *SEARCH_USERS, {"userName": "z", CUSTOM: {"floor": 12, "desks": [{}, {"level": 3}]}}]
    users = [store(searched, number, document) for number, document in enumerate(people)]
    request: SearchRequest[Any] = SearchRequest.model_validate({"sortBy": name, "sortOrder": order})
    values = {user.id: request.sort_value(user) for user in users}
    (sort,) = sorts_of(name, [Model], descending=order == "descending")
    terms = order_by(sort, users_of(TENANT))
    ids = searched.scalars(select(USERS.c.id).order_by(*terms)).all()
    assert [values[found] for found in ids] == [values[user.id] for user in request.sort(users)]
