"""The users of a tenant: rows that decide, documents that are served."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.db.query import Query
from app.db.records import Found, View
from app.db.rows import LIVE, UserLookupRow, UserRow
from app.db.search import USER_VIEWS
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.refusals import Refused, user_name_taken
from app.lifecycle.states import State
from app.lifecycle.subject import Namesake

_ROLES = "roles.value"
_COLUMNS = tuple(UserRow.__table__.c[name] for name in UserRecord.__slots__)
_MINE = (UserRow.tenant_id == bindparam("of_tenant")) & (UserRow.id == bindparam("user_id"))
_FOUND = select(*_COLUMNS).where(_MINE)
_LOCKED = _FOUND.with_for_update()
_NAMESAKE = select(UserRow.id, UserRow.state).where(
    UserRow.tenant_id == bindparam("of_tenant"),
    UserRow.user_name_key == bindparam("user_name_key"),
    LIVE,
)
_LOOKUPS = select(UserLookupRow.path, UserLookupRow.key).where(
    UserLookupRow.tenant_id == bindparam("of_tenant"), UserLookupRow.user_id == bindparam("user_id")
)
_ROLES_HELD = _LOOKUPS.with_only_columns(UserLookupRow.key).where(
    UserLookupRow.path == _ROLES, UserLookupRow.key.in_(bindparam("roles", expanding=True))
)
_DUE = (
    select(UserRow.id)
    .where(
        UserRow.tenant_id == bindparam("of_tenant"),
        UserRow.state == State.TOMBSTONED,
        UserRow.purge_after <= bindparam("now"),
    )
    .order_by(UserRow.purge_after)
    .limit(bindparam("limit"))
)


class Users:
    """Find, lock, add and change users."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def view(self, user_id: str, *, with_groups: bool = True) -> View | None:
        """Return what is served of a live user."""
        return USER_VIEWS.one(self._connection, self._tenant_id, user_id, full=with_groups)

    def page(self, query: Query, *, with_groups: bool = True) -> Found:
        """Return a page of the live users that match, and how many match in all."""
        return USER_VIEWS.page(self._connection, self._tenant_id, query, full=with_groups)

    def find(self, user_id: str) -> UserRecord | None:
        """Return a user in whatever state."""
        row = self._connection.execute(_FOUND, {"of_tenant": self._tenant_id, "user_id": user_id}).one_or_none()
        return None if row is None else _record(row)

    def lock(self, user_id: str) -> UserRecord | None:
        """Return a user in whatever state and hold its row until the transaction ends."""
        row = self._connection.execute(_LOCKED, {"of_tenant": self._tenant_id, "user_id": user_id}).one_or_none()
        return None if row is None else _record(row)

    def namesake(self, user_name_key: str) -> Namesake | None:
        """Return the live user that has the userName."""
        parameters = {"of_tenant": self._tenant_id, "user_name_key": user_name_key}
        row = self._connection.execute(_NAMESAKE, parameters).one_or_none()
        return None if row is None else Namesake(row.id, State(row.state))

    def predecessors(self, connection_id: str, external_id: str | None, user_name_key: str) -> list[UserRecord]:
        """Return the inactive and tombstoned users of the connection that a creation might mean, the latest first."""
        same = UserRow.user_name_key == user_name_key
        if external_id is not None:
            same |= UserRow.external_id == external_id
        query = select(*_COLUMNS).where(
            UserRow.tenant_id == self._tenant_id,
            UserRow.connection_id == connection_id,
            UserRow.state.in_((State.INACTIVE, State.TOMBSTONED)),
            same,
        )
        newest_first = query.order_by(UserRow.updated_at.desc(), UserRow.id.desc())
        return [_record(row) for row in self._connection.execute(newest_first.with_for_update())]

    def roles_held(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) the user holds."""
        parameters = {"of_tenant": self._tenant_id, "user_id": user_id, "roles": list(roles)}
        return frozenset(self._connection.scalars(_ROLES_HELD, parameters))

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) some other active user holds."""
        other = aliased(UserLookupRow)
        holds = exists().where(
            other.tenant_id == self._tenant_id,
            other.path == _ROLES,
            other.key == bindparam("role"),
            other.user_id != user_id,
            UserRow.tenant_id == self._tenant_id,
            UserRow.id == other.user_id,
            UserRow.state == State.ACTIVE,
        )
        return frozenset(role for role in roles if self._connection.scalar(select(holds), {"role": role}))

    def add(self, record: UserRecord, profile: Profile) -> None:
        """Insert a user; one who came first with the same userName is refused as taken."""
        facts = {name: getattr(record, name) for name in record.__slots__}
        values = {**facts, **_profile_values(profile), "tenant_id": self._tenant_id, "former_groups": None}
        try:
            self._connection.execute(insert(UserRow), values)
        except IntegrityError as error:
            raise Refused([user_name_taken("of another request")]) from error
        self._add_lookups(record.id, profile.lookups)

    def update(self, user_id: str, changes: Mapping[str, Any], profile: Profile | None) -> None:
        """Write changed facts and, if given, a whole new profile."""
        values = dict(changes) if profile is None else {**changes, **_profile_values(profile)}
        if "former_groups" in values:
            values["former_groups"] = orjson.dumps(values["former_groups"]).decode()
        parameters = {"of_tenant": self._tenant_id, "user_id": user_id}
        try:
            self._connection.execute(update(UserRow).where(_MINE).values(values), parameters)
        except IntegrityError as error:
            raise Refused([user_name_taken("of another request")]) from error
        if profile is not None:
            self._replace_lookups(user_id, profile.lookups)

    def anonymise(self, user_id: str) -> None:
        """Erase everything that says who the user was."""
        nobody = Profile("", "", None, None, None, "{}", {}, frozenset())
        self.update(user_id, {"former_groups": ()}, nobody)

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return the ids of tombstoned users whose time to be purged has come."""
        parameters = {"of_tenant": self._tenant_id, "now": now, "limit": limit}
        return list(self._connection.scalars(_DUE, parameters))

    def _replace_lookups(self, user_id: str, lookups: frozenset[tuple[str, str]]) -> None:
        parameters = {"of_tenant": self._tenant_id, "user_id": user_id}
        present = {(row.path, row.key) for row in self._connection.execute(_LOOKUPS, parameters)}
        for path, key in present - lookups:
            self._connection.execute(
                delete(UserLookupRow).where(
                    UserLookupRow.tenant_id == self._tenant_id,
                    UserLookupRow.user_id == user_id,
                    UserLookupRow.path == path,
                    UserLookupRow.key == key,
                )
            )
        self._add_lookups(user_id, lookups - present)

    def _add_lookups(self, user_id: str, lookups: frozenset[tuple[str, str]]) -> None:
        rows = [
            {"tenant_id": self._tenant_id, "path": path, "key": key, "user_id": user_id}
            for path, key in sorted(lookups)
        ]
        if rows:
            self._connection.execute(insert(UserLookupRow), rows)


def _record(row: Row[Any]) -> UserRecord:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to read a row by name
    values["state"] = State(values["state"])
    values["former_groups"] = tuple(orjson.loads(values["former_groups"] or "[]"))
    return UserRecord(**values)


def _profile_values(profile: Profile) -> dict[str, Any]:
    return {name: getattr(profile, name) for name in profile.__slots__ if name != "lookups"}
