"""Our extension of users: where one stands in its life, computed from its row; only ``deactivateAt`` is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scim2_models import InvalidValueException

from app.db import query
from app.db.records import Standing
from app.lifecycle.case import kept_until
from app.lifecycle.clock import iso, parse_iso
from app.lifecycle.commands import Schedule
from app.lifecycle.policy import TenantPolicy
from app.scim.keys import moment_key
from app.scim.trees import Tree

URN: Final = "urn:scim-lifecycle:params:scim:schemas:extension:lifecycle:2.0:User"
(LIFECYCLE,) = query.LIFECYCLE
DEACTIVATE_AT: Final = "deactivateAt"
Document = dict[str, Any]


def shown(standing: Standing, policy: TenantPolicy, asked: Tree) -> Document:
    """Return what is asked of the extension, as far as it has a value."""
    since, ends = standing.since, standing.deactivate_at
    deletable = None if since is None or policy.delete.mode == "never" else kept_until(policy, since)
    values = {
        "state": standing.state.value,
        "since": None if since is None else iso(since),
        "reason": standing.reason,
        "deletableAfter": None if deletable is None else iso(deletable),
        DEACTIVATE_AT: None if ends is None else iso(ends),
    }
    return {name: value for name, value in values.items() if value and (not asked or name.lower() in asked)}


def spliced(document: Document, extension: Document) -> Document:
    """Return a user with the extension, which ``schemas`` names."""
    return {**document, "schemas": [*document["schemas"], URN], URN: extension} if extension else document


@dataclass(frozen=True, slots=True)
class Split:
    """A document without the extension, and the ``deactivateAt`` that stood in it."""

    document: Document
    deactivate_at: str | None

    @classmethod
    def of(cls, document: Document) -> Split:
        """Take the extension out of a document."""
        extension = document.pop(URN, None) or {}
        if URN in document.get("schemas", ()):
            document["schemas"] = [urn for urn in document["schemas"] if urn != URN]
        return cls(document, extension.get(DEACTIVATE_AT))


def schedule_of(text: str | None) -> Schedule:
    """Return the schedule that a ``deactivateAt`` stands for, cut to the millisecond that a row can hold."""
    if text is None:
        return Schedule(None)
    key = moment_key(text)
    if key is None:
        raise InvalidValueException(detail=f"{DEACTIVATE_AT} must lie between the years 1 and 9999, in UTC.")
    return Schedule(_cut(parse_iso(key)))


def _cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def said_in(payload: Mapping[str, Any]) -> bool:
    """Tell whether a body says something of ``deactivateAt``, be it null."""
    for name, value in payload.items():
        lowered = name.lower()
        if lowered == f"{LIFECYCLE}:{DEACTIVATE_AT.lower()}":
            return True
        if lowered == LIFECYCLE and isinstance(value, dict):
            return any(key.lower() == DEACTIVATE_AT.lower() for key in value)
    return False
