"""Mend the operations that take a value away."""

from typing import Any

from app.scim.dialects.paths import Target
from app.scim.dialects.schema_index import Attribute
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.dialects.values import tidy_value


def tidy_removal(target: Target, attribute: Attribute, operation: dict[str, Any], lax: Leniency) -> dict[str, Any]:
    """Let the value of a `remove` select entries of a whole list, and mean nothing where the path says it all."""
    value = operation.get("value")
    if value is None:
        return _without_value(operation) if "value" in operation and lax.take(Tolerance.NULL_VALUE) else operation
    if _is_said_by_path(target, attribute):
        return _without_value(operation) if lax.take(Tolerance.REMOVE_VALUE) else operation
    if not attribute.multi_valued or target.sub or not lax.take(Tolerance.REMOVE_VALUE_LIST):
        return operation
    entries = tidy_value(attribute, value, lax)
    if attribute.name == "members" and isinstance(entries, list):
        entries = [_identified(entry) for entry in entries]
    return {**operation, "value": entries}


def as_removal(target: Target, attribute: Attribute, operation: dict[str, Any], lax: Leniency) -> dict[str, Any] | None:
    """Turn a write of nothing to a reference, or into selected entries, into a `remove`."""
    value = operation.get("value")
    is_named = attribute.is_reference and (target.sub is None or target.sub.name == "value")
    if is_named and value in (None, "") and lax.take(Tolerance.EMPTY_MANAGER):
        return {**_without_value(operation), "op": "remove", "path": target.whole.text}
    # Replacing a value nobody holds would otherwise create an entry with nothing but the filter's words.
    if target.selection and value is None and lax.take(Tolerance.NULL_VALUE):
        return {**_without_value(operation), "op": "remove"}
    return None


def _is_said_by_path(target: Target, attribute: Attribute) -> bool:
    if target.selection:
        return True
    return not attribute.multi_valued and (not attribute.is_complex or attribute.is_reference or target.sub is not None)


def _without_value(operation: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in operation.items() if key != "value"}


def _identified(entry: Any) -> Any:
    identifier = entry.get("value") if isinstance(entry, dict) else None
    return {"value": identifier} if identifier and isinstance(identifier, str) else entry
