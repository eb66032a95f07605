"""What identity providers send, of the size and in the shapes they send it; the same number is the same user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

GIVEN_NAMES = ("Ada", "Björn", "Chiara", "Dmitri", "Élodie", "Fatima", "Goro")
FAMILY_NAMES = ("Almeida", "Brąz", "Castellanos", "Dvořák", "Eriksson", "Fitzgerald", "Görgülü", "Haddad", "Ito")
DEPARTMENTS = ("Customer Success", "Accounting", "Site Reliability", "Procurement", "Compliance")


def dumped(document: Any) -> bytes:
    """Return a document as the bytes of a body."""
    return orjson.dumps(document)


def user_name(number: int) -> str:
    """Return the userName of a user."""
    return f"person.{number:08d}@bench.example"


def external_id(number: int) -> str:
    """Return the externalId of a user, as long as those of Okta."""
    return f"00u{number:017d}"


def display_name(number: int) -> str:
    """Return the displayName of a user."""
    return f"{GIVEN_NAMES[number % 7]} {FAMILY_NAMES[number % 9]}"


def user(number: int, title: str = "Account Executive") -> dict[str, Any]:
    """Return a full user, about 1.2 KB of JSON."""
    given, family, shown = GIVEN_NAMES[number % 7], FAMILY_NAMES[number % 9], display_name(number)
    return {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": user_name(number),
        "externalId": external_id(number),
        "name": {"givenName": given, "familyName": family, "middleName": "Robin", "formatted": f"{given} R. {family}"},
        "displayName": shown,
        "nickName": given.lower(),
        "profileUrl": f"https://people.bench.example/{number}",
        "title": title,
        "userType": "Employee",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/Lisbon",
        "active": True,
        "emails": [
            {"value": user_name(number), "type": "work", "primary": True},
            {"value": f"private.{number:08d}@mail.example", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": f"+351 21 {number % 10_000_000:07d}", "type": "work"},
            {"value": f"+351 91 {number % 10_000_000:07d}", "type": "mobile"},
        ],
        "addresses": [_address(number)],
        ENTERPRISE_USER: _employment(number),
    }


def _address(number: int) -> dict[str, Any]:
    return {
        "type": "work",
        "primary": True,
        "streetAddress": f"Rua do Ensaio {number % 400 + 1}",
        "locality": "Lisboa",
        "region": "Lisboa",
        "postalCode": f"{1000 + number % 900}-{number % 1000:03d}",
        "country": "PT",
    }


def _employment(number: int) -> dict[str, Any]:
    return {
        "employeeNumber": str(500_000 + number),
        "costCenter": f"CC-{number % 60:03d}",
        "organization": "Bench Industries",
        "division": "Iberia",
        "department": DEPARTMENTS[number % 5],
        "manager": {"value": f"3f0c7d1e-5a5b-4c9e-9d10-{number % 5000:012d}"},
    }


def group(name: str) -> bytes:
    """Return a group without members."""
    return dumped({"schemas": [CORE_GROUP], "displayName": name})


def patch(operation: dict[str, Any]) -> bytes:
    """Return a PATCH of one operation."""
    return dumped({"schemas": [PATCH], "Operations": [operation]})


def activate_as_okta(*, active: bool) -> bytes:
    """Return Okta's way to switch a user on or off: no path, an object as the value."""
    return patch({"op": "replace", "value": {"active": active}})


def activate_as_entra(*, active: bool) -> bytes:
    """Return Entra's way to switch a user on or off: a capital operation with a path."""
    return patch({"op": "Replace", "path": "active", "value": active})


def add_members(members: Iterable[tuple[str, str]]) -> bytes:
    """Return a PATCH that puts members, ``(id, display)``, into a group."""
    value = [{"value": id_, "display": display} for id_, display in members]
    return patch({"op": "add", "path": "members", "value": value})


def remove_member(member_id: str) -> bytes:
    """Return a PATCH that takes one member out of a group."""
    return patch({"op": "remove", "path": f'members[value eq "{member_id}"]'})


def bulk_creation(numbers: Sequence[int]) -> bytes:
    """Return a bulk request that creates users."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"user-{number}", "data": user(number)} for number in numbers
    ]
    return dumped({"schemas": [BULK], "Operations": operations})
