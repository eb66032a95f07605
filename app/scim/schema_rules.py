"""What is wrong with a schema or a resource type that an operator wrote (RFC 7643 §6, §7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"),
    "mutability": ("readWrite", "readOnly", "immutable", "writeOnly"),
    "returned": ("default", "always", "never", "request"),
    "uniqueness": ("none", "server", "global"),
}
FLAGS: Final = ("multiValued", "required", "caseExact")
LISTS: Final = ("canonicalValues", "referenceTypes", "subAttributes")
KNOWN: Final = {"name", "description", *CHOICES, *FLAGS, *LISTS}
RESERVED: Final = {"schemas", "id", "externalid", "meta", "password"}
ENDPOINTS: Final = {"bulk", "me", "schemas", "resourcetypes", "serviceproviderconfig"}

NAME: Final = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]{0,99}", re.ASCII)
WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}", re.ASCII)
URN: Final = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9:._-]{1,200}", re.ASCII)
ENDPOINT: Final = re.compile(r"/[A-Za-z][A-Za-z0-9-]{0,63}", re.ASCII)


def completed(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """Return an attribute with the characteristics that a file may leave out (RFC 7643 §2.2)."""
    kind = attribute.get("type", "string")
    found = {
        "type": kind,
        "multiValued": False,
        "description": "",
        "required": False,
        "caseExact": kind in {"reference", "binary"},
        "mutability": "readWrite",
        "returned": "never" if attribute.get("mutability") == "writeOnly" else "default",
        "uniqueness": "none",
        **attribute,
    }
    if "subAttributes" in found:
        found["subAttributes"] = [completed(each) for each in found["subAttributes"]]
    return found


def wrong_in_schema(schema: Mapping[str, Any], *, extension: bool) -> Iterator[str]:
    """Yield what is wrong with a schema, each with the attribute it is about."""
    if not WORD.fullmatch(str(schema.get("name"))):
        yield 'needs a "name" of letters and digits'
    if not isinstance(schema.get("attributes"), list) or not schema["attributes"]:
        yield 'needs a list of "attributes"'
        return
    yield from _wrong_in_list(schema["attributes"], "", set() if extension else RESERVED)


def wrong_in_type(resource_type: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a resource type of an operator's own."""
    if not WORD.fullmatch(str(resource_type.get("name"))):
        yield 'needs a "name" of letters and digits'
    endpoint = str(resource_type.get("endpoint"))
    if not ENDPOINT.fullmatch(endpoint) or endpoint[1:].lower() in ENDPOINTS:
        yield f'needs an "endpoint" such as "/Devices", not {endpoint!r}'


def _wrong_in_list(attributes: list[Any], owner: str, reserved: set[str]) -> Iterator[str]:
    seen = set(reserved)
    for place, attribute in enumerate(attributes, 1):
        name = attribute.get("name") if isinstance(attribute, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f'attribute {owner}{place}: needs a "name" that starts with a letter'
            continue
        if name.lower() in seen:
            why = "is an attribute of every resource" if name.lower() in reserved else "is declared twice"
            yield f"attribute {owner}{name}: {why}"
        seen.add(name.lower())
        yield from (f"attribute {owner}{name}: {why}" for why in _wrong(attribute, nested=bool(owner)))
        if isinstance(attribute.get("subAttributes"), list) and not owner:
            yield from _wrong_in_list(attribute["subAttributes"], f"{name}.", set())


def _wrong(attribute: Mapping[str, Any], *, nested: bool) -> Iterator[str]:
    if unknown := sorted(attribute.keys() - KNOWN):
        yield f"{unknown[0]} is no characteristic of an attribute"
    for word, choices in CHOICES.items():
        if attribute.get(word, choices[0]) not in choices:
            yield f"{word} is one of {', '.join(choices)}, not {attribute[word]!r}"
    for word in FLAGS:
        if not isinstance(attribute.get(word, False), bool):
            yield f"{word} is true or false, not {attribute[word]!r}"
    for word in LISTS[:2]:
        listed = attribute.get(word, ["x"])
        if not isinstance(listed, list) or not listed or not all(isinstance(each, str) and each for each in listed):
            yield f"{word} is a list of words, not {listed!r}"
    yield from _contradictions(completed_flat(attribute), nested=nested)


def completed_flat(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """Return an attribute with its characteristics, whatever its sub-attributes are."""
    return completed({name: value for name, value in attribute.items() if name != "subAttributes"}) | {
        "subAttributes": attribute.get("subAttributes")
    }


def _contradictions(attribute: Mapping[str, Any], *, nested: bool) -> Iterator[str]:
    kind, parts = attribute["type"], attribute["subAttributes"]
    if kind == "complex" and nested:
        yield "a complex attribute holds no complex one"
    if kind == "complex" and not (isinstance(parts, list) and parts):
        yield "a complex attribute needs a list of subAttributes"
    if kind != "complex" and parts is not None:
        yield "only a complex attribute has subAttributes"
    if attribute["mutability"] == "writeOnly" and attribute["returned"] != "never":
        yield "what is writeOnly is returned never"
    if attribute["required"] and attribute["mutability"] == "readOnly":
        yield "what is readOnly cannot be required, since no client writes it"
    if attribute["uniqueness"] != "none" and kind in {"complex", "boolean"}:
        yield f"a {kind} attribute cannot be unique"
    if "canonicalValues" in attribute and kind != "string":
        yield "only a string has canonicalValues"
    if "referenceTypes" in attribute and kind != "reference":
        yield "only a reference has referenceTypes"
