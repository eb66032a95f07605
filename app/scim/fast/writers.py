"""Take the value of a PATCH operation apart into edits, as far as it is of a usual shape (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.fast.declared import PASSWORD, Definition, is_reference, mutability, parts
from app.scim.fast.edits import Edit, Steps, assigned, begun, unassigned
from app.scim.fast.readers import Reader, Uncommon, dereferenced, reader_of
from app.scim.fast.resource import named_in
from app.scim.roster import Roster


@dataclass(slots=True)
class Reading:
    """Hold what was read of a PATCH so far; ``adding`` tells the verb of the operation that is read."""

    lax: Leniency
    edits: list[Edit] = field(default_factory=list)
    roster: Roster = field(default_factory=Roster)
    adding: bool = False


MEMBERS: Final = ("members",)
Writer = Callable[[Any, Reading], None]


def writer_of(attribute: Definition, steps: Steps) -> Writer:
    """Return the writer of an attribute at its place in a document."""
    if attribute.get("type") == PASSWORD:
        return _ignored(reader_of(attribute))
    if mutability(attribute) == "readOnly":
        return _read_only
    return _written(attribute, steps) if mutability(attribute) == "readWrite" else _refused


def _written(attribute: Definition, steps: Steps) -> Writer:
    if steps == MEMBERS:
        return _members(reader_of(attribute))
    if attribute.get("multiValued"):
        return _list(attribute, steps)
    if attribute.get("type") == "complex":
        return _object(attribute, steps)
    return _leaf(reader_of(attribute), steps)


def _refused(_value: Any, _reading: Reading) -> None:
    raise Uncommon


def _leaf(read: Reader, steps: Steps) -> Writer:
    def write(value: Any, reading: Reading) -> None:
        if (kept := read(value, reading.lax)) is None:
            raise Uncommon
        reading.edits.append(assigned(steps, kept))

    return write


def _object(attribute: Definition, steps: Steps) -> Writer:
    reference = is_reference(attribute)
    writers = {each["name"]: writer_of(each, (*steps, each["name"])) for each in parts(attribute)}

    def write(value: Any, reading: Reading) -> None:
        whole = dereferenced(value, reading.lax) if reference else value
        if type(whole) is not dict:
            raise Uncommon
        for name, item in whole.items():
            writers[name](item, reading)

    return write


def _list(attribute: Definition, steps: Steps) -> Writer:
    if attribute.get("required") or any(mutability(each) != "readWrite" for each in parts(attribute)):
        return _refused
    read = reader_of(attribute)

    def write(value: Any, reading: Reading) -> None:
        if value is None:
            raise Uncommon
        kept = read(value, reading.lax)
        if kept is not None:
            reading.edits.append((begun if reading.adding else assigned)(steps, kept))
        elif not reading.adding:
            reading.edits.append(unassigned(steps))

    return write


def _members(read: Reader) -> Writer:
    def write(value: Any, reading: Reading) -> None:
        change = reading.roster.add if reading.adding else reading.roster.replace
        change(named_in(value, read(value, reading.lax)))

    return write


def _ignored(read: Reader) -> Writer:
    def write(value: Any, reading: Reading) -> None:
        read(value, reading.lax)

    return write


def _read_only(_value: Any, reading: Reading) -> None:
    if not reading.lax.take(Tolerance.READONLY_IN_PATCH):
        raise Uncommon
