"""What decides whether a user may go on: its state, its epoch, and since when what it began counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from app.db.prepared import Prepared
from app.db.rows import SessionRow, UserLookupRow, UserRow
from app.db.rows.users import LIVE
from app.db.statements import Among
from app.lifecycle.states import State

EMAIL = "emails.value"


class Admission(NamedTuple):
    """What is known of a user who wants to go on; what was issued at ``tokens_valid_after`` or before is dead."""

    user_id: str
    user_name: str
    state: State
    epoch: int
    tokens_valid_after: datetime | None


_EVERYBODY = Prepared(
    select(UserRow.id)
    .where(UserRow.tenant_id == bindparam("of_tenant"), LIVE, UserRow.id > bindparam("after"))
    .order_by(UserRow.id)
    .limit(bindparam("most"))
)
_COLUMNS = (UserRow.id, UserRow.user_name, UserRow.state, UserRow.session_epoch, UserRow.tokens_valid_after)
_OF_TENANT = UserRow.tenant_id == bindparam("of_tenant")
_ADMISSIONS = select(*_COLUMNS).where(_OF_TENANT)
_FIND = Among.of(_ADMISSIONS, UserRow.id)
# in the order of their ids, lest two batches wait for each other
_HOLD = Among.of(_ADMISSIONS.order_by(UserRow.id).with_for_update(), UserRow.id)
_REVOKE = Among.of(
    update(UserRow)
    .where(_OF_TENANT, LIVE)
    .values(session_epoch=UserRow.session_epoch + 1, tokens_valid_after=bindparam("at"))
    .returning(UserRow.id),
    UserRow.id,
)
_OF_CONNECTION = select(UserRow.id, UserRow.connection_id).where(_OF_TENANT, LIVE).order_by(UserRow.id)
_BY_NAME = Prepared(_OF_CONNECTION.where(UserRow.user_name_key == bindparam("key")))
_BY_EMAIL = Prepared(
    _OF_CONNECTION.join(
        UserLookupRow, (UserLookupRow.tenant_id == UserRow.tenant_id) & (UserLookupRow.user_id == UserRow.id)
    ).where(UserLookupRow.path == EMAIL, UserLookupRow.key == bindparam("key"))
)
_BY_EXTERNAL_ID = Prepared(_OF_CONNECTION.where(UserRow.external_id == bindparam("key")))
_BY_ID = Prepared(_OF_CONNECTION.where(UserRow.id == bindparam("key")))
_BY_SUBJECT = Prepared(
    _OF_CONNECTION.join(SessionRow, (SessionRow.tenant_id == UserRow.tenant_id) & (SessionRow.user_id == UserRow.id))
    .where(SessionRow.idp_iss == bindparam("iss"), SessionRow.idp_sub == bindparam("key"))
    .distinct()
)


class Access:
    """Find users by what identity providers call them, and let them go on no longer."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def find(self, user_ids: Iterable[str]) -> dict[str, Admission]:
        """Return what is known of some users."""
        return self._admissions(_FIND, user_ids)

    def hold(self, user_ids: Iterable[str]) -> dict[str, Admission]:
        """Return what is known of some users, and let nobody change it until the transaction ends."""
        return self._admissions(_HOLD, user_ids)

    def revoke(self, user_ids: Sequence[str], at: datetime) -> list[str]:
        """Let nothing that began before be good any more, and return which of the users are there."""
        rows = _REVOKE.rows(self._connection, user_ids, {"of_tenant": self._tenant_id, "at": at})
        return sorted(user_id for (user_id,) in rows)

    def everybody(self, after: str, most: int) -> list[str]:
        """Return the ids of some live users, from behind an id on."""
        rows = _EVERYBODY.rows(self._connection, {"of_tenant": self._tenant_id, "after": after, "most": most})
        return [user_id for (user_id,) in rows]

    def by_name(self, key: str, connection_id: str | None) -> list[str]:
        """Return the live users with a userName or an e-mail address, of one connection unless that is None."""
        named = self._among(_BY_NAME, connection_id, key=key)
        return named or self._among(_BY_EMAIL, connection_id, key=key)

    def by_external_id(self, external_id: str, connection_id: str | None) -> list[str]:
        """Return the live users that an identity provider knows under an id of its own."""
        return self._among(_BY_EXTERNAL_ID, connection_id, key=external_id)

    def by_id(self, user_id: str, connection_id: str | None) -> list[str]:
        """Return the live user of that id."""
        return self._among(_BY_ID, connection_id, key=user_id)

    def by_subject(self, issuer: str, subject: str, connection_id: str | None) -> list[str]:
        """Return the live users who signed in as that subject of an issuer."""
        return self._among(_BY_SUBJECT, connection_id, iss=issuer, key=subject)

    def _admissions(self, among: Among, user_ids: Iterable[str]) -> dict[str, Admission]:
        rows = among.rows(self._connection, user_ids, {"of_tenant": self._tenant_id})
        return {row[0]: Admission(row[0], row[1], State(row[2]), row[3], row[4]) for row in rows}

    def _among(self, query: Prepared, connection_id: str | None, **sought: str) -> list[str]:
        rows = query.rows(self._connection, {"of_tenant": self._tenant_id, **sought})
        return [user_id for user_id, of in rows if connection_id in {None, of}]
