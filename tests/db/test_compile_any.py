"""Any filter on any users finds in both databases what `ScimFilter.match` finds in memory."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import InvalidFilterException, ScimFilter
from sqlalchemy import Connection

from app.scim.filters import condition_of
from app.scim.keys import folded_key
from tests.db.searched import found, matched, store
from tests.scim.filter_models import CUSTOM, ENTERPRISE, Model

TEXTS = st.text("aAbBéÉe\u0301ßẞİı%_\\\"' 1\U0001f600\uffff", max_size=4)  # noqa: RUF001
MOMENTS = st.sampled_from(
    ["2026-05-13T04:42:34Z", "2026-05-13T06:42:34+02:00", "2026-05-13T04:42:34.5Z", "2019-12-31T23:59:59-11:00"]
)
ADDRESSES = st.sampled_from(["a@x.example", "A@X.example", "b@x.example", "a@y.example"])
TYPES = st.sampled_from(["work", "Work", "home", "pager"])
NUMBERS = st.integers(-2, 3)
DECIMALS = st.sampled_from([0, 0.1, 1, 1.5, -2.25, 1e20])
BINARIES = st.sampled_from(["QUJD", "REVG", ""])


def _dict(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


CUSTOMS = _dict(
    badge=TEXTS, floor=NUMBERS, rate=DECIMALS, hired=MOMENTS, remote=st.booleans(), photo=BINARIES,
    skills=st.lists(TEXTS, max_size=3), marks=st.lists(NUMBERS, max_size=3),
    desks=st.lists(_dict(value=TEXTS, level=NUMBERS, since=MOMENTS), max_size=3),
)  # fmt: skip
USERS = st.fixed_dictionaries(
    {"userName": TEXTS},
    optional={
        "displayName": TEXTS, "title": TEXTS, "externalId": TEXTS, "active": st.booleans(),
        "name": _dict(familyName=TEXTS, givenName=TEXTS),
        "emails": st.lists(_dict(value=ADDRESSES, type=TYPES, display=TEXTS), max_size=3),
        "roles": st.lists(_dict(value=TEXTS, type=TEXTS), max_size=2),
        "addresses": st.lists(_dict(locality=TEXTS), max_size=2),
        ENTERPRISE: _dict(department=TEXTS),
        CUSTOM: CUSTOMS,
    },
)  # fmt: skip


def _operand(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.one_of(values, values, values, st.none(), st.booleans(), NUMBERS, TEXTS).map(ScimFilter.quote)


OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])


def _term(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    compared = st.builds("{} {} {}".format, st.just(name), OPERATORS, _operand(values))
    return st.one_of(compared, compared, st.just(f"{name} pr"))


def _joined(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("not ({})".format, inner),
        ),
        max_leaves=4,
    )


LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "userName": TEXTS, "displayName": TEXTS, "title": TEXTS, "externalId": TEXTS, "name.familyName": TEXTS,
    "name": TEXTS, "active": st.booleans(), "emails": ADDRESSES, "emails.type": TYPES, "emails.display": TEXTS,
    "roles": TEXTS, "roles.type": TEXTS, "addresses": TEXTS, "addresses.locality": TEXTS, "schemas": TEXTS,
    "meta.created": st.just("2026-11-23T00:25:00.123Z"), f"{ENTERPRISE}:department": TEXTS, f"{CUSTOM}:badge": TEXTS,
    f"{CUSTOM}:floor": NUMBERS, f"{CUSTOM}:rate": DECIMALS, f"{CUSTOM}:hired": MOMENTS,
    f"{CUSTOM}:remote": st.booleans(),
    f"{CUSTOM}:photo": BINARIES, f"{CUSTOM}:skills": TEXTS, f"{CUSTOM}:marks": NUMBERS, f"{CUSTOM}:desks": TEXTS,
    f"{CUSTOM}:desks.level": NUMBERS, f"{CUSTOM}:desks.since": MOMENTS, "groups": st.just("g1"),
    "groups.display": TEXTS,
}  # fmt: skip
SELECTED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "emails": {"value": ADDRESSES, "type": TYPES, "display": TEXTS},
    "roles": {"value": TEXTS, "type": TEXTS},
    f"{CUSTOM}:desks": {"value": TEXTS, "level": NUMBERS, "since": MOMENTS},
    f"{CUSTOM}:skills": {"value": TEXTS},
    "groups": {"value": st.just("g1"), "type": st.just("direct")},
}


def _selection(head: str, subs: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[str]:
    inner = _joined(st.one_of(*(_term(name, values) for name, values in subs.items())))
    return st.builds("{}[{}]".format, st.just(head), inner)


FILTERS = _joined(
    st.one_of(
        *(_term(name, values) for name, values in LEAVES.items()),
        *(_selection(head, subs) for head, subs in SELECTED.items()),
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(USERS, min_size=1, max_size=4, unique_by=lambda user: folded_key(user["userName"])),
    st.lists(FILTERS, min_size=5, max_size=15),
)
def test_any_filter_on_any_users(searched: Connection, documents: list[dict[str, Any]], texts: list[str]) -> None:
    """The database finds what the library finds, and both refuse the same filters."""
    with searched.begin_nested() as savepoint:
        users = [store(searched, n, document, member=n % 2 == 0) for n, document in enumerate(documents)]
        for text in texts:
            try:
                expected = matched(users, text)
            except InvalidFilterException:
                with pytest.raises(InvalidFilterException):
                    condition_of(text, Model)
            else:
                assert found(searched, text) == expected, text
        savepoint.rollback()
