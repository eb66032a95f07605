"""Comparison keys are those of scim2-models, and the search document mirrors a document in them."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import ScimFilter, User
from scim2_models.path import AttrPath

from app.scim.keys import binary_key, exact_key, folded_key, moment_key, number_key, search_document
from tests.scim.filter_models import CUSTOM, ENTERPRISE, Model

RESOLVER = ScimFilter[User[Any]]("id pr")


@given(st.text())
def test_strings_have_the_keys_of_the_library(text: str) -> None:
    """A string's key is what the library compares in its place, and its own key."""
    for name, key in (("userName", folded_key), ("externalId", exact_key)):
        binding = RESOLVER.resolve_comparison(AttrPath(name))
        assert binding is not None
        assert key(text) == binding.comparable(text)
        assert key(key(text)) == key(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [("STRASSE", "strasse"), ("Straße", "straße"), ("ẞ", "ß"), ("E\u0301", "é"), ("İ", "i\u0307"), ("ΑΣ", "ας")],
)
def test_case_and_composition(text: str, key: str) -> None:
    """Case is lowered, not folded, so that ß is not ss; composed and decomposed letters are one."""
    assert folded_key(text) == unicodedata.normalize("NFC", key)


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(-14, 14),
)
def test_the_order_of_moments_is_the_order_of_their_keys(first: datetime, second: datetime, hours: int) -> None:
    """Moments compare as text, whatever their zones."""
    elsewhere = second.astimezone(timezone(timedelta(hours=hours)))
    one, other = str(moment_key(first.isoformat())), str(moment_key(elsewhere))
    assert len(one) == len(other) == 27
    assert ((one > other), (one == other)) == ((first > second), (first == second))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-11-23T01:25:00.5+01:00", "2026-11-23T00:25:00.500000Z"),
        ("2026-11-23T00:25:00", "2026-11-23T00:25:00.000000Z"),
        ("2026-11-23T00:25:00.1234567Z", "2026-11-23T00:25:00.123456Z"),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_moments(text: str | None, key: str | None) -> None:
    """A moment is fixed-width UTC; what is no moment, or lies before the first year, has no key."""
    assert moment_key(text) == key


def test_values_of_another_type_have_no_key() -> None:
    """A value that its attribute cannot have is left out rather than compared."""
    assert (folded_key(1), exact_key(None), number_key("1"), binary_key(1)) == (None, None, None, None)
    assert binary_key("QUJ\nD") == binary_key(b"ABC") == "QUJD"


def test_the_search_document() -> None:
    """Names are lower-cased, values replaced by keys, and what columns hold or nobody declares is left out."""
    document = {
        "schemas": [ENTERPRISE],
        "id": "U1",
        "meta": {"resourceType": "User"},
        "userName": "Ann",
        "USERTYPE": "Staff",
        "title": None,
        "undeclared": 1,
        "name": {"givenName": "ANN", "x": 1},
        "emails": [{"value": "Ann@X.example", "primary": True, "type": None}, None],
        ENTERPRISE: {"employeeNumber": "A1", "manager": {"value": "M1", "$ref": "/Users/M1"}},
        CUSTOM: {"badge": "AbC", "hired": "2026-01-01T00:00:00Z", "skills": ["SQL"], "floor": 3, "marks": []},
    }
    assert search_document(Model, document) == {
        "schemas": [ENTERPRISE.lower()],
        "username": "ann",
        "usertype": "staff",
        "name": {"givenname": "ann"},
        "emails": [{"value": "ann@x.example", "primary": True}],
        ENTERPRISE.lower(): {"employeenumber": "a1", "manager": {"value": "M1", "$ref": "/Users/M1"}},
        CUSTOM.lower(): {
            "badge": "AbC",
            "hired": "2026-01-01T00:00:00.000000Z",
            "skills": ["sql"],
            "floor": 3,
            "marks": [],
        },
    }
