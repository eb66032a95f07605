"""What a normaliser may know about attributes, read from the served schemas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from app.scim.dialects.urns import legacy_names


@dataclass(frozen=True, slots=True)
class Attribute:
    """Hold the characteristics of an attribute that decide how its values are read (RFC 7643 §7)."""

    name: str
    type: str = "string"
    multi_valued: bool = False
    mutability: str = "readWrite"
    sub_attributes: Mapping[str, "Attribute"] = field(default_factory=dict)

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Self:
        """Read one entry of `attributes` or `subAttributes` of a Schema document."""
        return cls(
            name=definition["name"],
            type=definition.get("type", "string"),
            multi_valued=definition.get("multiValued", False),
            mutability=definition.get("mutability", "readWrite"),
            sub_attributes=_by_name(map(cls.from_definition, definition.get("subAttributes") or ())),
        )

    @property
    def is_complex(self) -> bool:
        """Tell whether values are objects."""
        return self.type == "complex"

    @property
    def is_reference(self) -> bool:
        """Tell whether this is one object whose `value` names another resource, as `manager` does."""
        return self.is_complex and not self.multi_valued and "value" in self.sub_attributes

    def sub(self, name: str) -> "Attribute | None":
        """Find a sub-attribute, whatever the case of its name."""
        return self.sub_attributes.get(name.lower())


@dataclass(frozen=True, slots=True)
class Namespace:
    """Hold the attributes of one schema under its URN."""

    urn: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any], common: Iterable[Attribute] = ()) -> Self:
        """Read one Schema document."""
        own = map(Attribute.from_definition, schema.get("attributes") or ())
        return cls(schema["id"], {**_by_name(common), **_by_name(own)})

    def find(self, name: str) -> Attribute | None:
        """Find an attribute, whatever the case of its name."""
        return self.attributes.get(name.lower())


@dataclass(frozen=True, slots=True)
class Shape:
    """Hold the core schema and the extensions of one resource type."""

    core: Namespace
    extensions: tuple[Namespace, ...] = ()
    prefixes: tuple[tuple[str, Namespace], ...] = ()

    @classmethod
    def of(cls, core: Namespace, extensions: Iterable[Namespace]) -> Self:
        """Prepare the URNs a key or a path may begin with, the longest first."""
        extensions = tuple(extensions)
        names = {legacy: space for space in (core, *extensions) for legacy in legacy_names(space.urn)}
        names.update((space.urn.lower(), space) for space in (core, *extensions))
        return cls(core, extensions, tuple(sorted(names.items(), key=lambda item: -len(item[0]))))

    def namespace(self, urn: str) -> Namespace | None:
        """Find a schema of this resource type by its URN, or by a URN that preceded it."""
        return next((space for prefix, space in self.prefixes if prefix == urn.lower()), None)


@dataclass(frozen=True, slots=True)
class SchemaIndex:
    """Look attributes up by resource type, path and extension URN, whatever their case."""

    shapes: Mapping[str, Shape]

    @classmethod
    def from_schemas(cls, schemas: Iterable[Mapping[str, Any]], resource_types: Iterable[Mapping[str, Any]]) -> Self:
        """Read Schema and ResourceType documents (RFC 7643 §6, §7)."""
        served = {schema["id"].lower(): schema for schema in schemas}
        shapes = {}
        for resource_type in resource_types:
            core = Namespace.from_schema(served[resource_type["schema"].lower()], _COMMON)
            names = (entry["schema"].lower() for entry in resource_type.get("schemaExtensions") or ())
            extensions = (Namespace.from_schema(served[name]) for name in names)
            shapes[resource_type["name"].lower()] = Shape.of(core, extensions)
        return cls(shapes)

    def shape(self, resource_type: str) -> Shape:
        """Give what is declared for a resource type: nothing, for one that is not served."""
        return self.shapes.get(resource_type.lower(), _UNKNOWN)


def _by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    return {attribute.name.lower(): attribute for attribute in attributes}


# RFC 7643 §3.1 gives these to every resource without listing them in a schema; `schemas` follows from the rest.
_COMMON: Final = (
    Attribute("schemas", type="reference", multi_valued=True, mutability="readOnly"),
    Attribute("id", mutability="readOnly"),
    Attribute("externalId"),
    Attribute("meta", type="complex", mutability="readOnly"),
)
_UNKNOWN: Final = Shape(Namespace(""))
