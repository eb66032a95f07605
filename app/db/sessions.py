"""The sessions and credentials of a tenant's users at the host application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, delete, false, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from app.db.insertion import Insertion
from app.db.prepared import Asked, Prepared
from app.db.rows import SessionRow, UserRow
from app.db.statements import Among
from app.lifecycle.access import Ended
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
    idp_iss: str | None = None
    idp_sub: str | None = None
    idp_sid: str | None = None
    last_seen_at: datetime | None = None
    idle_s: int | None = None
    deferred_at: datetime | None = None


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
_AMONG_IDS = Among.of(_STANDING, SessionRow.id)
_AMONG_TOKENS = Among.of(_STANDING.add_columns(SessionRow.token_hash), SessionRow.token_hash)
_OPEN = SessionRow.ended_at.is_(None)
# In an UPDATE a parameter may not bear the name of a column.
_END = update(SessionRow).where(_OF_TENANT, _OPEN).values(ended_at=bindparam("at"), end_cause=bindparam("cause"))
_END_ONE = Prepared(_END.where(SessionRow.id == bindparam("sid")))
_AT_PROVIDER = SessionRow.idp_iss == bindparam("iss"), SessionRow.idp_sid == bindparam("of_idp_sid")
_KNOWS_OF_PROVIDER = Prepared(select(SessionRow.id).where(_OF_TENANT, *_AT_PROVIDER).limit(1))
_SUB = bindparam("sub", type_=Text)
_END_AT_PROVIDER = Prepared(
    _END.where(*_AT_PROVIDER)
    .where(or_(_SUB.is_(None), SessionRow.idp_sub.is_(None), SessionRow.idp_sub == _SUB))
    .returning(SessionRow.user_id, SessionRow.id)
)
_SEEN = Among.of(update(SessionRow).where(_OF_TENANT, _OPEN).values(last_seen_at=bindparam("at")), SessionRow.id)
_SIGNED_IN = Among.of(
    update(UserRow)
    .where(UserRow.tenant_id == bindparam("of_tenant"), UserRow.signed_in.is_not(true()))
    .values(signed_in=true()),
    UserRow.id,
)
_INSERTION = Insertion(SessionRow)


def _is_any(kinds: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(SessionRow.kind == kind for kind in kinds))


@lru_cache(maxsize=64)
def _ending(deferred: tuple[str, ...], spared: tuple[str, ...]) -> tuple[Prepared, Prepared]:
    """Return what ends the sessions of a user, and what marks those that go on until they expire."""
    lasts = and_(_is_any(deferred), SessionRow.expires_at > bindparam("now"))
    outliving = update(SessionRow).where(_OF_TENANT, _OPEN, SessionRow.user_id == bindparam("of_user"))
    defer = outliving.where(lasts, SessionRow.deferred_at.is_(None)).values(deferred_at=bindparam("at"))
    end = _END.where(SessionRow.user_id == bindparam("of_user"))
    if spared:
        end = end.where(~_is_any(spared))
    return Prepared(end.where(SessionRow.deferred_at.is_(None)) if deferred else end), Prepared(defer)


@lru_cache(maxsize=8)
def _ending_of(spared: tuple[str, ...]) -> Among:
    end = _END.where(~_is_any(spared)) if spared else _END
    return Among.of(end.returning(SessionRow.user_id), SessionRow.user_id)


class Sessions:
    """Register, find and end sessions."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, session: Session, token_hash: str | None) -> None:
        """Register a session of a user whose row the caller has locked; an id is good for one session, ever."""
        self.add_all([(session, token_hash)])

    def add_all(self, sessions: Sequence[tuple[Session, str | None]]) -> None:
        """Register sessions at once; none is, where an id or token of one is taken."""
        rows = [self._row(session, token_hash) for session, token_hash in sessions]
        try:
            _INSERTION.run(self._connection, {"sessions": rows})
        except IntegrityError as error:
            raise Refused([sid_taken(sessions[0][0].id if len(sessions) == 1 else None)]) from error
        _SIGNED_IN.run(self._connection, {session.user_id for session, _ in sessions}, {"of_tenant": self._tenant_id})

    def standing(self, *, sid: str | None = None, token_hash: str | None = None) -> Standing | None:
        """Return a session, found by its id or by the hash of its token, beside its user's state."""
        if sid is not None:
            row = _STANDING_BY_ID.row(self._connection, {"of_tenant": self._tenant_id, "sid": sid})
        else:
            row = next(iter(self.by_token(str(token_hash)).rows(self._connection)), None)
        return None if row is None else _standing(row)

    def by_token(self, token_hash: str) -> Asked:
        """Return what asks for a session by the hash of its token, to be asked ahead."""
        return Asked(_STANDING_BY_TOKEN, {"of_tenant": self._tenant_id, "token_hash": token_hash})

    def by_ids(self, sids: Collection[str]) -> dict[str, Standing]:
        """Return sessions by their ids."""
        rows = _AMONG_IDS.rows(self._connection, sids, {"of_tenant": self._tenant_id})
        return {row[0]: _standing(row) for row in rows}

    def by_hashes(self, hashes: Collection[str]) -> dict[str, Standing]:
        """Return sessions by the hashes of their tokens."""
        rows = _AMONG_TOKENS.rows(self._connection, hashes, {"of_tenant": self._tenant_id})
        return {row[-1]: _standing(row[:-1]) for row in rows}

    def of(self, user_id: str, alive_at: datetime) -> list[Session]:
        """Return the sessions of a user that have neither ended nor expired, the oldest first."""
        alive = _OPEN, or_(SessionRow.expires_at.is_(None), SessionRow.expires_at > alive_at)
        query = select(*_COLUMNS).where(SessionRow.tenant_id == self._tenant_id, SessionRow.user_id == user_id, *alive)
        return [Session(*row) for row in self._connection.execute(query.order_by(SessionRow.id))]

    def ended(self, user_id: str, at: datetime) -> list[Session]:
        """Return the sessions of a user that ended at that moment."""
        mine = SessionRow.tenant_id == self._tenant_id, SessionRow.user_id == user_id, SessionRow.ended_at == at
        return [
            Session(*row) for row in self._connection.execute(select(*_COLUMNS).where(*mine).order_by(SessionRow.id))
        ]

    def seen(self, sids: Collection[str], at: datetime) -> None:
        """Note that sessions were asked about."""
        _SEEN.run(self._connection, sids, {"of_tenant": self._tenant_id, "at": at})

    def end(self, sid: str, at: datetime, cause: str) -> bool:
        """End one session; tell whether it was still open."""
        parameters = {"of_tenant": self._tenant_id, "sid": sid, "at": at, "cause": cause}
        return _END_ONE.run(self._connection, parameters) == 1

    def end_all(
        self, user_id: str, at: datetime, cause: str, deferred: tuple[str, ...] = (), spared: tuple[str, ...] = ()
    ) -> Ended:
        """End the sessions of a user; those of some kinds are deferred to their expiry, those of others left alone."""
        end, defer = _ending(deferred, spared)
        parameters = {"of_tenant": self._tenant_id, "of_user": user_id, "at": at, "cause": cause, "now": at}
        later = defer.run(self._connection, parameters) if deferred else 0
        return Ended(end.run(self._connection, parameters), later)

    def end_of(self, user_ids: Sequence[str], at: datetime, cause: str, spared: tuple[str, ...]) -> Counter[str]:
        """End the sessions of several users but for some kinds, and return how many of each were open."""
        parameters = {"of_tenant": self._tenant_id, "at": at, "cause": cause}
        return Counter(user_id for (user_id,) in _ending_of(spared).rows(self._connection, user_ids, parameters))

    def knows_of_provider(self, issuer: str, sid: str) -> bool:
        """Tell whether any session is or was known to have begun with one at an identity provider."""
        parameters = {"of_tenant": self._tenant_id, "iss": issuer, "of_idp_sid": sid}
        return _KNOWS_OF_PROVIDER.row(self._connection, parameters) is not None

    def end_at_provider(
        self, issuer: str, sid: str, sub: str | None, at: datetime, cause: str
    ) -> list[tuple[str, str]]:
        """End what began with one session at an identity provider, and return the user and the id of each."""
        parameters = {"iss": issuer, "of_idp_sid": sid, "sub": sub, "at": at, "cause": cause}
        rows = _END_AT_PROVIDER.rows(self._connection, {**parameters, "of_tenant": self._tenant_id})
        return [(user_id, ended) for user_id, ended in rows]

    def forget(self, user_id: str) -> int:
        """Erase what is kept of a user's sessions, and return how many that were."""
        mine = SessionRow.tenant_id == self._tenant_id, SessionRow.user_id == user_id
        return self._connection.execute(delete(SessionRow).where(*mine)).rowcount

    def _row(self, session: Session, token_hash: str | None) -> dict[str, object]:
        values = {name: getattr(session, name) for name in session.__slots__}
        return {**values, "tenant_id": self._tenant_id, "token_hash": token_hash}


def _standing(row: Sequence[Any]) -> Standing:
    return Standing(Session(*row[:-3]), *row[-3:])
