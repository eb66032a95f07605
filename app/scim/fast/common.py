"""The compiled readers of one dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from scim2_models import ScimPolicy

from app.scim.dialects import Dialect, SchemaIndex
from app.scim.dialects.tolerance import Leniency
from app.scim.fast.declared import Declared, Definition
from app.scim.fast.patch import CommonPatch, PatchReader, compile_patch
from app.scim.fast.resource import CommonDraft, ResourceReader, compile_resource

COMPILED = frozenset({"User", "Group"})
"""The types of which so many are written that it matters; an operator's own are left to models."""
CREATE = ScimPolicy.UnmatchedPathFilter.create
Tolerances = tuple[str, ...]


class Served(Protocol):
    """The schemas and resource types that are served, as JSON objects."""

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]:
        """Return the Schema documents."""

    @property
    def resource_types(self) -> tuple[dict[str, Any], ...]:
        """Return the ResourceType documents."""

    @property
    def index(self) -> SchemaIndex:
        """Return what normalisers know of them."""


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of one resource type."""

    create: ResourceReader
    replace: ResourceReader
    patch: PatchReader

    @classmethod
    def compiled(cls, served: Served, resource_type: Definition, policy: ScimPolicy, limit: int) -> Readers:
        """Compile the readers of a resource type; a PATCH may hold ``limit`` operations."""
        declared, shape = Declared.of(served.schemas, resource_type), served.index.shape(resource_type["name"])
        return cls(
            compile_resource(declared, shape, replacing=False),
            compile_resource(declared, shape, replacing=True),
            compile_patch(declared, create=policy.unmatched_path_filter is CREATE, limit=limit),
        )


class Common:
    """Read what connections of one dialect usually send; all else raises `LookupError`."""

    def __init__(self, served: Served, dialect: Dialect, patch_limit: int) -> None:
        """Compile the readers of all resource types that are served."""
        self._tolerances = dialect.tolerances
        self._readers = {
            str(each["name"]): Readers.compiled(served, each, dialect.policy, patch_limit)
            for each in served.resource_types
            if each["name"] in COMPILED
        }

    def draft(self, name: str, payload: Mapping[str, Any], *, replacing: bool) -> tuple[CommonDraft, Tolerances]:
        """Return what a POST or PUT says, and the tolerances it needed."""
        readers, lax = self._readers[name], Leniency(self._tolerances)
        draft = (readers.replace if replacing else readers.create)(payload, lax)
        return draft, lax.names()

    def patch(self, name: str, payload: Mapping[str, Any]) -> tuple[CommonPatch, Tolerances]:
        """Return what a PATCH does, and the tolerances it needed."""
        lax = Leniency(self._tolerances, patching=True)
        return self._readers[name].patch(payload, lax), lax.names()
