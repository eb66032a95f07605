"""Let the host application read the audit trail."""

from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import UserId
from app.api.requests import Said, said_in_query
from app.db.audit_trail import Asked, Kept
from app.identity.scopes import AUDIT
from app.lifecycle.clock import iso
from app.runtime import runtime

Moment = Annotated[AwareDatetime, Field(strict=False)]


class Sought(Said):
    """Which entries are wanted; ``next`` of a page is ``before`` of the one that follows."""

    subject: UserId | None = None
    actor: UserId | None = None
    action: Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$")] | None = None
    since: Moment | None = None
    until: Moment | None = None
    before: UserId | None = None
    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 50


def page() -> Response:
    """Return entries, the latest first, with the names that are shown now: after a purge, the label."""
    principal, said = caller(AUDIT), said_in_query(Sought)
    asked = Asked(said.subject, said.actor, said.action, said.since, said.until, said.before)
    with runtime().database.reading(principal.tenant_id) as work:
        found = work.audit_trail.page(asked, said.limit)
        ids = {id_ for kept in found for id_ in (kept.entry.subject_id, kept.entry.detail.get("acting_user")) if id_}
        names = work.audit_trail.names(ids)
    following = found[-1].id if len(found) == said.limit else None
    return answer(200, {"entries": [_told(kept, names) for kept in found], "next": following})


def _told(kept: Kept, names: dict[str, str]) -> dict[str, Any]:
    entry, detail = kept.entry, dict(kept.entry.detail)
    actor = {"type": entry.actor_type, "id": entry.actor_id, "name": entry.actor_name}
    if user_id := detail.pop("acting_user", None):
        actor |= {"user": user_id, "user_name": names.get(user_id)}
    return {
        "id": kept.id,
        "at": iso(entry.at),
        "action": entry.action,
        "subject": {"type": entry.subject_type, "id": entry.subject_id, "name": names.get(entry.subject_id)},
        "actor": actor,
        "reason": entry.reason,
        "policy_version": entry.policy_version,
        "txn": entry.txn,
        "detail": detail,
        "position": kept.position,
        "hash": kept.hash,
    }
