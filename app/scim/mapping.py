"""Between SCIM models and what is stored: documents, keys, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from scim2_models import InvalidValueException, Resource

from app.lifecycle.ports import Profile
from app.scim.keys import folded_key, search_document

Model = type[Resource[Any]]
Document = dict[str, Any]

APART = frozenset({"id", "meta", "active", "groups", "members"})
"""What the document leaves out, since columns or rows of their own hold it."""
LOOKED_UP = ("emails", "roles")
"""The multi-valued attributes whose ``value`` leads to a user by an index."""


def document_of(resource: Resource[Any]) -> Document:
    """Return what is stored of a validated resource."""
    return {name: value for name, value in resource.model_dump().items() if name not in APART}


def resource_of(model: Model, document: Document, **apart: Any) -> Resource[Any]:
    """Return the resource of a stored document; ``apart`` gives what the document leaves out."""
    return model.model_validate({**document, **apart})


def text_of(document: Document) -> str:
    """Return a document as it is stored."""
    return orjson.dumps(document).decode()


def profile_of(model: Model, document: Document, *, active_assigned: bool = True) -> Profile:
    """Return the profile that the lifecycle keeps of a user's document, whose userName is not empty (§4.1.1)."""
    if not document["userName"].strip():
        raise InvalidValueException(detail="userName must not be empty.")
    search = search_document(model, document)
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
    )


def _lookups(search: Document) -> Iterator[tuple[str, str]]:
    for name in LOOKED_UP:
        for entry in search.get(name, ()):
            if isinstance(entry.get("value"), str):
                yield f"{name}.value", entry["value"]
