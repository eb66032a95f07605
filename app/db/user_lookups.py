"""The keys that users are looked up by, of multi-valued attributes such as ``emails.value`` and ``roles.value``."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, exists, select
from sqlalchemy.orm import aliased

from app.db.insertion import Insertion
from app.db.prepared import Prepared
from app.db.rows import UserLookupRow, UserRow
from app.lifecycle.states import State

Lookup = tuple[str, str]
ROLES = "roles.value"

_OF_USER = (UserLookupRow.tenant_id == bindparam("of_tenant")) & (UserLookupRow.user_id == bindparam("of_user"))
_PRESENT = Prepared(select(UserLookupRow.path, UserLookupRow.key).where(_OF_USER))
_INSERTION = Insertion(UserLookupRow)
_DELETE = Prepared(
    delete(UserLookupRow).where(
        _OF_USER, UserLookupRow.path == bindparam("of_path"), UserLookupRow.key == bindparam("of_key")
    )
)

_OTHER = aliased(UserLookupRow)
_HELD_BY_ANOTHER = Prepared(
    select(
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
)


def rows_of(tenant_id: int, user_id: str, lookups: Collection[Lookup]) -> list[dict[str, object]]:
    """Return the rows by which a user is found."""
    return [{"tenant_id": tenant_id, "path": path, "key": key, "user_id": user_id} for path, key in sorted(lookups)]


class UserLookups:
    """Read and change the keys of one user at a time."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def replace(self, user_id: str, lookups: frozenset[Lookup]) -> None:
        """Let a user be found by these keys only; what stays is not touched."""
        present = set(_PRESENT.rows(self._connection, self._of(user_id)))
        for path, key in present - lookups:
            _DELETE.run(self._connection, {**self._of(user_id), "of_path": path, "of_key": key})
        if lookups - present:
            rows = rows_of(self._tenant_id, user_id, lookups - present)
            _INSERTION.run(self._connection, {"user_lookups": rows})

    def count(self, user_id: str) -> int:
        """Return by how many keys a user is found."""
        return len(_PRESENT.rows(self._connection, self._of(user_id)))

    def remove(self, user_id: str, attribute: str) -> None:
        """Let a user be found no more by any key of an attribute."""
        self._connection.execute(
            delete(UserLookupRow).where(_OF_USER, UserLookupRow.path.startswith(f"{attribute}.", autoescape=True)),
            self._of(user_id),
        )

    def roles_of_others(self, user_id: str, roles: Collection[str]) -> frozenset[str]:
        """Return which of the roles (lower case) some other active user holds."""
        held = {
            role: _HELD_BY_ANOTHER.rows(self._connection, {**self._of(user_id), "role": role})[0][0] for role in roles
        }
        return frozenset(role for role in roles if held[role])

    def _of(self, user_id: str) -> dict[str, object]:
        return {"of_tenant": self._tenant_id, "of_user": user_id}
