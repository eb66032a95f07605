"""Find the values a lax validator would misread: to pydantic, "no", "off" and 0 are booleans."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.scim.dialects.keys import Expansion, expand
from app.scim.dialects.paths import locate
from app.scim.dialects.schema_index import Attribute, Shape
from app.scim.dialects.tolerance import Leniency, Tolerance


def misread_in_resource(shape: Shape, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the boolean attributes of a resource that hold anything but a JSON boolean (RFC 7643 §2.3.2)."""
    return tuple(dict.fromkeys(_in_document(shape, expand(shape, payload, _reader()))))


def misread_in_patch(shape: Shape, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the boolean attributes a PATCH writes anything but a JSON boolean to."""
    found: list[str] = []
    for key, operations in payload.items():
        if key.lower() == "operations" and isinstance(operations, list):
            for operation in operations:
                found.extend(_in_operation(shape, operation))
    return tuple(dict.fromkeys(found))


def _in_operation(shape: Shape, operation: Any) -> Iterator[str]:
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


def _in_document(shape: Shape, expansion: Expansion) -> Iterator[str]:
    for space in (shape.core, *shape.extensions):
        container = expansion.document if space is shape.core else expansion.document.get(space.urn)
        for key, value in container.items() if isinstance(container, dict) else ():
            if attribute := space.find(key):
                yield from _in_value(attribute, value, attribute.name)
    for key, value in expansion.selections:
        target = locate(shape, key)
        if target and target.leaf:
            yield from _in_value(target.leaf, value, target.text)


def _in_value(attribute: Attribute, value: Any, name: str) -> Iterator[str]:
    for entry in value if isinstance(value, list) and (attribute.multi_valued or attribute.is_complex) else [value]:
        if attribute.type == "boolean" and not isinstance(entry, bool | None):
            yield name
        for key, item in entry.items() if isinstance(entry, dict) else ():
            if sub := attribute.sub(key.rpartition(".")[2]):
                yield from _in_value(sub, item, f"{name}.{sub.name}")


def _reader() -> Leniency:
    return Leniency(frozenset(Tolerance), patching=True)
