"""Name users to a receiver, and find whom a receiver names (RFC 9493)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.db.query import AnyElement, Match, Op, Page, Query
from app.db.work import Work
from app.events.webhooks.people import person
from app.lifecycle.states import State

LONGEST = 320
Subject = Mapping[str, Any]


def of_user(work: Work, issuer: str, wanted: Subject, user_id: str) -> dict[str, str]:
    """Name a user as a receiver wants it; one who is gone, or has no such name, by our own id."""
    named = wanted["format"] == "email" or "iss" in wanted
    found = person(work, user_id) if named else None
    if found is not None and found.state != State.PURGED:
        if wanted["format"] == "email" and found.email:
            return {"format": "email", "email": found.email.lower()}
        if wanted.get("iss") and found.external_id:
            return {"format": "iss_sub", "iss": wanted["iss"], "sub": found.external_id}
    return {"format": "iss_sub", "iss": issuer, "sub": user_id}


def user_named(work: Work, issuer: str, wanted: Subject, subject: Subject) -> str | None:
    """Return the id of the user whom a receiver means, None where there is none."""
    found: str | None = None
    match subject:
        case {"format": "complex", "user": {"format": str()} as user} if user["format"] != "complex":
            found = user_named(work, issuer, wanted, user)
        case {"format": "aliases", "identifiers": [*identifiers]}:
            named = (user_named(work, issuer, wanted, one) for one in identifiers[:10] if _simple(one))
            found = next((id_ for id_ in named if id_), None)
        case {"format": "iss_sub", "iss": str(iss), "sub": str(sub)} if iss == issuer:
            found = _existing(work, sub)
        case {"format": "iss_sub", "iss": str(iss), "sub": str(sub)} if iss == wanted.get("iss"):
            found = _by_external_id(work, sub)
        case {"format": "opaque", "id": str(id_)}:
            found = _existing(work, id_)
        case {"format": "scim", "uri": str(uri)}:
            found = _existing(work, uri.removeprefix("/Users/"))
        case {"format": "email", "email": str(email)}:
            found = _by_email(work, email)
    return found


def _simple(one: Any) -> bool:
    return isinstance(one, dict) and one.get("format") not in {"aliases", "complex"}


def _fits(text: str) -> bool:
    # PostgreSQL takes no NUL in a text
    return 0 < len(text) <= LONGEST and text.isprintable()


def _existing(work: Work, user_id: str) -> str | None:
    found = work.users.find(user_id) if _fits(user_id) else None
    return found.id if found and found.state is not State.PURGED else None


def _by_external_id(work: Work, external_id: str) -> str | None:
    condition = Match(("externalid",), Op.eq, external_id)
    found = work.users.page(Query(Page(1, 2), condition), with_groups=False).views if _fits(external_id) else ()
    return found[0].id if len(found) == 1 else None


def _by_email(work: Work, email: str) -> str | None:
    """Return the one user of that address; an address that several share names nobody."""
    if not _fits(email):
        return None
    condition = AnyElement(("emails",), Match(("value",), Op.eq, email.lower()))
    found = work.users.page(Query(Page(1, 2), condition), with_groups=False).views
    namesake = work.users.namesake(email.lower())
    ids = {view.id for view in found} | ({namesake.id} if namesake else set())
    return ids.pop() if len(ids) == 1 else None
