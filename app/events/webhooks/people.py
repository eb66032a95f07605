"""Describe users and groups in the words of the products that hosts migrate from, as they are at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.db.work import Work
from app.lifecycle.clock import iso
from app.lifecycle.states import State

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Person:
    """A user: its SCIM document, and what is beside it; a purged one has neither name nor address."""

    id: str
    external_id: str | None
    connection_id: str | None
    state: str
    document: Mapping[str, Any]
    created_at: str
    updated_at: str

    @property
    def active(self) -> bool:
        """Tell whether the user may sign in."""
        return self.state == State.ACTIVE

    @property
    def email(self) -> str | None:
        """Return the primary address, else the first, else the userName if it is one."""
        emails: Sequence[Mapping[str, Any]] = self.document.get("emails") or ()
        ordered = sorted(emails, key=lambda email: not email.get("primary"))
        name = str(self.document.get("userName") or "")
        return next((email["value"] for email in ordered if email.get("value")), name if "@" in name else None)

    def named(self, part: str) -> str | None:
        """Return a part of the name."""
        name: str | None = (self.document.get("name") or {}).get(part)
        return name

    @property
    def roles(self) -> list[str]:
        """Return the values of the roles."""
        return [role["value"] for role in self.document.get("roles") or () if role.get("value")]


@dataclass(frozen=True, slots=True)
class Team:
    """A group, without its members; one that was deleted is only an id."""

    id: str
    external_id: str | None
    connection_id: str | None
    name: str | None
    document: Mapping[str, Any]
    created_at: str | None
    updated_at: str | None


def person(work: Work, user_id: str) -> Person | None:
    """Return a user, in whatever state."""
    record = work.users.find(user_id)
    if record is None:
        return None
    times = iso(record.created_at), iso(record.updated_at)
    document = orjson.loads(record.document)
    return Person(record.id, record.external_id, record.connection_id, record.state, document, *times)


def team(work: Work, group_id: str) -> Team:
    """Return a group."""
    view = work.groups.view(group_id)
    if view is None:
        return Team(group_id, None, None, None, {}, None, None)
    document = orjson.loads(view.document)
    return Team(
        view.id,
        document.get("externalId"),
        None,
        document.get("displayName"),
        document,
        view.created_at,
        view.updated_at,
    )
