"""What is written beside each change: the audit trail and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select
from uuid_utils import uuid7

from app.db.rows import AuditRow, OutboxRow
from app.lifecycle.ports import AuditEntry, Event

_AUDIT_COLUMNS = tuple(AuditRow.__table__.c[name] for name in AuditEntry.__slots__)
_OUTBOX_COLUMNS = tuple(OutboxRow.__table__.c[name] for name in Event.__slots__)

_ADD_ENTRY, _ADD_EVENT = insert(AuditRow), insert(OutboxRow)


class Audit:
    """Add to the audit trail of a tenant and read it."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Append entries; there is no way to change one."""
        rows = [{**_fields(entry, "detail"), "tenant_id": self._tenant_id, "id": str(uuid7())} for entry in entries]
        if rows:
            self._connection.execute(_ADD_ENTRY, rows)

    def of(self, subject_id: str) -> list[AuditEntry]:
        """Return what was done to a subject, the oldest entry first."""
        query = select(*_AUDIT_COLUMNS).where(AuditRow.tenant_id == self._tenant_id, AuditRow.subject_id == subject_id)
        rows = self._connection.execute(query.order_by(AuditRow.id))
        return [AuditEntry(**{**row._mapping, "detail": orjson.loads(row.detail)}) for row in rows]  # noqa: SLF001


class Outbox:
    """Add events to the outbox of a tenant and read them."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, events: Sequence[Event]) -> None:
        """Append events in the order given."""
        rows = [{**_fields(event, "payload"), "tenant_id": self._tenant_id, "id": str(uuid7())} for event in events]
        if rows:
            self._connection.execute(_ADD_EVENT, rows)

    def of(self, subject_id: str) -> list[Event]:
        """Return the events about a subject in the order they happened."""
        query = select(*_OUTBOX_COLUMNS).where(
            OutboxRow.tenant_id == self._tenant_id, OutboxRow.subject_id == subject_id
        )
        rows = self._connection.execute(query.order_by(OutboxRow.seq))
        return [Event(**{**row._mapping, "payload": orjson.loads(row.payload)}) for row in rows]  # noqa: SLF001


def _fields(record: AuditEntry | Event, document: str) -> dict[str, Any]:
    """Return the columns of a record, its free-form part as JSON text."""
    fields = {name: getattr(record, name) for name in record.__slots__}
    fields[document] = orjson.dumps(fields[document]).decode()
    return fields
