"""The schemas, resource types and capabilities this service announces (RFC 7643 §5-§7), read from files."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from scim2_models import ResourceType, Schema, ScimPolicy, ScimProvider, ServiceProviderConfig

from app.scim.constraints import Constraints
from app.scim.dialects import SchemaIndex
from app.scim.standing import DEACTIVATE_AT, URN

COMMON = frozenset({"id", "externalId", "meta"})
"""The attributes that every resource has (RFC 7643 §3.1): the library's models have them already."""


@dataclass(frozen=True)
class Catalogue:
    """What is announced, as the files have it: JSON objects.

    ``operated`` are the URNs of an operator's schemas; ``scheduling`` tells whether ``deactivateAt`` can be written.
    """

    schemas: tuple[dict[str, Any], ...]
    resource_types: tuple[dict[str, Any], ...]
    operated: frozenset[str] = frozenset()
    scheduling: bool = False

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read ``resource-types.json`` and the schemas beside it."""
        resource_types = orjson.loads((folder / "resource-types.json").read_bytes())
        schemas = tuple(schema for path in sorted(folder.glob("*.json")) for schema in _schemas_in(path))
        return cls(schemas, tuple(resource_types))

    @cached_property
    def with_scheduling(self) -> Catalogue:
        """Return what connections see that may say when access ends."""
        schemas = tuple(_writable(schema) if schema["id"] == URN else schema for schema in self.schemas)
        return replace(self, schemas=schemas, scheduling=True)

    def constraints(self, name: str) -> Constraints:
        """Return what an operator's schemas demand of the values of a resource type."""
        (resource_type,) = (each for each in self.resource_types if each["name"] == name)
        return Constraints.of(resource_type, [each for each in self.schemas if each["id"] in self.operated])

    @cached_property
    def index(self) -> SchemaIndex:
        """Return what normalisers know of the attributes."""
        return SchemaIndex.from_schemas(self.schemas, self.resource_types)

    def models(self) -> tuple[Any, ...]:
        """Return the models of all schemas, or raise ValueError saying which cannot be one."""
        return self._announced[0]

    @cached_property
    def _announced(self) -> tuple[tuple[Any, ...], list[ResourceType]]:
        """Return the models of all schemas, built once whatever the policies they are used under."""
        resource_types = [ResourceType.model_validate(entry) for entry in self.resource_types]
        schemas = [Schema.model_validate(_modelled(schema)) for schema in self.schemas]
        return ScimProvider.from_discovery(schemas, resource_types).models, resource_types

    def provider(self, policy: ScimPolicy, config: ServiceProviderConfig) -> ScimProvider:
        """Return the models of the announced schemas, validating under ``policy``."""
        models, resource_types = self._announced
        return ScimProvider(models=models, resource_types=resource_types, config=config, policy=policy)


def _writable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return our extension with the one attribute writable that may be."""
    changed = {DEACTIVATE_AT: {"mutability": "readWrite"}}
    return {**schema, "attributes": [{**each, **changed.get(each["name"], {})} for each in schema["attributes"]]}


def _schemas_in(path: Path) -> Iterator[dict[str, Any]]:
    document = orjson.loads(path.read_bytes())
    if isinstance(document, dict) and "attributes" in document:
        yield document


def _modelled(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as the models read it: without common attributes, and with references as clients send them."""
    modelled = deepcopy(schema)
    modelled["attributes"] = [entry for entry in modelled["attributes"] if entry["name"] not in COMMON]
    for attribute in _attributes(modelled["attributes"]):
        # Clients send words where RFC 7643 §2.3.7 wants URIs, and no harm comes of keeping them.
        if {"external", "uri"} & set(attribute.get("referenceTypes") or ()):
            attribute["type"], attribute["caseExact"] = "string", True
            del attribute["referenceTypes"]
    return modelled


def _attributes(attributes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for attribute in attributes:
        yield attribute
        yield from _attributes(attribute.get("subAttributes", []))
