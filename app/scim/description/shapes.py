"""The JSON Schemas of resources, as clients send them and as they are answered, from what SCIM declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Shape = dict[str, Any]
Definition = Mapping[str, Any]

MARKED: Final = {
    "contains": {"type": "object", "properties": {"primary": {"const": True}}, "required": ["primary"]},
    "minContains": 0,
    "maxContains": 1,
}
"""One primary value at most (RFC 7643 §2.4)."""
TYPES: Final[Mapping[str, Shape]] = {
    "string": {"type": "string"},
    "reference": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "dateTime": {"type": "string", "format": "date-time"},
    "binary": {"type": "string", "contentEncoding": "base64"},
}
META: Final[Shape] = {
    "type": "object",
    "properties": {
        "resourceType": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "lastModified": {"type": "string", "format": "date-time"},
        "location": {"type": "string", "format": "uri"},
        "version": {"type": "string", "description": "The ETag."},
    },
    "additionalProperties": False,
}
GIVEN: Final[Mapping[str, Shape]] = {"id": {"type": "string"}, "externalId": {"type": "string"}, "meta": META}
"""The attributes that every resource has (RFC 7643 §3.1)."""
IGNORED: Final[Mapping[str, Shape]] = {
    "id": {"type": ["string", "null"], "readOnly": True},
    "externalId": {"type": ["string", "null"]},
    "meta": {"type": ["object", "null"], "readOnly": True},
}


BASE64: Final = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
REFERRED: Final[Shape] = {
    "type": "string",
    "format": "scim-id",
    "minLength": 1,
    "description": "The id of the resource that is referred to.",
}


class Shapes:
    """The resources of one type, whose schemas are looked up by URN."""

    def __init__(self, schemas: Iterable[Definition], resource_type: Definition) -> None:
        """Describe a ResourceType document by Schema documents (RFC 7643 §6, §7)."""
        served = {schema["id"].lower(): schema for schema in schemas}
        listed = resource_type.get("schemaExtensions") or ()
        self._core = served[resource_type["schema"].lower()]
        self._extensions = [(served[entry["schema"].lower()], bool(entry.get("required"))) for entry in listed]

    @property
    def urns(self) -> list[str]:
        """Return the URN of the core schema and those of the extensions."""
        return [self._core["id"], *(schema["id"] for schema, _ in self._extensions)]

    @property
    def answered(self) -> Shape:
        """Return the schema of an answer; what was not asked for is not there."""
        own = {each["name"]: _answered(each) for each in _shown(self._core["attributes"])}
        extensions = {
            schema["id"]: _object({each["name"]: _answered(each) for each in _shown(schema["attributes"])})
            for schema, _ in self._extensions
        }
        return _object({"schemas": self._listed(), **GIVEN, **own, **extensions}, ["schemas", "id"])

    @property
    def sent(self) -> Shape:
        """Return the schema of the body of a POST or PUT."""
        own = {each["name"]: _sent(each) for each in self._core["attributes"]}
        extensions = {schema["id"]: _nullable(_sent_object(schema["attributes"])) for schema, _ in self._extensions}
        needed = [schema["id"] for schema, required in self._extensions if required]
        required = ["schemas", *_required(self._core["attributes"]), *needed]
        return _object({"schemas": self._listed(), **IGNORED, **own, **extensions}, required)

    def _listed(self) -> Shape:
        return {
            "type": "array",
            "items": {"enum": self.urns},
            "contains": {"const": self._core["id"]},
            "uniqueItems": True,
        }


def _shown(attributes: Iterable[Definition]) -> list[Definition]:
    return [each for each in attributes if each.get("returned") != "never"]


def _answered(attribute: Definition) -> Shape:
    parts = {part["name"]: _answered(part) for part in _shown(attribute.get("subAttributes") or ())}
    single = _object(parts) if attribute["type"] == "complex" else _scalar(attribute)
    return _described(attribute, {"type": "array", "items": single} if attribute.get("multiValued") else single)


def _sent(attribute: Definition) -> Shape:
    parts = attribute.get("subAttributes") or ()
    single = _sent_object(parts) if attribute["type"] == "complex" else _scalar(attribute)
    if attribute["type"] == "binary":
        single["pattern"] = BASE64
    if attribute.get("multiValued"):
        marked = MARKED if any(part["name"] == "primary" for part in parts) else {}
        single = {"type": "array", "items": single, **marked}
    if attribute.get("mutability") == "readOnly":
        return _described(attribute, {**_nullable({"type": single["type"]}), "readOnly": True})
    if attribute.get("required"):
        return _described(attribute, {**single, "pattern": r"\S"} if single["type"] == "string" else single)
    return _described(attribute, _nullable(single))


def _sent_object(attributes: Iterable[Definition]) -> Shape:
    attributes = list(attributes)
    shape = _object({each["name"]: _sent(each) for each in attributes}, _required(attributes))
    if any(each["name"] == "$ref" for each in attributes):
        shape["properties"]["value"], shape["required"] = REFERRED, ["value"]
    return shape


def _required(attributes: Iterable[Definition]) -> list[str]:
    return [each["name"] for each in attributes if each.get("required") and each.get("mutability") != "readOnly"]


def _scalar(attribute: Definition) -> Shape:
    canonical = attribute.get("canonicalValues")
    return {**TYPES[attribute["type"]], **({"examples": list(canonical)} if canonical else {})}


def _nullable(shape: Shape) -> Shape:
    """Let null stand for no value (RFC 7643 §2.5)."""
    return {**shape, "type": [shape["type"], "null"]}


def _described(attribute: Definition, shape: Shape) -> Shape:
    text = attribute.get("description")
    return {"description": text, **shape} if text else shape


def _object(properties: Mapping[str, Shape], required: Iterable[str] = ()) -> Shape:
    needed = list(required)
    shape: Shape = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**shape, "required": needed} if needed else shape
