"""Find the values a lax validator would misread: to pydantic, "no", "off" and 0 are booleans, and 17 is a date."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from app.scim.dialects.keys import Expansion, expand
from app.scim.dialects.paths import locate
from app.scim.dialects.schema_index import Attribute, Shape
from app.scim.dialects.tolerance import Leniency, Tolerance

BASE64: Final = "base64 (RFC 4648)"
INTEGERS: Final = range(-(2**63), 2**63)
MOMENT: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Misread:
    """An attribute that holds what its type is not, and what it has to hold."""

    name: str
    wanted: str


def misread_in_resource(shape: Shape, payload: Mapping[str, Any], *, strict: bool) -> tuple[Misread, ...]:
    """Name the attributes of a resource that hold anything but their type in JSON (RFC 7643 §2.3)."""
    return _refused(_in_document(shape, expand(shape, payload, _reader())), strict=strict)


def misread_in_patch(shape: Shape, payload: Mapping[str, Any], *, strict: bool) -> tuple[Misread, ...]:
    """Name the attributes a PATCH writes anything but their type in JSON to."""
    found: list[Misread] = []
    for key, operations in payload.items():
        if key.lower() == "operations" and isinstance(operations, list):
            for operation in operations:
                found.extend(_in_operation(shape, operation))
    return _refused(found, strict=strict)


def _refused(found: Iterable[Misread], *, strict: bool) -> tuple[Misread, ...]:
    """Leave malformed base64 to the lenient, who keep what can be read of it."""
    return tuple(dict.fromkeys(each for each in found if strict or each.wanted != BASE64))


def _in_operation(shape: Shape, operation: Any) -> Iterator[Misread]:
    members = {key.lower(): item for key, item in operation.items()} if isinstance(operation, dict) else {}
    path, value = members.get("path"), members.get("value")
    if str(members.get("op")).lower() == "remove" or not isinstance(path, str | None):
        return
    target = locate(shape, path) if path else None
    if target and target.leaf:
        yield from _in_value(target.leaf, value, target.text)
    elif isinstance(value, dict) and (target or not path):
        value = {target.namespace.urn: value} if target else value
        yield from _in_document(shape, expand(shape, value, _reader()))


def _in_document(shape: Shape, expansion: Expansion) -> Iterator[Misread]:
    for space in (shape.core, *shape.extensions):
        container = expansion.document if space is shape.core else expansion.document.get(space.urn)
        for key, value in container.items() if isinstance(container, dict) else ():
            if attribute := space.find(key):
                yield from _in_value(attribute, value, attribute.name)
    for key, value in expansion.selections:
        target = locate(shape, key)
        if target and target.leaf:
            yield from _in_value(target.leaf, value, target.text)


def _in_value(attribute: Attribute, value: Any, name: str) -> Iterator[Misread]:
    ignored = attribute.mutability == "readOnly" and attribute.type != "boolean"
    holds, wanted = ANYTHING if ignored else JSON.get(attribute.type, ANYTHING)
    for entry in value if isinstance(value, list) and (attribute.multi_valued or attribute.is_complex) else [value]:
        if entry is not None and not holds(entry):
            yield Misread(name, wanted)
        for key, item in entry.items() if isinstance(entry, dict) else ():
            if sub := attribute.sub(key.rpartition(".")[2]):
                yield from _in_value(sub, item, f"{name}.{sub.name}")


def _reader() -> Leniency:
    return Leniency(frozenset(Tolerance), patching=True)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    """Tell whether this is a whole number that every database can hold and compare."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and int(value) == value and int(value) in INTEGERS


def _is_decimal(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and MOMENT.fullmatch(value) is not None


def _is_base64(value: Any) -> bool:
    """Tell whether this is base64 without anything else in it (RFC 4648 §4)."""
    try:
        return isinstance(value, str) and b64decode(value, validate=True) is not None
    except ValueError:
        return False


def _is_anything(_value: Any) -> bool:
    return True


ANYTHING: Final = (_is_anything, "")
JSON: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = MappingProxyType(
    {
        "boolean": (_is_boolean, "true or false, as a JSON boolean"),
        "integer": (_is_integer, "a whole number of at most 64 bits"),
        "decimal": (_is_decimal, "a number"),
        "binary": (_is_base64, BASE64),
        "dateTime": (_is_moment, 'a date and time, such as "2026-01-31T12:00:00Z"'),
    }
)
