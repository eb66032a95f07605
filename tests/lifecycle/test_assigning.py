"""Prove what a user's document says about entitlements and their scopes."""

from typing import Any

import pytest

from app.lifecycle.assigning import assigned, scope_of
from tests.lifecycle.people import policy

COUNTRY = "addresses.country"
URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def given(document: dict[str, Any], *groups: str, **pool: Any) -> dict[str, str | None]:
    """Return the pools that are assigned, where there is one pool, called sales."""
    return assigned(document, policy(entitlements={"sales": pool}).entitlements, groups)


def scope(path: str, document: dict[str, Any]) -> str | None:
    """Return the scope that a path finds."""
    pools = policy(entitlements={"sales": {"assigned_by": "api", "scope_by": path}}).entitlements
    return scope_of(document, pools["sales"])


@pytest.mark.parametrize("where", ["entitlements", "roles"])
def test_a_value_assigns_the_pool_of_its_name_or_the_one_that_names_it(where: str) -> None:
    """Case does not count, and what is no text assigns nothing."""
    document = {where: [{"value": 7}, "SALES", {"value": "Sales"}, {}]}
    assert given(document, assigned_by=where) == {"sales": None}
    assert given(document, assigned_by=where, value="seller") == {}
    assert given({where: [{"value": "Seller"}]}, assigned_by=where, value="seLLer") == {"sales": None}
    assert given({}, assigned_by=where) == {}


def test_values_of_one_attribute_assign_nothing_of_another() -> None:
    """A role does not stand for an entitlement, a group not for a role, and nothing in the profile for the API."""
    named = [{"value": "sales"}]
    everywhere = {"groups": named, "api": named}
    assert given({**everywhere, "roles": named}, "sales", assigned_by="entitlements") == {}
    assert given({**everywhere, "entitlements": named}, "sales", assigned_by="roles") == {}
    assert given({**everywhere, "roles": named}, assigned_by="groups") == {}
    assert given({**everywhere, "roles": named}, "sales", assigned_by="api") == {}
    assert given({}, "others", "sales", assigned_by="groups") == {"sales": None}


def test_what_everyone_has_has_no_scope() -> None:
    """A seat is one of the whole tenant, whatever the profile says."""
    assert given({"": "x", "country": "ES"}, assigned_by="everyone") == {"sales": None}


def test_the_primary_value_tells_the_scope() -> None:
    """Of several addresses it is the primary one, else the first that names a country."""
    home, work = {"country": "PT", "primary": False}, {"country": "ES", "primary": True}
    assert scope(COUNTRY, {"addresses": [home, work]}) == "ES"
    assert scope(COUNTRY, {"addresses": [home, {"country": "FR"}]}) == "PT"
    assert scope(COUNTRY, {"addresses": ["nowhere", {"locality": "Bilbao", "primary": True}, home]}) == "PT"
    assert scope(COUNTRY, {"addresses": []}) is None


def test_a_scope_is_text_and_may_be_one_of_an_extension() -> None:
    """An attribute of an extension is named with its URN (RFC 7644 §3.10); a number is no scope."""
    assert scope("locale", {"locale": "es-ES"}) == "es-ES"
    assert scope(f"{URN}:costCenter", {URN: {"costCenter": "4130"}, "costCenter": "x"}) == "4130"
    assert scope("locale", {"locale": 7}) is None
    assert scope("name.familyName", {"name": {"familyName": "Lovelace"}}) == "Lovelace"
