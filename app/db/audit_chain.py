"""The audit trail sealed into a chain, in batches, behind the backs of those who write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, exists, func, insert, select, text, type_coerce, update

from app.db.rows import AuditHeadRow, AuditLinkRow, AuditRow
from app.lifecycle.chain import SEALED, Head, Link, sealed

LATEST_MS = 24 * 60 * 60 * 1000
"""How long after others an entry may still be sealed; no transaction lasts that long."""

# the moment as it is stored: who altered it may have left no moment
_STORED = {"at": type_coerce(AuditRow.at, String).label("at")}
_ENTRY = tuple(_STORED.get(name, AuditRow.__table__.c[name]) for name in SEALED)
_LINKED = exists().where(AuditLinkRow.tenant_id == AuditRow.tenant_id, AuditLinkRow.entry_id == AuditRow.id)
_BEGIN = text(
    "INSERT INTO audit_heads (tenant_id, position, hash) VALUES (:of_tenant, :position, :hash) ON CONFLICT DO NOTHING"
)


class AuditChain:
    """Seal the audit trail of a tenant, and read it as it is sealed."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def head(self) -> Head:
        """Return where the chain ends."""
        columns = AuditHeadRow.position, AuditHeadRow.hash, type_coerce(AuditHeadRow.sealed_at, String)
        row = self._connection.execute(select(*columns).where(self._heads)).one_or_none()
        return Head() if row is None else Head(*row)

    def waiting(self) -> bool:
        """Tell whether there are entries to seal."""
        return self._connection.execute(self._waiting(AuditRow.id > self._floor()).limit(1)).first() is not None

    def seal(self, limit: int, now: datetime) -> int:
        """Seal entries that are committed and wait, the oldest first, alone in the tenant; return how many."""
        self._connection.execute(_BEGIN, {"of_tenant": self._tenant_id, "position": 0, "hash": Head().hash})
        locked = select(AuditHeadRow.position, AuditHeadRow.hash).where(self._heads).with_for_update()
        head = Head(*self._connection.execute(locked).one())
        links = list[dict[str, Any]]()
        for entry in self._connection.execute(self._waiting(AuditRow.id > self._floor()).limit(limit)):
            head = Head(head.position + 1, sealed(head.hash, _entry(entry)))
            link = {"position": head.position, "entry_id": entry.id, "hash": head.hash}
            links.append({**link, "tenant_id": self._tenant_id})
        if links:
            self._connection.execute(insert(AuditLinkRow), links)
            moved = {"position": head.position, "hash": head.hash, "sealed_at": now}
            self._connection.execute(update(AuditHeadRow).where(self._heads).values(**moved))
        return len(links)

    def page(self, after: int, limit: int) -> list[Link]:
        """Return places of the chain in order, from behind a position on, with the entries that stand there."""
        joined = (AuditRow.tenant_id == AuditLinkRow.tenant_id) & (AuditRow.id == AuditLinkRow.entry_id)
        query = (
            select(AuditLinkRow.position, AuditLinkRow.entry_id, AuditLinkRow.hash, *_ENTRY)
            .outerjoin(AuditRow, joined)
            .where(AuditLinkRow.tenant_id == self._tenant_id, AuditLinkRow.position > after)
            .order_by(AuditLinkRow.position)
            .limit(limit)
        )
        return [
            Link(position, entry_id, hash_, None if entry[0] is None else _entry(entry))
            for position, entry_id, hash_, *entry in self._connection.execute(query)
        ]

    def strays(self, limit: int) -> list[str]:
        """Return entries that are in no place of the chain though they claim to be older than what is in it."""
        rows = self._connection.execute(self._waiting(AuditRow.id <= self._floor()).limit(limit))
        return [row.id for row in rows]

    def _waiting(self, which: ColumnElement[bool]) -> Any:
        return select(*_ENTRY).where(AuditRow.tenant_id == self._tenant_id, which, ~_LINKED).order_by(AuditRow.id)

    def _floor(self) -> str:
        """Return the id below which nothing is sealed any more; ids begin with their moment (RFC 9562 §5.7)."""
        newest = select(func.max(AuditLinkRow.entry_id)).where(AuditLinkRow.tenant_id == self._tenant_id)
        found = self._connection.scalar(newest)
        try:
            moment = f"{max(int(found[:8] + found[9:13], 16) - LATEST_MS, 0):012x}" if found else ""
        except ValueError:  # somebody forged a place: the walk will tell
            return ""
        return f"{moment[:8]}-{moment[8:]}" if moment else ""

    @property
    def _heads(self) -> ColumnElement[bool]:
        return AuditHeadRow.tenant_id == self._tenant_id


def _entry(values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(SEALED, values, strict=True))
