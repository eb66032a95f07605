"""Cursors: where a walk stands, sealed so that a client can neither read nor forge nor lend it (RFC 9865 §2, §5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scim2_models import ExpiredCursorException, InvalidCountException, InvalidCursorException
from scim2_server.cursor import Cursors as Seals

from app.db.query import Position
from app.identity.principals import Principal

ASKED = ("filter", "sortBy", "sortOrder", "attributes", "excludedAttributes")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a walk has come: the count it began with, and its last result, by the rank of its type."""

    count: int
    rank: int
    position: Position


class Cursors:
    """Seal with the first key, open with any."""

    def __init__(self, keys: Sequence[str], timeout_s: int) -> None:
        """Let cursors live for so many seconds."""
        self._seals = [Seals(key) for key in keys]
        self._timeout_s = timeout_s

    def seal(self, query: str, standing: Standing, now: datetime) -> str:
        """Return the cursor of the page that follows."""
        position = standing.position
        content = [int(now.timestamp()), standing.count, standing.rank, position.value, position.id]
        return self._seals[0].seal(query, None, content)

    def open(self, cursor: Any, query: str, count: int | None, now: datetime) -> Standing:
        """Return where the walk stands, or raise 400 saying how to go on."""
        issued, began_with, rank, value, id_ = self._opened(cursor, query)
        if now.timestamp() - issued > self._timeout_s:
            raise ExpiredCursorException(
                detail=f"The cursor is older than {self._timeout_s} seconds. Begin again with an empty cursor."
            )
        if count not in {None, began_with}:
            raise InvalidCountException(
                detail=f"This walk began with a count of {began_with}; keep it, or begin again with an empty cursor."
            )
        return Standing(began_with, rank, Position(value, id_))

    def _opened(self, cursor: Any, query: str) -> Any:
        for seals in self._seals if isinstance(cursor, str) and cursor.isascii() else ():
            try:
                return seals.open(cursor, query, None, None)
            except InvalidCursorException:
                continue
        raise InvalidCursorException(
            detail="The cursor was not issued for this query. Send it with the filter, sorting and attributes it came "
            "with, or begin again with an empty cursor."
        )


def query_of(principal: Principal, endpoint: str | None, parameters: Mapping[str, Any]) -> str:
    """Return the digest of a search and of who asks, so that a cursor serves nothing else."""
    asked = {name: _listed(parameters[name]) for name in ASKED if parameters.get(name)}
    text = json.dumps([principal.tenant_id, principal.connection_id, endpoint, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _listed(value: Any) -> Any:
    return ",".join(map(str, value)) if isinstance(value, list) else value
