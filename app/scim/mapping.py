"""Between SCIM models and what is stored: documents, keys, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from scim2_models import InvalidValueException, Resource

from app.lifecycle.ports import Profile
from app.scim.keys import folded_key, search_document
from app.scim.kinds import Kind, Model
from app.scim.standing import Document, Split

__all__ = ["Document", "Kind", "Model"]

EVERYWHERE = frozenset({"id", "meta"})
APART = {
    "urn:ietf:params:scim:schemas:core:2.0:User": EVERYWHERE | {"active", "groups"},
    "urn:ietf:params:scim:schemas:core:2.0:Group": EVERYWHERE | {"members"},
}
"""What the document leaves out, since columns or rows of their own hold it."""
LOOKED_UP = ("emails", "roles")
"""The multi-valued attributes whose ``value`` leads to a user by an index."""


def split_of(resource: Resource[Any]) -> Split:
    """Return what is stored of a validated resource: a document, and what columns hold."""
    apart = APART.get(str(resource.__schema__), EVERYWHERE)
    return Split.of({name: value for name, value in resource.model_dump().items() if name not in apart})


def resource_of(model: Model, document: Document, **apart: Any) -> Resource[Any]:
    """Return the resource of a stored document; ``apart`` gives what the document leaves out."""
    return model.model_validate({**_declared(model, document), **apart})


def _declared(model: Any, document: Document) -> Document:
    """Leave behind what a schema declared once, and none does any more."""
    known = _names(model)
    kept = {}
    for name, value in document.items():
        if (part := known.get(name)) is not None:
            kept[name] = _declared(part, value) if ":" in name and isinstance(value, dict) else value
    return kept


@lru_cache(maxsize=256)
def _names(model: Any) -> dict[str, Any]:
    fields = model.model_fields.items()
    return {str(each.serialization_alias or field): model.get_field_root_type(field) or str for field, each in fields}


def text_of(document: Document) -> str:
    """Return a document as it is stored."""
    return orjson.dumps(document).decode()


def profile_of(
    kind: Kind, document: Document, before: Document | None = None, *, active_assigned: bool = True
) -> Profile:
    """Return the profile that the lifecycle keeps of a user's document, whose userName is not empty (§4.1.1)."""
    if not document["userName"].strip():
        raise InvalidValueException(detail="userName must not be empty.")
    search = search_document(kind.model, document)
    display_name = document.get("displayName")
    return Profile(
        user_name=document["userName"],
        user_name_key=search["username"],
        external_id=search.get("externalid"),
        display_name=display_name,
        display_name_key=folded_key(display_name),
        document=text_of(document),
        search=search,
        lookups=frozenset(_lookups(search)),
        active_assigned=active_assigned,
        unique=kind.constraints.unique(search),
        rekeyed=before is None or any(before.get(name) != document.get(name) for name in LOOKED_UP),
    )


def _lookups(search: Document) -> Iterator[tuple[str, str]]:
    for name in LOOKED_UP:
        for entry in search.get(name, ()):
            if isinstance(entry.get("value"), str):
                yield f"{name}.value", entry["value"]
