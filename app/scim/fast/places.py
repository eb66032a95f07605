"""The paths a common PATCH operation may have, spelled as the schemas spell them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.scim.dialects.tolerance import Tolerance
from app.scim.fast.declared import PASSWORD, Declared, Definition, mutability, parts, within
from app.scim.fast.edits import Edit, KeyOf, Steps, selected
from app.scim.fast.readers import Reader, Uncommon, reader_of
from app.scim.fast.writers import MEMBERS, Reading, Writer, writer_of
from app.scim.keys import exact_key, folded_key

SELECTION: Final = re.compile(
    r'(?P<list>[\w:.-]+)\[(?P<name>\w+) eq "(?P<literal>[^"\\\x00-\x1f\x7f]*)"\](?:\.(?P<sub>\w+))?', re.ASCII
)


@dataclass(frozen=True, slots=True)
class Place:
    """Hold what is at a path: where it lies, how it is written, and what a path in place of a name needs forgiven."""

    steps: Steps
    write: Writer
    removable: bool
    deviations: tuple[Tolerance, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Hold a list whose entries a path may select: the keys of what selects, and the readers of what is written."""

    steps: Steps
    keys: Mapping[str, KeyOf]
    readers: Mapping[str, Reader]

    def writing(self, selection: re.Match[str], value: Any, reading: Reading, *, create: bool) -> Edit:
        """Return the edit that writes one sub-attribute of the entries that are selected."""
        name, literal, sub = selection.group("name", "literal", "sub")
        kept = self.readers[sub](value, reading.lax)
        if kept is None or sub == name:
            raise Uncommon
        return selected(self.steps, {name: literal}, {sub: kept}, self.keys[name], create=create)


def places_of(declared: Declared) -> dict[str, Place]:
    """Return what lies at each path, with the URN of the core schema and without."""
    found = {}
    for steps, attribute in _all(declared):
        text, write = _text(steps), writer_of(attribute, steps)
        texts = (text,) if ":" in text else (text, f"{declared.urn}:{text}")
        found.update({each: Place(steps, write, _removable(attribute), _deviations(each, steps)) for each in texts})
    return found


def entries_of(declared: Declared) -> dict[str, Entries]:
    """Return the lists of which a path may select entries; members are no part of the document."""
    lists = (each for each in _all(declared) if each[1].get("multiValued") and each[0] != MEMBERS)
    return {_text(steps): _entries(attribute, steps) for steps, attribute in lists}


def _all(declared: Declared) -> Iterator[tuple[Steps, Definition]]:
    yield from _walk((), declared.attributes, 1)
    yield from _walk((), declared.extensions, 2)


def _walk(steps: Steps, attributes: Iterable[Definition], depth: int) -> Iterator[tuple[Steps, Definition]]:
    """Yield what can be written by a path: attributes, and parts of those that are one object."""
    for attribute in attributes:
        if mutability(attribute) == "readWrite" and attribute["name"] != "schemas":
            yield (*steps, attribute["name"]), attribute
            if depth and not attribute.get("multiValued"):
                yield from _walk((*steps, attribute["name"]), parts(attribute), depth - 1)


def _text(steps: Steps) -> str:
    head, *rest = steps
    return f"{head}{':' if ':' in head else '.'}{'.'.join(rest)}" if rest else head


def _removable(attribute: Definition) -> bool:
    kept = any(mutability(each) in {"immutable", "writeOnly"} for each in within([attribute]))
    return not kept and not attribute.get("required") and attribute.get("type") != PASSWORD


def _deviations(text: str, steps: Steps) -> tuple[Tolerance, ...]:
    if text == steps[0]:
        return ()
    dotted = (Tolerance.DOTTED_KEY,) if "." in text.rpartition(":")[2] else ()
    return (*dotted, Tolerance.URN_KEY) if ":" in text else dotted


def _entries(attribute: Definition, steps: Steps) -> Entries:
    usual = [each for each in parts(attribute) if each.get("type") == "string" and mutability(each) == "readWrite"]
    keys: dict[str, KeyOf] = {each["name"]: exact_key if each.get("caseExact") else folded_key for each in usual}
    return Entries(steps, keys, {each["name"]: reader_of(each) for each in usual if not each.get("multiValued")})
