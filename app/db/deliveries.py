"""Events on their way to endpoints, and each try to tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, lt
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from app.db.prepared import Prepared
from app.db.rows import AttemptRow, DeliveryRow, OutboxRow

PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to an endpoint; ``form`` is what its kind makes of one event, if it makes several."""

    endpoint_id: str
    position: int
    form: str
    id: str
    state: str
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    event_id: str
    type: str
    subject_type: str
    subject_id: str
    txn: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its ``outcome`` in our words, the ``status`` of the answer or the ``error`` that left none."""

    delivery_id: str
    id: str
    at: datetime
    outcome: str
    status: int | None
    error: str | None
    duration_ms: int
    answer: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery."""

    delivery_id: str
    state: str
    attempts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries of an endpoint are meant; what is None chooses nothing out."""

    id: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


_OF_EVENT = ("type", "subject_type", "subject_id", "txn", "payload")
_OWN = Delivery.__slots__[: Delivery.__slots__.index("event_id")]
_COLUMNS = (
    *(DeliveryRow.__table__.c[name] for name in _OWN),
    OutboxRow.id.label("event_id"),
    *(OutboxRow.__table__.c[name] for name in _OF_EVENT),
)
_DELIVERIES = DeliveryRow.__table__.c
_ATTEMPT_COLUMNS = tuple(AttemptRow.__table__.c[name] for name in Attempt.__slots__)
_SELECT = select(*_COLUMNS).join_from(
    DeliveryRow,
    OutboxRow,
    and_(OutboxRow.seq == DeliveryRow.event_seq, OutboxRow.tenant_id == DeliveryRow.tenant_id),
)

_SETTLE = Prepared(
    update(DeliveryRow)
    .where(_DELIVERIES.tenant_id == bindparam("of_tenant"), _DELIVERIES.id == bindparam("delivery_id"))
    .values(state=bindparam("state"), attempts=bindparam("attempts"), settled_at=bindparam("settled_at"))
)
_LOG = Prepared(insert(AttemptRow).values({each.name: bindparam(each.name) for each in AttemptRow.__table__.c}))


class Deliveries:
    """Keep what is to be told to whom, in order."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Let events wait for endpoints; each row has endpoint_id, position, form, id, event_seq and created_at."""
        fixed = {"tenant_id": self._tenant_id, "state": PENDING, "attempts": 0, "settled_at": None}
        if rows:
            self._connection.execute(insert(DeliveryRow), [{**row, **fixed} for row in rows])

    def pending(self, endpoint_id: str, limit: int) -> list[Delivery]:
        """Return the first of those that wait, in order."""
        query = _SELECT.where(*self._of(endpoint_id, Chosen(state=PENDING)))
        return self._read(query.order_by(DeliveryRow.position, DeliveryRow.form).limit(limit))

    def page(self, endpoint_id: str, chosen: Chosen, limit: int) -> list[Delivery]:
        """Return deliveries, the latest first."""
        query = _SELECT.where(*self._of(endpoint_id, chosen))
        return self._read(query.order_by(DeliveryRow.position.desc(), DeliveryRow.form.desc()).limit(limit))

    def settle(self, settled: Sequence[Settled]) -> None:
        """Write what became of deliveries."""
        rows = [{"of_tenant": self._tenant_id, **_facts(each)} for each in settled]
        _SETTLE.run_each(self._connection, rows)

    def close(self, endpoint_id: str, ids: Sequence[str] | None, state: str, at: datetime) -> int:
        """Settle those of the waiting deliveries that are named, or all; return how many that are."""
        query = update(DeliveryRow).where(*self._of(endpoint_id, Chosen(state=PENDING)))
        query = query if ids is None else query.where(DeliveryRow.id.in_(ids))
        return self._connection.execute(query.values(state=state, settled_at=at)).rowcount

    def again(self, endpoint_id: str, chosen: Chosen) -> int:
        """Let settled deliveries wait once more, and return how many that are."""
        query = update(DeliveryRow).where(*self._of(endpoint_id, chosen), DeliveryRow.state != PENDING)
        return self._connection.execute(query.values(state=PENDING, attempts=0, settled_at=None)).rowcount

    def log(self, attempts: Sequence[Attempt]) -> None:
        """Note tries."""
        _LOG.run_each(self._connection, [{"tenant_id": self._tenant_id, **_facts(each)} for each in attempts])

    def attempts(self, delivery_id: str) -> list[Attempt]:
        """Return the tries of a delivery, the first one first."""
        query = select(*_ATTEMPT_COLUMNS).where(
            AttemptRow.tenant_id == self._tenant_id, AttemptRow.delivery_id == delivery_id
        )
        return [Attempt(*row) for row in self._connection.execute(query.order_by(AttemptRow.id))]

    def redact(self, user_id: str) -> int:
        """Erase what receivers answered to events about a user, and return how many answers that were."""
        about = (
            select(DeliveryRow.id)
            .join(OutboxRow, OutboxRow.seq == DeliveryRow.event_seq)
            .where(DeliveryRow.tenant_id == self._tenant_id, OutboxRow.tenant_id == self._tenant_id)
            .where(OutboxRow.subject_id == user_id)
        )
        said = AttemptRow.tenant_id == self._tenant_id, AttemptRow.delivery_id.in_(about), AttemptRow.answer != ""
        return self._connection.execute(update(AttemptRow).where(*said).values(answer="")).rowcount

    def backlog(self) -> tuple[int, datetime | None]:
        """Return how many wait, and since when the oldest."""
        query = select(func.count(), func.min(DeliveryRow.created_at)).where(
            DeliveryRow.tenant_id == self._tenant_id, DeliveryRow.state == PENDING
        )
        count, oldest = self._connection.execute(query).one()
        return count, oldest

    def forget(self, before: datetime) -> int:
        """Delete the deliveries of events from before a moment, then those events; return how many deliveries."""
        old = DeliveryRow.tenant_id == self._tenant_id, DeliveryRow.created_at < before
        gone = self._connection.execute(delete(DeliveryRow).where(*old)).rowcount
        events = OutboxRow.tenant_id == self._tenant_id, OutboxRow.created_at < before, OutboxRow.position.is_not(None)
        self._connection.execute(delete(OutboxRow).where(*events))
        return gone

    def _of(self, endpoint_id: str, chosen: Chosen) -> list[Any]:
        mine = [DeliveryRow.tenant_id == self._tenant_id, DeliveryRow.endpoint_id == endpoint_id]
        meant = (
            (chosen.id, DeliveryRow.id, eq),
            (chosen.state, DeliveryRow.state, eq),
            (chosen.since, DeliveryRow.created_at, ge),
            (chosen.until, DeliveryRow.created_at, lt),
            (chosen.before, DeliveryRow.position, lt),
        )
        return [*mine, *(compare(column, value) for value, column, compare in meant if value is not None)]

    def _read(self, query: Any) -> list[Delivery]:
        rows = self._connection.execute(query)
        return [Delivery(**{**row._mapping, "payload": orjson.loads(row.payload)}) for row in rows]  # noqa: SLF001


def _facts(one: Attempt | Settled) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
