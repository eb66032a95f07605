"""What an operator's schemas demand of values beyond their types: canonical ones only, and unique ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from scim2_models import InvalidValueException

from app.lifecycle.ports import UniqueKey
from app.scim.keys import exact_key, folded_key
from app.scim.repeats import once_each

Definition = Mapping[str, Any]
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """An attribute that takes canonical values only."""

    steps: Steps
    values: tuple[str, ...]
    case_exact: bool

    def check(self, document: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Refuse a value that is not canonical, unless it was there before."""
        found = list(_values(document, self.steps))
        if not found or found == list(_values(before, self.steps)):
            return
        key = exact_key if self.case_exact else folded_key
        allowed = {key(value) for value in self.values}
        if any(key(value) not in allowed for value in found):
            raise InvalidValueException(detail=f"{_text(self.steps)} must be one of: {', '.join(self.values)}.")


@dataclass(frozen=True, slots=True)
class Needed:
    """An attribute that what it is part of cannot be without: an extension, or a complex attribute."""

    steps: Steps

    def check(self, document: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Refuse a whole that lacks it, unless it lacked it before."""
        *above, name = self.steps
        found = list(_values(document, tuple(above)))
        if any(name not in each for each in found) and found != list(_values(before, tuple(above))):
            raise InvalidValueException(detail=f"{_text(self.steps)} is required.")


@dataclass(frozen=True, slots=True)
class Unique:
    """An attribute whose values are had once, in one resource type (``scope``) or, if that is empty, in all."""

    steps: Steps
    scope: str

    def keys(self, search: Mapping[str, Any]) -> Iterator[UniqueKey]:
        """Yield what a search document holds of it."""
        for value in _values(search, tuple(map(str.lower, self.steps))):
            yield self.scope, _text(self.steps), value if isinstance(value, str) else orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class Constraints:
    """The demands on the resources of one type."""

    rules: tuple[Needed | Closed, ...] = ()
    keys: tuple[Unique, ...] = ()

    @classmethod
    def of(cls, resource_type: Definition, schemas: Iterable[Definition]) -> Constraints:
        """Read what the operator's schemas say of a resource type."""
        heads: dict[str, Steps] = {resource_type["schema"]: ()}
        heads |= {each["schema"]: (each["schema"],) for each in resource_type.get("schemaExtensions") or ()}
        own = [schema for schema in schemas if schema["id"] in heads]
        found = [pair for schema in own for pair in _within(heads[schema["id"]], schema["attributes"])]
        return cls(
            tuple(rule for steps, each in found for rule in _rules(steps, each)),
            tuple(
                Unique(steps, resource_type["name"] if each["uniqueness"] == "server" else "")
                for steps, each in found
                if each["uniqueness"] != "none"
            ),
        )

    def checked(self, document: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document as it is to be stored in place of another, or raise 400."""
        for each in self.rules:
            each.check(document, before)
        return once_each(document)

    def unique(self, search: Mapping[str, Any]) -> frozenset[UniqueKey] | None:
        """Return the values that nobody else may have; None where no schema asks for that."""
        return frozenset(key for each in self.keys for key in each.keys(search)) if self.keys else None


def _rules(steps: Steps, attribute: Definition) -> Iterator[Needed | Closed]:
    if attribute["required"] and len(steps) > 1:
        yield Needed(steps)
    if attribute.get("canonicalValues"):
        yield Closed(steps, tuple(attribute["canonicalValues"]), attribute["caseExact"])


def _within(head: Steps, attributes: Sequence[Definition]) -> Iterator[tuple[Steps, Definition]]:
    for attribute in attributes:
        steps = (*head, attribute["name"])
        yield steps, attribute
        yield from _within(steps, attribute.get("subAttributes") or ())


def _values(value: Any, steps: Steps) -> Iterator[Any]:
    """Yield what lies at a path, all entries of lists."""
    if isinstance(value, list):
        for entry in value:
            yield from _values(entry, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(steps[0]), steps[1:])


def _text(steps: Steps) -> str:
    head, *rest = steps
    return f"{head}{':' if ':' in head else '.'}{'.'.join(rest)}" if rest else head
