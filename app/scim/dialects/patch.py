"""Mend the body of a PATCH (RFC 7644 §3.5.2)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.scim.dialects.keys import expand, fill, tidy_attributes, tidy_document
from app.scim.dialects.paths import Target, locate, names_password, with_boolean_filter
from app.scim.dialects.removal import as_removal, tidy_removal
from app.scim.dialects.schema_index import Attribute, Shape
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.dialects.urns import PATCH_OP
from app.scim.dialects.values import tidy_object, tidy_value

_VERBS: Final = ("add", "remove", "replace")
_WRITES: Final = ("add", "replace")
_VALUE_EQUALS: Final = re.compile(r'\[\s*value\s+eq\s+(?P<literal>"(?:[^"\\]|\\.)*")\s*\]', re.IGNORECASE)


def tidy_patch(shape: Shape, payload: Mapping[str, Any], lax: Leniency) -> dict[str, Any]:
    """Give the message in the form RFC 7644 describes; `Operations` is empty when nothing is left to do."""
    message = _named(payload, ("schemas", "Operations"))
    if "Operations" not in payload and "Operations" in message:
        lax.take(Tolerance.OPERATIONS_KEY)
    if not _is_patch_op(message.get("schemas")) and lax.take(Tolerance.SCHEMA_URN):
        message["schemas"] = [PATCH_OP]
    operations = message.get("Operations")
    if isinstance(operations, dict) and lax.take(Tolerance.OBJECT_FOR_LIST):
        operations = [operations]
    if isinstance(operations, list):
        message["Operations"] = [tidied for each in operations for tidied in _tidy_operation(shape, each, lax)]
    return message


def _tidy_operation(shape: Shape, operation: Any, lax: Leniency) -> Iterator[Any]:
    if not isinstance(operation, dict):
        yield operation
        return
    operation = _with_lower_verb(_named(operation, ("op", "path", "value")), lax)
    path = operation.get("path")
    if path in (None, ""):
        yield from _tidy_pathless(shape, operation, lax)
    elif isinstance(path, str):
        yield from _tidy_at_path(shape, operation, path, lax)
    else:
        yield operation


def _tidy_pathless(shape: Shape, operation: dict[str, Any], lax: Leniency) -> Iterator[dict[str, Any]]:
    value = operation.get("value")
    if not isinstance(value, dict) or operation.get("op") not in _WRITES:
        yield operation
        return
    expansion = expand(shape, value, lax)
    rest = tidy_document(shape, expansion.document, lax)
    if rest or not value:
        yield {**operation, "value": rest}
    for key, item in expansion.selections:
        yield from _tidy_at_path(shape, {**operation, "path": key, "value": item}, key, lax)


def _tidy_at_path(shape: Shape, operation: dict[str, Any], path: str, lax: Leniency) -> Iterator[dict[str, Any]]:
    if names_password(shape, path) and lax.take(Tolerance.PASSWORD_DROPPED):
        return
    target = locate(shape, path)
    if target is None or not lax.take_all(target.spelling):
        yield operation
    elif target.attribute is None:
        yield from _tidy_at_schema(shape, operation, target, lax)
    else:
        yield _tidy_at_attribute(with_boolean_filter(target, lax), target.attribute, operation, lax)


def _tidy_at_attribute(
    target: Target, attribute: Attribute, operation: dict[str, Any], lax: Leniency
) -> dict[str, Any]:
    operation = {**operation, "path": target.text}
    if operation.get("op") == "remove":
        return tidy_removal(target, attribute, operation, lax)
    if operation.get("op") in _WRITES:
        return _tidy_write(target, attribute, operation, lax)
    return operation


def _tidy_at_schema(shape: Shape, operation: dict[str, Any], target: Target, lax: Leniency) -> Iterator[dict[str, Any]]:
    """Mend an operation on a whole schema; the core one stands for the resource itself."""
    value = operation.get("value")
    if operation.get("op") not in _WRITES or not isinstance(value, dict):
        yield {**operation, "path": target.text}
    elif target.is_core:
        yield from _tidy_pathless(shape, {key: item for key, item in operation.items() if key != "path"}, lax)
    else:
        inner = tidy_attributes(target.namespace, fill(shape, target.namespace, value, lax), lax)
        yield {**operation, "path": target.text, "value": inner}


def _tidy_write(target: Target, attribute: Attribute, operation: dict[str, Any], lax: Leniency) -> dict[str, Any]:
    value = operation.get("value")
    if value is None:
        return _tidy_null(target, attribute, operation, lax)
    if target.selection and not target.sub:
        tidied = tidy_object(attribute, value, lax)
    else:
        tidied = tidy_value(target.sub or attribute, value, lax)
    operation = {**operation, "value": tidied}
    if tidied is None:
        return _tidy_null(target, attribute, operation, lax)
    return as_removal(target, attribute, operation, lax) or operation


def _tidy_null(target: Target, attribute: Attribute, operation: dict[str, Any], lax: Leniency) -> dict[str, Any]:
    selected = _VALUE_EQUALS.fullmatch(target.selection)
    if operation["op"] == "add" and selected and not target.sub and lax.take(Tolerance.FILTER_ADD):
        entry = {"value": _unquoted(selected["literal"])}
        return {**operation, "path": target.selecting("").text, "value": [entry]}
    if "value" not in operation:
        return operation
    removed = as_removal(target, attribute, operation, lax)
    if removed or operation["op"] == "replace" or not lax.take(Tolerance.NULL_VALUE):
        return removed or operation
    if attribute.multi_valued and not target.sub:
        return {**operation, "value": []}
    return {**operation, "op": "replace"}


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal[1:-1]


def _with_lower_verb(operation: dict[str, Any], lax: Leniency) -> dict[str, Any]:
    verb = operation.get("op")
    if not isinstance(verb, str) or verb in _VERBS or verb.lower() not in _VERBS or not lax.take(Tolerance.OP_CASE):
        return operation
    return {**operation, "op": verb.lower()}


def _named(payload: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Spell the members of a message as RFC 7644 does."""
    spelt = {name.lower(): name for name in names}
    return {spelt.get(key.lower(), key): value for key, value in payload.items()}


def _is_patch_op(schemas: Any) -> bool:
    return isinstance(schemas, list) and PATCH_OP in schemas
