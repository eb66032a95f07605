"""Those who are told of events, and who is telling them just now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from app.db.rows import DeliveryRow, EndpointRow

ENABLED = "enabled"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somebody who is told of events of some ``types``; what its kind needs to know is in ``options``.

    ``state`` is enabled, paused (at somebody's wish) or disabled (since it failed); events wait in the latter two.
    """

    id: str
    kind: str
    name: str
    url: str
    types: tuple[str, ...]
    options: Mapping[str, Any]
    sealed: str | None = field(repr=False)
    created_at: datetime
    updated_at: datetime
    state: str = ENABLED
    state_reason: str | None = None
    fence: int = 0
    lease_until: datetime | None = None
    next_at: datetime | None = None
    failing_since: datetime | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An endpoint that has events to be told, from a moment on; None is at once."""

    id: str
    at: datetime | None
    failing: bool
    fence: int


_COLUMNS = tuple(EndpointRow.__table__.c[name] for name in Endpoint.__slots__)
_PENDING = exists().where(
    DeliveryRow.tenant_id == EndpointRow.tenant_id,
    DeliveryRow.endpoint_id == EndpointRow.id,
    DeliveryRow.state == "pending",
)


class Endpoints:
    """Keep endpoints, and lease them to whoever tells them."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        self._connection.execute(insert(EndpointRow), {"tenant_id": self._tenant_id, **_values(endpoint)})

    def all(self, kinds: Collection[str] = ()) -> list[Endpoint]:
        """Return the endpoints, of some kinds alone if any are named, the oldest first."""
        query = select(*_COLUMNS).where(EndpointRow.tenant_id == self._tenant_id).order_by(EndpointRow.id)
        rows = self._connection.execute(query.where(EndpointRow.kind.in_(kinds)) if kinds else query)
        return [_endpoint(row) for row in rows]

    def find(self, endpoint_id: str) -> Endpoint | None:
        """Return an endpoint."""
        row = self._connection.execute(select(*_COLUMNS).where(self._is(endpoint_id))).one_or_none()
        return None if row is None else _endpoint(row)

    def update(self, endpoint_id: str, changes: Mapping[str, Any]) -> bool:
        """Write changed facts; tell whether there is such an endpoint."""
        query = update(EndpointRow).where(self._is(endpoint_id)).values(_stored(changes))
        return self._connection.execute(query).rowcount == 1

    def delete(self, endpoint_id: str) -> bool:
        """Delete an endpoint with all that was to be told to it; tell whether there was one."""
        return self._connection.execute(delete(EndpointRow).where(self._is(endpoint_id))).rowcount == 1

    def waiting(self, kinds: Collection[str]) -> list[Waiting]:
        """Return the enabled endpoints that have something pending, and from when on it may be sent."""
        columns = (
            EndpointRow.id,
            EndpointRow.next_at,
            EndpointRow.lease_until,
            EndpointRow.failing_since,
            EndpointRow.fence,
        )
        mine = EndpointRow.tenant_id == self._tenant_id, EndpointRow.kind.in_(kinds), EndpointRow.state == ENABLED
        rows = self._connection.execute(select(*columns).where(*mine, _PENDING).order_by(EndpointRow.id))
        return [Waiting(row[0], _later(row[1], row[2]), row[3] is not None, row[4]) for row in rows]

    def claim(self, endpoint_id: str, now: datetime, until: datetime) -> Endpoint | None:
        """Take the lease of an endpoint that nobody holds and that has something due, in one statement."""
        free = or_(EndpointRow.lease_until.is_(None), EndpointRow.lease_until <= now)
        due = or_(EndpointRow.next_at.is_(None), EndpointRow.next_at <= now)
        query = update(EndpointRow).where(self._is(endpoint_id), EndpointRow.state == ENABLED, free, due, _PENDING)
        query = query.values(lease_until=until, fence=EndpointRow.fence + 1)
        row = self._connection.execute(query.returning(*_COLUMNS)).one_or_none()
        return None if row is None else _endpoint(row)

    def hold(self, endpoint_id: str, fence: int, changes: Mapping[str, Any]) -> str | None:
        """Write what became of a try under this lease; return the state now, None where the lease is lost."""
        query = update(EndpointRow).where(and_(self._is(endpoint_id), EndpointRow.fence == fence))
        state: str | None = self._connection.execute(
            query.values(_stored(changes)).returning(EndpointRow.state)
        ).scalar_one_or_none()
        return state

    def _is(self, endpoint_id: str) -> Any:
        return and_(EndpointRow.tenant_id == self._tenant_id, EndpointRow.id == endpoint_id)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _values(endpoint: Endpoint) -> dict[str, Any]:
    return _stored({name: getattr(endpoint, name) for name in endpoint.__slots__})


def _stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: orjson.dumps(changes[name]).decode() for name in ("types", "options") if name in changes}
    return {**changes, **texts}


def _endpoint(row: Any) -> Endpoint:
    values = dict(row._mapping)  # noqa: SLF001
    return Endpoint(**{**values, "types": tuple(orjson.loads(row.types)), "options": orjson.loads(row.options)})
