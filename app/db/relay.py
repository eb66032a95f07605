"""Give the events of a tenant the order in which they are told.

Rows of the outbox are numbered as they are written, and become visible as they are committed: a reader who keeps a
number as his place skips what is committed behind it. So an event gets its position when it is first seen, under the
lock of the tenant's relay. What happened after another event had been committed stands behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, exists, func, select, text, update

from app.db.rows import OutboxRow, RelayRow

_BEGIN = text("INSERT INTO relays (tenant_id, position) VALUES (:of_tenant, 0) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Placed:
    """An event that was given its place."""

    seq: int
    position: int
    type: str
    subject_type: str
    subject_id: str
    payload: Mapping[str, Any]
    created_at: datetime


class Relay:
    """See what is new in the outbox of a tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def waiting(self) -> bool:
        """Tell whether there are events without a place."""
        return bool(self._connection.execute(select(exists().where(*self._waiting()))).scalar())

    def place(self, limit: int) -> list[Placed]:
        """Lock the relay until the transaction ends, and give the next events their places, in order."""
        position = self._lock()
        columns = [OutboxRow.__table__.c[name] for name in Placed.__slots__]
        query = select(OutboxRow.seq).where(*self._waiting()).order_by(OutboxRow.seq).limit(limit).subquery()
        first = select(query.c.seq, (func.row_number().over(order_by=query.c.seq) + position).label("place")).subquery()
        placing = update(OutboxRow).where(OutboxRow.seq == first.c.seq).values(position=first.c.place)
        rows = self._connection.execute(placing.returning(*columns)).all()
        if rows:
            mine = RelayRow.tenant_id == self._tenant_id
            self._connection.execute(update(RelayRow).where(mine).values(position=position + len(rows)))
        events = [Placed(**{**row._mapping, "payload": orjson.loads(row.payload)}) for row in rows]  # noqa: SLF001
        return sorted(events, key=lambda event: event.position)

    def _waiting(self) -> tuple[ColumnElement[bool], ...]:
        return OutboxRow.tenant_id == self._tenant_id, OutboxRow.position.is_(None)

    def _lock(self) -> int:
        """Return the last place given, and let nobody else give any."""
        mine = RelayRow.tenant_id == self._tenant_id
        self._connection.execute(_BEGIN, {"of_tenant": self._tenant_id})
        position = self._connection.execute(select(RelayRow.position).where(mine).with_for_update()).scalar_one()
        return int(position)
