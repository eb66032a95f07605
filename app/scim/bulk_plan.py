"""The operations of a bulk request, and the order they run in (RFC 7644 §3.7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from scim2_server.bulk import BULK_ID_PREFIX, BulkPlan, BulkStep

from app.scim.bulk_circles import circles, without

REFERENCE = BULK_ID_PREFIX.encode()
ESCAPED = b"\\u"
Outcome = dict[str, Any]


def may_refer(body: bytes) -> bool:
    """Tell whether an operation in a body may mention the bulkId of another, be it by escapes."""
    return REFERENCE in body or ESCAPED in body


@dataclass(frozen=True, slots=True)
class BulkEntry:
    """An operation as it was sent; it is validated when its turn comes."""

    method: Any = None
    bulk_id: str | None = None
    path: str | None = None
    version: str | None = None
    data: Any = None

    @classmethod
    def of(cls, entry: Any) -> BulkEntry:
        """Read an element of ``Operations``, whatever it is."""
        fields: Mapping[str, Any] = (
            {str(name).lower(): value for name, value in entry.items()} if isinstance(entry, dict) else {}
        )
        method = fields.get("method")
        texts = {name: fields.get(name.replace("_", "")) for name in ("bulk_id", "path", "version")}
        return cls(
            method=method.upper() if isinstance(method, str) else method,
            data=fields.get("data"),
            **{name: text if isinstance(text, str) else None for name, text in texts.items()},
        )

    @property
    def refers(self) -> bool:
        """Tell whether it may mention the bulkId of another; its text is searched, which is quicker than a walk."""
        return REFERENCE in orjson.dumps((self.path, self.data), default=str)

    def model_copy(self, update: Mapping[str, Any]) -> BulkEntry:
        """Return it with other values, as the plan asks of a model."""
        return replace(self, **update)


@dataclass(frozen=True)
class Beginning(BulkStep):
    """A creation without what it says of those that are still to be created."""

    missing: frozenset[str]


@dataclass(frozen=True)
class Completion(BulkStep):
    """The same creation once all are there: a replacement of what it began."""


class Plan(BulkPlan):
    """The library's plan, which walks through those operations only that may mention another, and splits circles."""

    def __init__(self, entries: list[BulkEntry], fail_on_errors: int | None, *, refers: bool = True) -> None:
        """Plan ``entries``; the plan stops after ``fail_on_errors`` errors, None never stops it.

        ``refers`` is false where none of them mentions another.
        """
        self._referring = {place for place, entry in enumerate(entries) if entry.refers} if refers else frozenset()
        self._dependencies: dict[int, list[int]] = {}
        super().__init__(entries, fail_on_errors)  # type: ignore[arg-type]

    def dependencies(self, index: int) -> list[int]:
        """Return the positions of the creations an operation references."""
        if index not in self._dependencies:
            self._dependencies[index] = super().dependencies(index) if index in self._referring else []
        return self._dependencies[index]

    def turns(self) -> Iterator[Sequence[BulkStep]]:
        """Yield the steps to run, those of a circle together when its last comes, until the request is stopped."""
        found = circles([step.index for step in self.steps], self.dependencies)
        for step in self:
            if step.index not in found:
                yield [step]
            elif circle := found[step.index]:
                yield self._split(circle)

    def _split(self, circle: list[int]) -> list[BulkStep]:
        """Return the steps that create a circle: each without whom is not there yet, then those to be completed."""
        steps, incomplete, ahead = list[BulkStep](), list[BulkStep](), set(circle)
        for index in circle:
            missing = {self.operations[each].bulk_id for each in self.dependencies(index) if each in ahead}
            steps.append(Beginning(index, frozenset(f"{BULK_ID_PREFIX}{each}" for each in missing)))
            incomplete += [Completion(index)] if missing else []
            ahead.discard(index)
        return [*steps, *incomplete]

    def undo(self, turn: Sequence[BulkStep]) -> None:
        """Forget what a turn came to."""
        for step in turn:
            done = self.results.pop(step.index, None)
            if done is not None:
                self.created.pop(done["bulk_id"], None)

    def record(self, step: BulkStep, result: Outcome, resource: Any) -> None:
        """Record the outcome of a step; a completion only gives the creation another version."""
        if isinstance(step, Completion):
            result = {**self.results[step.index], "version": result["version"]}
        super().record(step, result, resource)

    def operation(self, step: BulkStep) -> Any:
        """Return what a step does."""
        entry: Any = super().operation(step)
        if isinstance(step, Beginning):
            return replace(entry, data=without(entry.data, step.missing))
        if isinstance(step, Completion):
            return replace(entry, method="PUT", path=f"{entry.path.rstrip('/')}/{self.created[entry.bulk_id].id}")
        return entry

    def resolve(self, step: BulkStep) -> Any:
        """Return the operation of a step with ids in place of references, or raise why that cannot be."""
        entry: Any = self.operation(step)
        alone = step.index not in self._referring
        return entry if alone and self.creations.get(entry.bulk_id, step.index) == step.index else super().resolve(step)
