"""Read values as a model would validate and dump them, and know when to leave that to a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from app.scim.dialects.misread import INTEGERS
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.fast.declared import NAMED, PASSWORD, Definition, is_reference, mutability, parts

Reader = Callable[[Any, Leniency], Any]
"""Returns what is stored of a value: None if that is nothing."""

BOOLEANS: Final = {"true": True, "false": False}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


class Uncommon(LookupError):  # noqa: N818 - it is no error: another path takes over
    """Say that a request is not of a usual shape; a name nobody declares says so too, as a KeyError."""


def reader_of(attribute: Definition) -> Reader:
    """Return the reader of an attribute; nothing is stored of one that is readOnly, but its type must be right."""
    dropped = mutability(attribute) == "readOnly"
    read = _single(attribute, _DROPPED if dropped else _STORED)
    if attribute.get("multiValued"):
        read = _many(read, marked=any(sub["name"] == "primary" for sub in parts(attribute)))
    return _unkept(read) if dropped else read


def object_of(attributes: Iterable[Definition]) -> Reader:
    """Return the reader of objects that hold some attributes."""
    attributes = tuple(attributes)
    readers = {attribute["name"]: reader_of(attribute) for attribute in attributes}
    return _object(readers, frozenset(each["name"] for each in attributes if each.get("required")))


def dereferenced(value: Any, lax: Leniency) -> Any:
    """Return the object that a bare id of a manager stands for."""
    bare = type(value) is str and value != ""
    return {"value": value} if bare and lax.take(Tolerance.BARE_MANAGER) else value


def _single(attribute: Definition, scalars: Mapping[str, Reader]) -> Reader:
    if attribute.get("type") == "complex":
        whole = object_of(parts(attribute))
        return _reference(whole) if is_reference(attribute) else whole
    # A reference to nothing in particular is a URI, which is for a model to validate.
    known = attribute.get("type") != "reference" or attribute.get("referenceTypes")
    return scalars.get(attribute.get("type", "string"), _refused) if known else _refused


def _object(readers: Mapping[str, Reader], required: frozenset[str]) -> Reader:
    texts = frozenset(name for name, reader in readers.items() if reader is _TEXT)

    def read(value: Any, lax: Leniency) -> Any:
        if type(value) is not dict:
            return _absent(value, lax)
        found = {}
        for name, item in value.items():
            # most values are such, and reading them would only return them
            if item.__class__ is str and name in texts:
                found[name] = item
            elif (kept := readers[name](item, lax)) is not None:
                found[name] = kept
        if required and not required <= found.keys():
            raise Uncommon
        return found or None

    return read


def _reference(whole: Reader) -> Reader:
    def read(value: Any, lax: Leniency) -> Any:
        if type(value) is dict and None in value.values():
            raise Uncommon
        return whole(dereferenced(value, lax), lax)

    return read


def _many(single: Reader, *, marked: bool) -> Reader:
    def read(value: Any, lax: Leniency) -> Any:
        if type(value) is not list:
            return _absent(value, lax)
        if None in value:
            raise Uncommon
        found = [kept for entry in value if (kept := single(entry, lax)) is not None]
        if marked and len(found) > 1 and sum(entry.get("primary") is True for entry in found) > 1:
            raise Uncommon
        return found or None

    return read


def _unkept(read: Reader) -> Reader:
    def check(value: Any, lax: Leniency) -> None:
        read(value, lax)

    return check


def _plain(kind: type) -> Reader:
    def read(value: Any, lax: Leniency) -> Any:
        return value if type(value) is kind else _absent(value, lax)

    return read


def _integer(value: Any, lax: Leniency) -> Any:
    return value if type(value) is int and value in INTEGERS else _absent(value, lax)


def _boolean(value: Any, lax: Leniency) -> Any:
    if type(value) is bool:
        return value
    read = BOOLEANS.get(value.lower()) if type(value) is str else None
    return read if read is not None and lax.take(Tolerance.STRING_BOOLEAN) else _absent(value, lax)


def _named(value: Any, _lax: Leniency) -> str:
    if type(value) is not str or not value:
        raise Uncommon
    return value


def _moment(value: Any, lax: Leniency) -> None:
    try:
        datetime.fromisoformat(_MOMENT.fullmatch(value)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        _absent(value, lax)


def _password(_value: Any, lax: Leniency) -> None:
    if not lax.take(Tolerance.PASSWORD_DROPPED):
        raise Uncommon


def _refused(_value: Any, _lax: Leniency) -> Any:
    raise Uncommon


def _absent(value: Any, lax: Leniency) -> None:
    """Take null for absent (RFC 7643 §2.5); any other value of a wrong type is for a model to judge."""
    if value is not None:
        raise Uncommon
    lax.take(Tolerance.NULL_VALUE)


_TEXT: Final[Reader] = _plain(str)
_STORED: Final[Mapping[str, Reader]] = {
    "string": _TEXT,
    "reference": _TEXT,
    "integer": _integer,
    "boolean": _boolean,
    NAMED: _named,
    PASSWORD: _password,
}
_DROPPED: Final[Mapping[str, Reader]] = {**_STORED, "dateTime": _moment}
"""A dump would spell moments, decimals and binary values in a way of its own, so that only a model may store them."""
