"""Mend the body of a POST or a PUT."""

from collections.abc import Mapping
from typing import Any

from app.scim.dialects.keys import expand, tidy_document
from app.scim.dialects.schema_index import Shape
from app.scim.dialects.tolerance import Leniency, Tolerance


def tidy_resource(shape: Shape, payload: Mapping[str, Any], lax: Leniency) -> dict[str, Any]:
    """Give the resource in the form RFC 7643 describes, as far as the dialect allows."""
    document = tidy_document(shape, expand(shape, payload, lax).document, lax)
    schemas = _schemas_of(shape, document)
    if document.get("schemas") != schemas and lax.take(Tolerance.SCHEMA_URN):
        document["schemas"] = schemas
    return document


def _schemas_of(shape: Shape, document: Mapping[str, Any]) -> Any:
    """List the served schemas the resource names or uses (RFC 7643 §3)."""
    listed = document.get("schemas")
    if not shape.core.urn or not (listed is None or isinstance(listed, list)):
        return listed
    named = (shape.namespace(urn) for urn in listed or () if isinstance(urn, str))
    used = (space for space in shape.extensions if isinstance(document.get(space.urn), dict))
    urns = [space.urn for space in (*named, *used) if space is not None]
    if shape.core.urn not in urns:
        urns.insert(0, shape.core.urn)
    return list(dict.fromkeys(urns))
