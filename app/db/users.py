"""The users of a tenant: rows that decide, documents that are served."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, exists, select, text
from sqlalchemy.exc import IntegrityError

from app.db.pending import Pending
from app.db.prepared import Asked, Prepared, Row
from app.db.query import Page, Path, Query
from app.db.records import Found, Standing, View
from app.db.rows import HoldRow, ObligationRow, UserRow
from app.db.rows.duties import OPEN
from app.db.rows.users import LIVE, SCHEDULED
from app.db.search import USER_VIEWS
from app.db.statements import Among, update_of
from app.db.unique_keys import UniqueKeys
from app.db.user_lookups import UserLookups, rows_of
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.refusals import Refused, user_name_taken
from app.lifecycle.scheduling import OVERDUE
from app.lifecycle.states import State
from app.lifecycle.subject import Namesake

_NAMES = tuple(name for name in UserRecord.__slots__ if name != "roles")
# the roles from the row itself: PostgreSQL reads a row again once it has waited for its lock, but no other table
_COLUMNS = (*(UserRow.__table__.c[name] for name in _NAMES), UserRow.search["roles"])
_FACTS = attrgetter(*_NAMES)
_PROFILED = tuple(name for name in Profile.__slots__ if name not in {"lookups", "unique", "rekeyed"})
_PROFILE = attrgetter(*_PROFILED)
_BLANK = dict.fromkeys(UserRow.__table__.columns.keys())
_MINE = (UserRow.tenant_id == bindparam("of_tenant")) & (UserRow.id == bindparam("user_id"))
_FOUND = select(*_COLUMNS).where(_MINE)
_FIND = Prepared(_FOUND)
_LOCK = Prepared(_FOUND.with_for_update())
_NAMESAKE = Prepared(
    select(UserRow.id, UserRow.state).where(
        UserRow.tenant_id == bindparam("of_tenant"),
        UserRow.user_name_key == bindparam("user_name_key"),
        LIVE,
    )
)
_SAME_NAME = select(UserRow.id).where(
    UserRow.tenant_id == bindparam("of_tenant"), UserRow.user_name_key == bindparam("user_name_key")
)
_SAME_EXTERNAL_ID = select(UserRow.id).where(
    UserRow.tenant_id == bindparam("of_tenant"), UserRow.external_id == bindparam("external_id")
)
# each look-up by its own index; OR between them would walk all users of the tenant
_RELATIVES = Prepared(
    select(*_COLUMNS)
    .where(
        UserRow.tenant_id == bindparam("of_tenant"),
        UserRow.id.in_(_SAME_NAME.union_all(_SAME_EXTERNAL_ID)),
        text("state <> 'purged'"),
    )
    .order_by(UserRow.updated_at.desc(), UserRow.id.desc())
    .with_for_update(of=UserRow)
)
_DOCUMENTS = select(UserRow.document, UserRow.search).where(_MINE)
_TAKEN = {
    column.key: Among.of(
        select(column).where(UserRow.tenant_id == bindparam("of_tenant"), text("state <> 'purged'")), column
    )
    for column in (UserRow.user_name_key, UserRow.external_id)
}
_STANDINGS = Among.of(
    select(UserRow.id, UserRow.state, UserRow.deactivated_at, UserRow.reason, UserRow.deactivate_at).where(
        UserRow.tenant_id == bindparam("of_tenant"), LIVE
    ),
    UserRow.id,
)
_DUE = (
    select(UserRow.id)
    .where(
        UserRow.tenant_id == bindparam("of_tenant"),
        UserRow.state == State.TOMBSTONED,
        UserRow.purge_after <= bindparam("now"),
        UserRow.id > bindparam("after"),
        ~exists().where(
            HoldRow.tenant_id == UserRow.tenant_id, HoldRow.user_id == UserRow.id, HoldRow.released_at.is_(None)
        ),
    )
    .order_by(UserRow.id)
    .limit(bindparam("limit"))
)

_BLOCKED = exists().where(
    ObligationRow.tenant_id == UserRow.tenant_id,
    ObligationRow.user_id == UserRow.id,
    ObligationRow.code == OVERDUE,
    OPEN,
)
_LEAVING = (
    select(UserRow.id)
    .where(
        UserRow.tenant_id == bindparam("of_tenant"),
        SCHEDULED,
        UserRow.deactivate_at <= bindparam("now"),
        UserRow.id > bindparam("after"),
        ~_BLOCKED,
    )
    .order_by(UserRow.id)
    .limit(bindparam("limit"))
)


class Users:
    """Find, lock, add and change users."""

    def __init__(self, connection: Connection, tenant_id: int, pending: Pending) -> None:
        """Work on ``connection`` for one tenant; new users wait in ``pending``."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._pending = pending
        self._lookups = UserLookups(connection, tenant_id)
        self._free: set[tuple[str, str]] = set()
        self._keys = UniqueKeys(connection, tenant_id)

    def view(self, user_id: str, *, with_groups: bool = True) -> View | None:
        """Return what is served of a live user."""
        return USER_VIEWS.one(self._connection, self._tenant_id, user_id, full=with_groups)

    def by_id(self, user_id: str) -> Asked:
        """Return what asks for a live user, to be asked ahead."""
        return USER_VIEWS.by_id(self._tenant_id, user_id, full=True)

    def by_key(self, path: Path, key: str, page: Page) -> Asked:
        """Return what looks live users up by an attribute that has a column, to be asked ahead."""
        return USER_VIEWS.by_key(self._tenant_id, path, key, page, full=True)

    def page(self, query: Query, *, with_groups: bool = True) -> Found:
        """Return a page of the live users that match, and how many match in all."""
        return USER_VIEWS.page(self._connection, self._tenant_id, query, full=with_groups)

    def standings(self, user_ids: Collection[str]) -> dict[str, Standing]:
        """Return where live users stand in their lives."""
        found: dict[str, Standing] = {}
        for id_, state, *rest in _STANDINGS.rows(self._connection, user_ids, {"of_tenant": self._tenant_id}):
            found[id_] = Standing(State(state), *rest)
        return found

    def walk(self, after: str, limit: int) -> list[UserRecord]:
        """Return users that are not purged, by their ids, from behind one on."""
        mine = UserRow.tenant_id == self._tenant_id, UserRow.id > after, UserRow.state != State.PURGED
        rows = self._connection.execute(select(*_COLUMNS).where(*mine).order_by(UserRow.id).limit(limit))
        return [_record(row) for row in rows]

    def find(self, user_id: str) -> UserRecord | None:
        """Return a user in whatever state."""
        row = _FIND.row(self._connection, {"of_tenant": self._tenant_id, "user_id": user_id})
        return None if row is None else _record(row)

    def lock(self, user_id: str) -> UserRecord | None:
        """Return a user in whatever state and hold its row until the transaction ends."""
        row = _LOCK.row(self._connection, {"of_tenant": self._tenant_id, "user_id": user_id})
        return None if row is None else _record(row)

    def namesake(self, user_name_key: str) -> Namesake | None:
        """Return the live user that has the userName."""
        parameters = {"of_tenant": self._tenant_id, "user_name_key": user_name_key}
        row = _NAMESAKE.row(self._connection, parameters)
        return None if row is None else Namesake(row[0], State(row[1]))

    def relatives(self, external_id: str | None, user_name_key: str) -> list[UserRecord]:
        """Return whom a creation might mean or collide with, purged users apart, the latest first."""
        names = {"user_name_key": user_name_key, "external_id": external_id}
        if all(value is None or (kind, value) in self._free for kind, value in names.items()):
            return []
        return [_record(row) for row in _RELATIVES.rows(self._connection, {**names, "of_tenant": self._tenant_id})]

    def foresee(self, user_name_keys: Collection[str], external_ids: Collection[str]) -> None:
        """Find out at once which of these belong to nobody, lest `relatives` ask for each."""
        for kind, values in (("user_name_key", user_name_keys), ("external_id", external_ids)):
            rows = _TAKEN[kind].rows(self._connection, values, {"of_tenant": self._tenant_id})
            self._free |= {(kind, value) for value in set(values).difference(value for (value,) in rows)}

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) some other active user holds."""
        return self._lookups.roles_of_others(user_id, roles)

    def add(self, record: UserRecord, profile: Profile) -> None:
        """Insert a user, before anything else is said to the database; a userName taken meanwhile is refused then."""
        self._free -= {("user_name_key", record.user_name_key), ("external_id", str(record.external_id))}
        facts = zip(_NAMES, _FACTS(record), strict=True)
        values = {
            **_BLANK,
            **dict(facts),
            **_profile_values(profile),
            "tenant_id": self._tenant_id,
            "former_groups": None,
        }
        self._pending.add_user(values, rows_of(self._tenant_id, record.id, profile.lookups))
        if profile.unique:
            self._keys.hold("User", record.id, profile.unique)

    def update(
        self, user_id: str, changes: Mapping[str, Any], profile: Profile | None, before: UserRecord | None = None
    ) -> None:
        """Write changed facts and, if given, a whole new profile, or what differs in it from ``before``."""
        values = dict(changes) if profile is None else {**changes, **_profile_values(profile, before)}
        if "former_groups" in values:
            values["former_groups"] = orjson.dumps(values["former_groups"]).decode()
        statement, parameters = update_of(UserRow.__table__, values)
        try:
            statement.run(self._connection, {**parameters, "of_tenant": self._tenant_id, "of_id": user_id})
        except IntegrityError as error:
            raise Refused([user_name_taken("of another request")]) from error
        if profile is not None:
            self._free.clear()
            if profile.rekeyed:
                self._lookups.replace(user_id, profile.lookups)
            if profile.unique is not None:
                self._keys.hold("User", user_id, profile.unique)
        if changes.get("tombstoned_at", user_id) is None:
            self._keys.resume("User", user_id)

    def lose_roles(self, user_id: str) -> str:
        """Take all roles from a user, and return the document without them."""
        mine = {"of_tenant": self._tenant_id, "user_id": user_id}
        row = self._connection.execute(_DOCUMENTS, mine).one()
        document = {name: value for name, value in orjson.loads(row.document).items() if name.lower() != "roles"}
        search = {name: value for name, value in row.search.items() if name != "roles"}
        text_ = orjson.dumps(document).decode()
        self.update(user_id, {"document": text_, "search": search}, None)
        self._lookups.remove(user_id, "roles")
        return text_

    def anonymise(self, user_id: str, shown_as: str | None) -> int:
        """Erase everything that says who the user was but ``shown_as``; return how many look-up keys are gone."""
        keys = self._lookups.count(user_id)
        nobody = Profile("", "", None, shown_as, None, "{}", {}, frozenset(), unique=frozenset())
        self.update(user_id, {"former_groups": (), "deactivate_at": None}, nobody)
        return keys

    def due(self, now: datetime, limit: int, after: str = "") -> list[str]:
        """Return the ids, behind ``after``, of tombstoned users under no hold whose time to be purged has come."""
        parameters = {"of_tenant": self._tenant_id, "now": now, "limit": limit, "after": after}
        return list(self._connection.scalars(_DUE, parameters))

    def leaving(self, now: datetime, limit: int, after: str = "") -> list[str]:
        """Return the ids, behind ``after``, of active users whose access should have ended, unless that is known."""
        parameters = {"of_tenant": self._tenant_id, "now": now, "limit": limit, "after": after}
        return list(self._connection.scalars(_LEAVING, parameters))


def _record(row: Row) -> UserRecord:
    *facts, roles = row
    values = dict(zip(_NAMES, facts, strict=True))
    values["state"] = State(values["state"])
    values["former_groups"] = tuple(orjson.loads(values["former_groups"] or "[]"))
    held = frozenset(role["value"] for role in roles or () if isinstance(role.get("value"), str))
    return UserRecord(**values, roles=held)


def _profile_values(profile: Profile, before: UserRecord | None = None) -> dict[str, Any]:
    """Return the columns of a profile; SQLite writes an index anew for each that is named, changed or not."""
    values = dict(zip(_PROFILED, _PROFILE(profile), strict=True))
    if before is None:
        return values
    if before.display_name == profile.display_name:
        del values["display_name_key"]
    return {name: value for name, value in values.items() if name not in _NAMES or getattr(before, name) != value}
