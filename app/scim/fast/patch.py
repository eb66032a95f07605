"""Read the body of a common PATCH into edits of the stored document (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from app.scim.changes import Patched, Stored
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.dialects.urns import PATCH_OP
from app.scim.fast.declared import Declared
from app.scim.fast.edits import Edit, unassigned
from app.scim.fast.places import SELECTION, entries_of, places_of
from app.scim.fast.readers import Uncommon, reader_of
from app.scim.fast.resource import named_in
from app.scim.fast.writers import MEMBERS, Reading, Writer, writer_of
from app.scim.mapping import Document
from app.scim.roster import Roster
from app.scim.standing import Split

PatchReader = Callable[[Mapping[str, Any], Leniency], "CommonPatch"]
Key = tuple[Writer, tuple[Tolerance, ...]]

MESSAGE: Final = {"schemas", "Operations"}
OPERATION: Final = {"op", "path", "value"}
VERBS: Final = {"add", "remove", "replace"}
NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class CommonPatch:
    """A PATCH that was read: edits of the document, and what becomes of the members."""

    edits: list[Edit]
    roster: Roster
    settle: Callable[[Document], Document]

    def apply(self, stored: Stored) -> Patched:
        """Return the stored document and what is kept apart as they are afterwards, or raise `Uncommon`."""
        document = orjson.loads(stored.text) | stored.apart
        for edit in self.edits:
            edit(document)
        active = document.pop("active", None)
        left = Split.of(document)
        return Patched(self.settle(left.document), active, self.roster, left.deactivate_at)


class OperationReader:
    """Read the operations on one resource type."""

    def __init__(self, declared: Declared, *, create: bool) -> None:
        """Let ``create`` tell whether a path that selects no entry makes one."""
        self._places = places_of(declared)
        self._entries = entries_of(declared)
        self._create = create
        self._keys: dict[str, Key] = {
            each["name"]: (writer_of(each, (each["name"],)), ()) for each in declared.whole if each["name"] != "schemas"
        }
        self._keys |= {text: (place.write, place.deviations) for text, place in self._places.items()}
        members = next((each for each in declared.attributes if (each["name"],) == MEMBERS), None)
        self._members = reader_of(members) if members else None

    def read(self, operation: Any, reading: Reading) -> None:
        """Read one operation."""
        if type(operation) is not dict or not operation.keys() <= OPERATION:
            raise Uncommon
        verb, path, value = _verb(operation, reading.lax), operation.get("path"), operation.get("value", NOTHING)
        reading.adding = verb == "add"
        if path is not None and type(path) is not str:
            raise Uncommon
        if verb == "remove":
            self._remove(path, value, reading)
        elif value is NOTHING:
            raise Uncommon
        elif path is None:
            self._write_all(value, reading)
        elif place := self._places.get(path):
            place.write(value, reading)
        else:
            self._write_selected(path, value, reading)

    def _write_all(self, value: Any, reading: Reading) -> None:
        if type(value) is not dict:
            raise Uncommon
        for name, item in value.items():
            write, deviations = self._keys[name]
            if deviations:
                reading.lax.take_all(deviations)
            write(item, reading)

    def _write_selected(self, path: str, value: Any, reading: Reading) -> None:
        match = SELECTION.fullmatch(path)
        if match is None or not match["sub"]:
            raise Uncommon
        reading.edits.append(self._entries[match["list"]].writing(match, value, reading, create=self._create))

    def _remove(self, path: str | None, value: Any, reading: Reading) -> None:
        place = self._places.get(path or "")
        if place is None:
            self._remove_member(path or "", value, reading)
        elif place.steps == MEMBERS:
            self._remove_members(value, reading)
        elif value is NOTHING and place.removable:
            reading.edits.append(unassigned(place.steps))
        else:
            raise Uncommon

    def _remove_member(self, path: str, value: Any, reading: Reading) -> None:
        match = SELECTION.fullmatch(path)
        if not match or not self._members or value is not NOTHING:
            raise Uncommon
        if match.group("list", "name", "sub") != ("members", "value", None):
            raise Uncommon
        reading.roster.drop([match["literal"]])

    def _remove_members(self, value: Any, reading: Reading) -> None:
        if value is NOTHING:
            reading.roster.replace({})
        elif self._members and reading.lax.take(Tolerance.REMOVE_VALUE_LIST):
            reading.roster.drop(named_in(value, self._members(value, reading.lax)))
        else:
            raise Uncommon


def compile_patch(declared: Declared, *, create: bool, limit: int) -> PatchReader:
    """Return the reader of PATCH messages for a resource type; it raises `Uncommon` at what it does not know."""
    operation, settle = OperationReader(declared, create=create), _settling(declared)

    def patch(payload: Mapping[str, Any], lax: Leniency) -> CommonPatch:
        operations = payload.get("Operations")
        if payload.keys() != MESSAGE or payload["schemas"] != [PATCH_OP] or type(operations) is not list:
            raise Uncommon
        if not 0 < len(operations) <= limit:
            raise Uncommon
        reading = Reading(lax)
        for each in operations:
            operation.read(each, reading)
        return CommonPatch(reading.edits, reading.roster, settle)

    return patch


def _verb(operation: Mapping[str, Any], lax: Leniency) -> str:
    """Return the verb of an operation; models ignore its case, whatever the dialect says of it."""
    verb = operation.get("op")
    if type(verb) is not str or verb.lower() not in VERBS:
        raise Uncommon
    if verb not in VERBS:
        lax.take(Tolerance.OP_CASE)
    return verb.lower()


def _settling(declared: Declared) -> Callable[[Document], Document]:
    """Return what lists the schemas of the attributes that are present (RFC 7643 §3), and of others as they were."""
    extensions = [extension["name"] for extension in declared.extensions]
    own = {declared.urn, *extensions}

    def settle(document: Document) -> Document:
        others = [urn for urn in document["schemas"] if urn not in own]
        document["schemas"] = [declared.urn, *(urn for urn in extensions if urn in document), *others]
        return document

    return settle
