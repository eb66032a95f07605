"""Find users who have access and do not use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from app.db.rows import SessionRow, UserRow
from app.lifecycle.ending import BROWSED
from app.lifecycle.states import State


@dataclass(frozen=True, slots=True)
class Dormant:
    """A user who has not been seen for long; None says never: neither a sign-in nor the use of a credential."""

    id: str
    user_name: str
    display_name: str | None
    created_at: datetime
    last_signed_in: datetime | None
    last_seen: datetime | None


_SEEN = func.coalesce(SessionRow.last_seen_at, SessionRow.created_at)
_OWN = (SessionRow.tenant_id == UserRow.tenant_id, SessionRow.user_id == UserRow.id)
_SIGNED_IN = select(func.max(SessionRow.created_at)).where(*_OWN, SessionRow.kind.in_(BROWSED)).scalar_subquery()
_LAST_SEEN = select(func.max(_SEEN)).where(*_OWN).scalar_subquery()


class Dormancy:
    """Look for dormant users of a tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def page(self, since: datetime, after: str, limit: int) -> list[Dormant]:
        """Return active users who were there at a moment and not seen since, from behind an id on."""
        columns = (UserRow.id, UserRow.user_name, UserRow.display_name, UserRow.created_at, _SIGNED_IN, _LAST_SEEN)
        query = select(*columns).where(
            UserRow.tenant_id == self._tenant_id,
            UserRow.state == State.ACTIVE,
            UserRow.created_at <= since,
            UserRow.id > after,
            ~exists().where(*_OWN, since < _SEEN),
        )
        return [Dormant(*row) for row in self._connection.execute(query.order_by(UserRow.id).limit(limit))]
