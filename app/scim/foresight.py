"""Foresee what a request will read, so that it can be asked for together with who asks: a hint, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.config import Settings
from app.db.query import Page, Path
from app.identity.authentication import Following
from app.scim.keys import exact_key, folded_key

LOOK_UP = re.compile(r'(userName|externalId) eq "([^"\\\x00-\x1f]+)"')
KEYS: Mapping[str, tuple[Path, Callable[[str], str | None]]] = {
    "userName": (("username",), folded_key),
    "externalId": (("externalid",), exact_key),
}


def foreseen(path: str, query: Mapping[str, str], settings: Settings) -> Following | None:
    """Return what a GET most likely reads: one user or group, or whom a look-up finds."""
    endpoint, _, id_ = path.partition("/")
    if "\x00" in path or "/" in id_:
        return None
    if endpoint == "Users":
        return (lambda work: work.users.by_id(id_)) if id_ else _looked_up(query, settings)
    return (lambda work: work.groups.by_id(id_)) if endpoint == "Groups" and id_ else None


def _looked_up(query: Mapping[str, str], settings: Settings) -> Following | None:
    found = LOOK_UP.fullmatch(query.get("filter", "")) if len(query) == 1 else None
    if found is None:
        return None
    attribute, key_of = KEYS[found[1]]
    key, page = str(key_of(found[2])), Page(1, settings.default_page_size)
    return lambda work: work.users.by_key(attribute, key, page)
