"""What was asked of SCIM, for whoever has to find out why a provider shows an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select

from app.db.insertion import Insertion
from app.db.rows import RequestRow

_COLUMNS = RequestRow.__table__.c
_ADD = Insertion(RequestRow)


class Request(NamedTuple):
    """A request and its answer, without any value that the client sent.

    ``query`` has the names of the parameters, ``tolerances`` what the dialect forgave, both separated by blanks;
    ``remedies`` is a JSON list, where a rule refused and says how to go on.
    """

    id: str
    at: datetime
    connection_id: str | None
    method: str
    path: str
    query: str
    subject_id: str | None
    status: int
    duration_ms: int
    tolerances: str
    error: str | None
    detail: str | None
    remedies: str | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which requests are wanted; None wants all. ``statuses`` are the first and the last, ``before`` an id."""

    subject: str | None = None
    connection: str | None = None
    statuses: tuple[int, int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None


class RequestLog:
    """Keep and find the requests of a tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, requests: Sequence[Request]) -> None:
        """Keep requests."""
        rows = [{"tenant_id": self._tenant_id, **each._asdict()} for each in requests]
        _ADD.run(self._connection, {RequestRow.__tablename__: rows})

    def page(self, sought: Sought, limit: int) -> list[Request]:
        """Return requests, the latest first."""
        columns = [_COLUMNS[name] for name in Request._fields]
        query = select(*columns).where(RequestRow.tenant_id == self._tenant_id, *_wanted(sought))
        return [Request(*row) for row in self._connection.execute(query.order_by(RequestRow.id.desc()).limit(limit))]

    def forget(self, before: datetime) -> int:
        """Delete the requests from before a moment, and return how many."""
        query = delete(RequestRow).where(RequestRow.tenant_id == self._tenant_id, RequestRow.id < first_id(before))
        return self._connection.execute(query).rowcount


def first_id(at: datetime) -> str:
    """Return what no id made at a moment or later comes before (RFC 9562 §5.7)."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _wanted(sought: Sought) -> list[ColumnElement[bool]]:
    equal = {RequestRow.subject_id: sought.subject, RequestRow.connection_id: sought.connection}
    wanted = [column == value for column, value in equal.items() if value is not None]
    if sought.statuses is not None:
        wanted.append(RequestRow.status.between(*sought.statuses))
    if sought.since is not None:
        wanted.append(RequestRow.id >= first_id(sought.since))
    if sought.until is not None:
        wanted.append(RequestRow.id < first_id(sought.until))
    if sought.before is not None:
        wanted.append(RequestRow.id < sought.before)
    return wanted
