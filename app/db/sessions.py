"""The sessions of a tenant's users at the host application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from app.db.prepared import Prepared
from app.db.rows import SessionRow, UserRow
from app.lifecycle.refusals import Refused, sid_taken


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was registered; ``epoch`` is the user's at that moment."""

    id: str
    user_id: str
    kind: str
    client: str | None
    device: str | None
    epoch: int
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = None
    end_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A session beside what its user may still do: the answer to "may this session go on?"."""

    session: Session
    user_name: str
    user_state: str
    user_epoch: int


_COLUMNS = tuple(SessionRow.__table__.c[name] for name in Session.__slots__)
_OF_TENANT = SessionRow.tenant_id == bindparam("of_tenant")
_STANDING = (
    select(*_COLUMNS, UserRow.user_name, UserRow.state, UserRow.session_epoch)
    .join_from(SessionRow, UserRow, (UserRow.tenant_id == SessionRow.tenant_id) & (UserRow.id == SessionRow.user_id))
    .where(_OF_TENANT)
)
_STANDING_BY_ID = Prepared(_STANDING.where(SessionRow.id == bindparam("sid")))
_STANDING_BY_TOKEN = Prepared(_STANDING.where(SessionRow.token_hash == bindparam("token_hash")))
# In an UPDATE a parameter may not bear the name of a column.
_END = (
    update(SessionRow)
    .where(SessionRow.tenant_id == bindparam("of_tenant"), SessionRow.ended_at.is_(None))
    .values(ended_at=bindparam("at"), end_cause=bindparam("cause"))
)
_END_ALL = Prepared(_END.where(SessionRow.user_id == bindparam("of_user")))
_END_ONE = Prepared(_END.where(SessionRow.id == bindparam("sid")))

_SIGNED_IN = Prepared(
    update(UserRow)
    .where(UserRow.tenant_id == bindparam("of_tenant"), UserRow.id == bindparam("of_user"))
    .where(UserRow.signed_in.is_not(true()))
    .values(signed_in=true())
)


class Sessions:
    """Register, find and end sessions."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, session: Session, token_hash: str | None) -> None:
        """Register a session of a user whose row the caller has locked; an id is good for one session, ever."""
        values = {name: getattr(session, name) for name in session.__slots__}
        values |= {"tenant_id": self._tenant_id, "token_hash": token_hash}
        try:
            self._connection.execute(insert(SessionRow), values)
        except IntegrityError as error:
            raise Refused([sid_taken(session.id)]) from error
        _SIGNED_IN.run(self._connection, {"of_tenant": self._tenant_id, "of_user": session.user_id})

    def standing(self, *, sid: str | None = None, token_hash: str | None = None) -> Standing | None:
        """Return a session, found by its id or by the hash of its token, beside its user's state."""
        query = _STANDING_BY_ID if sid is not None else _STANDING_BY_TOKEN
        parameters = {"of_tenant": self._tenant_id, "sid": sid, "token_hash": token_hash}
        row = query.row(self._connection, parameters)
        return None if row is None else Standing(Session(*row[:-3]), *row[-3:])

    def of(self, user_id: str, alive_at: datetime) -> list[Session]:
        """Return the sessions of a user that have neither ended nor expired, the oldest first."""
        alive = SessionRow.ended_at.is_(None), or_(SessionRow.expires_at.is_(None), SessionRow.expires_at > alive_at)
        query = select(*_COLUMNS).where(SessionRow.tenant_id == self._tenant_id, SessionRow.user_id == user_id, *alive)
        return [Session(*row) for row in self._connection.execute(query.order_by(SessionRow.id))]

    def end(self, sid: str, at: datetime, cause: str) -> bool:
        """End one session; tell whether it was still open."""
        parameters = {"of_tenant": self._tenant_id, "sid": sid, "at": at, "cause": cause}
        return _END_ONE.run(self._connection, parameters) == 1

    def end_all(self, user_id: str, at: datetime, cause: str) -> int:
        """End all sessions of a user in one statement, and return how many were open."""
        parameters = {"of_tenant": self._tenant_id, "of_user": user_id, "at": at, "cause": cause}
        return _END_ALL.run(self._connection, parameters)

    def forget(self, user_id: str) -> int:
        """Erase what is kept of a user's sessions, and return how many that were."""
        mine = SessionRow.tenant_id == self._tenant_id, SessionRow.user_id == user_id
        return self._connection.execute(delete(SessionRow).where(*mine)).rowcount
