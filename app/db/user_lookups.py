"""The keys that users are looked up by, of multi-valued attributes such as ``emails.value`` and ``roles.value``."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, exists, insert, select
from sqlalchemy.orm import aliased

from app.db.gathered import Gathered
from app.db.rows import UserLookupRow, UserRow
from app.lifecycle.states import State

Lookup = tuple[str, str]
ROLES = "roles.value"

_OF_USER = (UserLookupRow.tenant_id == bindparam("of_tenant")) & (UserLookupRow.user_id == bindparam("of_user"))
_PRESENT = select(UserLookupRow.path, UserLookupRow.key).where(_OF_USER)
_INSERT = insert(UserLookupRow)
_DELETE = delete(UserLookupRow).where(
    _OF_USER, UserLookupRow.path == bindparam("of_path"), UserLookupRow.key == bindparam("of_key")
)
_ROLE = aliased(UserLookupRow)
ROLES_HELD = (
    select(Gathered(_ROLE.key))
    .where(_ROLE.tenant_id == UserRow.tenant_id, _ROLE.user_id == UserRow.id, _ROLE.path == ROLES)
    .correlate(UserRow)
    .scalar_subquery()
    .label("roles")
)
"""The keys of the roles that the user of a row holds."""

_OTHER = aliased(UserLookupRow)
_HELD_BY_ANOTHER = select(
    exists().where(
        _OTHER.tenant_id == bindparam("of_tenant"),
        _OTHER.path == ROLES,
        _OTHER.key == bindparam("role"),
        _OTHER.user_id != bindparam("of_user"),
        UserRow.tenant_id == _OTHER.tenant_id,
        UserRow.id == _OTHER.user_id,
        UserRow.state == State.ACTIVE,
    )
)


class UserLookups:
    """Read and change the keys of one user at a time."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, user_id: str, lookups: Collection[Lookup]) -> None:
        """Let a user be found by these keys too."""
        if lookups:
            self._connection.execute(_INSERT, self._rows(user_id, lookups))

    def replace(self, user_id: str, lookups: frozenset[Lookup]) -> None:
        """Let a user be found by these keys only; what stays is not touched."""
        present = {(path, key) for path, key in self._connection.execute(_PRESENT, self._of(user_id))}
        for path, key in present - lookups:
            self._connection.execute(_DELETE, {**self._of(user_id), "of_path": path, "of_key": key})
        self.add(user_id, lookups - present)

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) some other active user holds."""
        parameters = self._of(user_id)
        return frozenset(
            role for role in roles if self._connection.scalar(_HELD_BY_ANOTHER, {**parameters, "role": role})
        )

    def _of(self, user_id: str) -> dict[str, object]:
        return {"of_tenant": self._tenant_id, "of_user": user_id}

    def _rows(self, user_id: str, lookups: Collection[Lookup]) -> list[dict[str, object]]:
        return [
            {"tenant_id": self._tenant_id, "path": path, "key": key, "user_id": user_id}
            for path, key in sorted(lookups)
        ]
