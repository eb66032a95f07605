"""Bring a value to the type its attribute declares (RFC 7643 §2.3), where the intent is plain."""

from collections.abc import Mapping
from typing import Any, Final

from app.scim.dialects.schema_index import Attribute
from app.scim.dialects.tolerance import Leniency, Tolerance

_BOOLEANS: Final = {"true": True, "false": False}


def tidy_value(attribute: Attribute, value: Any, lax: Leniency) -> Any:
    """Mend the value of an attribute; what cannot be mended stays, for validation to refuse."""
    if value is None:
        return None
    if attribute.multi_valued:
        return _tidy_list(attribute, value, lax)
    if attribute.is_complex:
        return tidy_object(attribute, value, lax)
    return _tidy_scalar(attribute, value, lax)


def tidy_object(attribute: Attribute, value: Any, lax: Leniency) -> Any:
    """Mend one object; None means that it names nothing and is to be unassigned."""
    if isinstance(value, list) and len(value) == 1 and lax.take(Tolerance.LIST_FOR_OBJECT):
        return tidy_object(attribute, value[0], lax)
    if _is_text(value) and "value" in attribute.sub_attributes:
        return _tidy_bare(attribute, value, lax)
    if not isinstance(value, dict):
        return value
    tidied = _tidy_members(attribute, value, lax, keep_nulls=lax.patching or attribute.is_reference)
    if not attribute.is_reference:
        return tidied
    if _names_nothing(tidied, lax) and lax.take(Tolerance.EMPTY_MANAGER):
        return None
    return {key: item for key, item in tidied.items() if item is not None or lax.patching}


def _tidy_bare(attribute: Attribute, value: Any, lax: Leniency) -> Any:
    tolerance = Tolerance.BARE_MANAGER if attribute.is_reference else Tolerance.BARE_VALUE
    if not lax.take(tolerance):
        return value
    return {"value": str(value)} if value != "" else None


def _names_nothing(reference: Mapping[str, Any], lax: Leniency) -> bool:
    if "value" in reference:
        return reference["value"] in (None, "")
    return not lax.patching and all(item is None for item in reference.values())


def _tidy_members(attribute: Attribute, value: Mapping[str, Any], lax: Leniency, *, keep_nulls: bool) -> dict[str, Any]:
    tidied = {}
    for key, item in value.items():
        sub = attribute.sub(_own_name(attribute, key, lax))
        if item is None and not keep_nulls and lax.take(Tolerance.NULL_VALUE):
            continue
        if sub is None:
            tidied[key] = item
        elif not (lax.patching and sub.mutability == "readOnly" and lax.take(Tolerance.READONLY_IN_PATCH)):
            tidied[sub.name] = tidy_value(sub, item, lax)
    return tidied


def _own_name(attribute: Attribute, key: str, lax: Leniency) -> str:
    head, dot, tail = key.partition(".")
    if dot and head.lower() == attribute.name.lower() and attribute.sub(tail) and lax.take(Tolerance.DOTTED_KEY):
        return tail
    return key


def _tidy_list(attribute: Attribute, value: Any, lax: Leniency) -> Any:
    if not isinstance(value, list):
        if not _can_be_entry(attribute, value) or not lax.take(Tolerance.OBJECT_FOR_LIST):
            return value
        value = [value]
    entries = [entry for entry in value if entry is not None or not lax.take(Tolerance.NULL_VALUE)]
    return [_tidy_entry(attribute, entry, lax) for entry in entries]


def _can_be_entry(attribute: Attribute, value: Any) -> bool:
    if not attribute.is_complex:
        return _is_text(value)
    # An empty string is not taken for an empty list: replacing members with it would empty a group.
    return isinstance(value, dict) or (_is_text(value) and value != "" and "value" in attribute.sub_attributes)


def _tidy_entry(attribute: Attribute, entry: Any, lax: Leniency) -> Any:
    if not attribute.is_complex:
        return _tidy_scalar(attribute, entry, lax)
    if isinstance(entry, dict):
        return _tidy_members(attribute, entry, lax, keep_nulls=False)
    if _can_be_entry(attribute, entry) and lax.take(Tolerance.BARE_VALUE):
        return {"value": str(entry)}
    return entry


def _tidy_scalar(attribute: Attribute, value: Any, lax: Leniency) -> Any:
    if isinstance(value, list | dict):
        inner = _wrapped(value)
        if inner is None or not lax.take(Tolerance.VALUE_OBJECT):
            return value
        value = inner
    if attribute.type == "boolean" and isinstance(value, str):
        boolean = _BOOLEANS.get(value.lower())
        return boolean if boolean is not None and lax.take(Tolerance.STRING_BOOLEAN) else value
    if attribute.type in {"string", "reference"} and _is_number(value) and lax.take(Tolerance.NUMBER_FOR_STRING):
        return str(value)
    return value


def _wrapped(value: list[Any] | dict[str, Any]) -> Any:
    """Give the scalar inside `[{"value": x}]`, `{"value": x}` or `[x]`, or None."""
    inner: Any = value
    if isinstance(inner, list) and len(inner) == 1:
        inner = inner[0]
    if isinstance(inner, dict):
        # An object that holds more than its value is not a wrapping: unwrapping it would lose the rest.
        inner = inner.get("value") if sum(item is not None for item in inner.values()) == 1 else None
    return inner if isinstance(inner, str | bool) or _is_number(inner) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_number(value: Any) -> bool:
    # The bound keeps str() within the interpreter's limit on digits.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**30
