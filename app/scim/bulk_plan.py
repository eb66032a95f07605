"""The operations of a bulk request, and the order they run in (RFC 7644 §3.7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from scim2_server.bulk import BULK_ID_PREFIX, BulkPlan, BulkStep

REFERENCE = BULK_ID_PREFIX.encode()
Outcome = dict[str, Any]


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


class Plan(BulkPlan):
    """The library's plan, which walks through those operations only that may mention another."""

    def __init__(self, entries: list[BulkEntry], fail_on_errors: int | None) -> None:
        """Plan ``entries``; the plan stops after ``fail_on_errors`` errors, None never stops it."""
        self._referring = {place for place, entry in enumerate(entries) if entry.refers}
        super().__init__(entries, fail_on_errors)  # type: ignore[arg-type]

    def dependencies(self, index: int) -> list[int]:
        """Return the positions of the creations an operation references."""
        return super().dependencies(index) if index in self._referring else []

    def resolve(self, step: BulkStep) -> Any:
        """Return the operation of a step with ids in place of references, or raise why that cannot be."""
        entry: Any = self.operation(step)
        alone = step.index not in self._referring
        return entry if alone and self.creations.get(entry.bulk_id, step.index) == step.index else super().resolve(step)
