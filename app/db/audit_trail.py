"""The audit trail as people read it: filtered, the latest first, with the names that are shown now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from app.db.rows import AuditLinkRow, AuditRow, GroupRow, UserRow
from app.lifecycle.ports import AuditEntry

_COLUMNS = tuple(AuditRow.__table__.c[name] for name in AuditEntry.__slots__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are wanted; None wants all. ``before`` is the id of the last entry of the page before."""

    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it is kept; ``position`` is its place in the chain, None until it is sealed."""

    id: str
    entry: AuditEntry
    position: int | None
    hash: str | None


class AuditTrail:
    """Read the audit trail of a tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def page(self, asked: Asked, limit: int) -> list[Kept]:
        """Return entries, the latest first."""
        linked = (AuditLinkRow.tenant_id == AuditRow.tenant_id) & (AuditLinkRow.entry_id == AuditRow.id)
        query = select(AuditRow.id, AuditLinkRow.position, AuditLinkRow.hash, *_COLUMNS)
        query = query.outerjoin(AuditLinkRow, linked).where(AuditRow.tenant_id == self._tenant_id, *_wanted(asked))
        rows = self._connection.execute(query.order_by(AuditRow.id.desc()).limit(limit)).all()
        return [Kept(id_, _entry(values), position, hash_) for id_, position, hash_, *values in rows]

    def names(self, ids: Collection[str]) -> dict[str, str]:
        """Return the names under which users and groups are shown now; that of a purged user is its label."""
        users = select(UserRow.id, func.coalesce(UserRow.display_name, UserRow.user_name)).where(
            UserRow.tenant_id == self._tenant_id, UserRow.id.in_(ids)
        )
        groups = select(GroupRow.id, GroupRow.display_name).where(
            GroupRow.tenant_id == self._tenant_id, GroupRow.id.in_(ids)
        )
        return {row[0]: row[1] for row in self._connection.execute(users.union_all(groups))}


def _wanted(asked: Asked) -> list[ColumnElement[bool]]:
    equal = {AuditRow.subject_id: asked.subject, AuditRow.action: asked.action}
    wanted = [column == value for column, value in equal.items() if value is not None]
    if asked.actor is not None:
        acting = orjson.dumps({"acting_user": asked.actor}).decode()[1:-1]
        wanted.append(or_(AuditRow.actor_id == asked.actor, AuditRow.detail.contains(acting, autoescape=True)))
    if asked.since is not None:
        wanted.append(AuditRow.at >= asked.since)
    if asked.until is not None:
        wanted.append(AuditRow.at < asked.until)
    if asked.before is not None:
        wanted.append(AuditRow.id < asked.before)
    return wanted


def _entry(values: list[Any]) -> AuditEntry:
    named = dict(zip(AuditEntry.__slots__, values, strict=True))
    return AuditEntry(**{**named, "detail": orjson.loads(named["detail"])})
