"""Read the body of a common POST or PUT straight into what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.scim.dialects.schema_index import Shape
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.fast.declared import Declared, mutability, within
from app.scim.fast.readers import Uncommon, object_of
from app.scim.mapping import Document
from app.scim.roster import Named

Schemas = Callable[[Any, Mapping[str, Any], Leniency], None]
ResourceReader = Callable[[Mapping[str, Any], Leniency], "CommonDraft"]


@dataclass(frozen=True, slots=True)
class CommonDraft:
    """What a body says a resource is: its document and what is stored apart."""

    document: Document
    active: bool | None
    members: Named | None
    schedule: None = None

    def over(self, current: Document) -> Document:  # noqa: ARG002 - no attribute of the schemas is kept
        """Return the document that replaces another."""
        return self.document


def compile_resource(declared: Declared, shape: Shape, *, replacing: bool) -> ResourceReader:
    """Return the reader of a resource type; it raises `Uncommon` at what it does not know."""
    if replacing and _keeps(declared):
        return _never
    read, check = object_of(declared.whole), _schemas(declared, shape)
    extensions = [extension["name"] for extension in declared.extensions]

    def draft(payload: Mapping[str, Any], lax: Leniency) -> CommonDraft:
        found = read(payload, lax) or {}
        check(found.pop("schemas", None) or [], payload, lax)
        active = found.pop("active", None)
        entries = found.pop("members", None)
        members = named_in(payload["members"], entries) if "members" in payload else None
        found.pop("groups", None)
        urns = [declared.urn, *(urn for urn in extensions if urn in found)]
        return CommonDraft({"schemas": urns, **found}, active, members)

    return draft


def named_in(sent: list[Any] | None, read: list[dict[str, Any]] | None) -> Named:
    """Return who stands in the entries read of ``members``, each with the name given."""
    entries = read or []
    if sent is None or len(entries) != len(sent):
        raise Uncommon
    named = {entry["value"]: entry.get("display") or None for entry in entries}
    if "" in named:
        raise Uncommon
    return named


def _keeps(declared: Declared) -> bool:
    """Tell whether a replacement keeps or compares something; members are rows, and neither."""
    attributes = (attribute for attribute in declared.whole if attribute["name"] != "members")
    return any(mutability(attribute) in {"immutable", "writeOnly"} for attribute in within(attributes))


def _schemas(declared: Declared, shape: Shape) -> Schemas:
    """Return what checks the URNs a body lists: those of what it holds, in any of the names they have had."""
    names = {prefix: space.urn for prefix, space in shape.prefixes}
    extensions = [extension["name"] for extension in declared.extensions]

    def check(listed: list[str], payload: Mapping[str, Any], lax: Leniency) -> None:
        served = [names[name] for urn in listed if (name := urn.lower()) in names]
        urns = [*served, *(urn for urn in extensions if payload.get(urn) is not None)]
        if declared.urn not in urns:
            urns.insert(0, declared.urn)
        if list(dict.fromkeys(urns)) != listed and not lax.take(Tolerance.SCHEMA_URN):
            raise Uncommon

    return check


def _never(_payload: Mapping[str, Any], _lax: Leniency) -> CommonDraft:
    raise Uncommon
