"""What is written beside each change: the audit trail and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, select
from uuid_utils import uuid7

from app.db.pending import Pending
from app.db.rows import AuditRow, OutboxRow
from app.lifecycle.ports import AuditEntry, Event

_AUDIT_COLUMNS = tuple(AuditRow.__table__.c[name] for name in AuditEntry.__slots__)
_OUTBOX_COLUMNS = tuple(OutboxRow.__table__.c[name] for name in Event.__slots__)
_FACTS = {kind.__slots__: attrgetter(*kind.__slots__) for kind in (AuditEntry, Event)}


class Audit:
    """Add to the audit trail of a tenant and read it."""

    def __init__(self, connection: Connection, tenant_id: int, pending: Pending) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._pending = pending

    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Append entries; there is no way to change one."""
        for entry in entries:
            self._pending.add_entry(_row(self._tenant_id, entry, "detail"))

    def of(self, subject_id: str) -> list[AuditEntry]:
        """Return what was done to a subject, the oldest entry first."""
        self._pending.write()
        query = select(*_AUDIT_COLUMNS).where(AuditRow.tenant_id == self._tenant_id, AuditRow.subject_id == subject_id)
        rows = self._connection.execute(query.order_by(AuditRow.id))
        return [AuditEntry(**{**row._mapping, "detail": orjson.loads(row.detail)}) for row in rows]  # noqa: SLF001


class Outbox:
    """Add events to the outbox of a tenant and read them."""

    def __init__(self, connection: Connection, tenant_id: int, pending: Pending) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._pending = pending

    def add(self, events: Sequence[Event]) -> None:
        """Append events in the order given."""
        for event in events:
            self._pending.add_event(_row(self._tenant_id, event, "payload"))

    def of(self, subject_id: str) -> list[Event]:
        """Return the events about a subject in the order they happened."""
        self._pending.write()
        query = select(*_OUTBOX_COLUMNS).where(
            OutboxRow.tenant_id == self._tenant_id, OutboxRow.subject_id == subject_id
        )
        rows = self._connection.execute(query.order_by(OutboxRow.seq))
        return [Event(**{**row._mapping, "payload": orjson.loads(row.payload)}) for row in rows]  # noqa: SLF001


def _row(tenant_id: int, record: AuditEntry | Event, document: str) -> dict[str, Any]:
    """Return the row of a record, its free-form part as JSON text."""
    names = record.__slots__
    row = dict(zip(names, _FACTS[names](record), strict=True))
    row[document] = orjson.dumps(row[document]).decode()
    row["tenant_id"], row["id"] = tenant_id, str(uuid7())
    return row
