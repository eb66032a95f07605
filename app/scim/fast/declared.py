"""What the schema files declare of a resource type, as one complex attribute: its extensions are sub-attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Definition = Mapping[str, Any]
PASSWORD: Final = "password"  # noqa: S105 - the name of an attribute
NAMED: Final = "named"
"""The type of the ``value`` of a reference such as ``manager``: a string that must say something."""

_META: Final = ("resourceType", "location", "version")
COMMON: Final[tuple[Definition, ...]] = (
    {"name": "schemas", "type": "string", "multiValued": True},
    {"name": "id", "type": "string", "mutability": "readOnly"},
    {"name": "externalId", "type": "string"},
    {
        "name": "meta",
        "type": "complex",
        "mutability": "readOnly",
        "subAttributes": [
            *({"name": name, "type": "string", "mutability": "readOnly"} for name in _META),
            *({"name": name, "type": "dateTime", "mutability": "readOnly"} for name in ("created", "lastModified")),
        ],
    },
    # No schema declares it, and those who send it anyway have it dropped or refused.
    {"name": PASSWORD, "type": PASSWORD},
)
"""The attributes that any resource may carry (RFC 7643 §3.1)."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Hold the attributes of a resource type."""

    urn: str
    attributes: tuple[Definition, ...]
    extensions: tuple[Definition, ...]

    @classmethod
    def of(cls, schemas: Iterable[Definition], resource_type: Definition) -> Declared:
        """Read Schema documents and a ResourceType document (RFC 7643 §6, §7)."""
        served = {schema["id"].lower(): schema for schema in schemas}
        core = served[resource_type["schema"].lower()]
        common = {attribute["name"] for attribute in COMMON}
        own = (_marked(attribute) for attribute in core["attributes"] if attribute["name"] not in common)
        extensions = (_extension(served, entry) for entry in resource_type.get("schemaExtensions") or ())
        return cls(core["id"], (*COMMON, *own), tuple(extensions))

    @property
    def whole(self) -> tuple[Definition, ...]:
        """Return all there may be at the top of a resource."""
        return (*self.attributes, *self.extensions)


def _extension(served: Mapping[str, Definition], entry: Definition) -> Definition:
    schema = served[entry["schema"].lower()]
    own = [_marked(attribute) for attribute in schema["attributes"]]
    return {"name": schema["id"], "type": "complex", "required": entry.get("required", False), "subAttributes": own}


def _marked(attribute: Definition) -> Definition:
    """Return an attribute with the ``value`` of references marked, at any depth."""
    single = not attribute.get("multiValued")
    marked = [_marked(part) for part in parts(attribute)]
    naming = [{**part, "type": NAMED, "required": True} if part["name"] == "value" else part for part in marked]
    return {**attribute, "subAttributes": naming if single else marked}


def mutability(attribute: Definition) -> str:
    """Return the mutability of an attribute (RFC 7643 §7)."""
    return str(attribute.get("mutability", "readWrite"))


def is_reference(attribute: Definition) -> bool:
    """Tell whether this is one object that names another resource."""
    return any(part.get("type") == NAMED for part in parts(attribute))


def parts(attribute: Definition) -> list[Definition]:
    """Return the sub-attributes of an attribute."""
    return list(attribute.get("subAttributes") or ()) if attribute.get("type") == "complex" else []


def within(attributes: Iterable[Definition]) -> Iterator[Definition]:
    """Yield attributes and all that lies in them."""
    for attribute in attributes:
        yield attribute
        yield from within(parts(attribute))
