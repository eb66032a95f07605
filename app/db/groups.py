"""The groups of a tenant, without their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from app.db.insertion import Insertion
from app.db.prepared import Asked, Prepared
from app.db.query import Query
from app.db.records import DisplayNameTakenError, Found, GroupRecord, View
from app.db.rows import GroupRow
from app.db.search import GROUP_VIEWS
from app.db.statements import update_of

_COLUMNS = tuple(GroupRow.__table__.c[name] for name in GroupRecord.__slots__)
_MINE = (GroupRow.tenant_id == bindparam("of_tenant")) & (GroupRow.id == bindparam("group_id"))
_INSERTION = Insertion(GroupRow)
_LOCKED = Prepared(select(*_COLUMNS).where(_MINE).with_for_update())
_HOLDER = Prepared(
    select(GroupRow.id).where(
        GroupRow.tenant_id == bindparam("of_tenant"), GroupRow.unique_key == bindparam("unique_key")
    )
)
_DELETE = Prepared(delete(GroupRow).where(_MINE))


class Groups:
    """Find, lock, add, change and delete groups."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def view(self, group_id: str) -> View | None:
        """Return what is served of a group, but for its members."""
        return GROUP_VIEWS.one(self._connection, self._tenant_id, group_id, full=False)

    def by_id(self, group_id: str) -> Asked:
        """Return what asks for a group, to be asked ahead."""
        return GROUP_VIEWS.by_id(self._tenant_id, group_id, full=False)

    def page(self, query: Query) -> Found:
        """Return a page of the groups that match, and how many match in all."""
        return GROUP_VIEWS.page(self._connection, self._tenant_id, query, full=False)

    def lock(self, group_id: str) -> GroupRecord | None:
        """Return a group and hold its row until the transaction ends."""
        row = _LOCKED.row(self._connection, {"of_tenant": self._tenant_id, "group_id": group_id})
        return None if row is None else GroupRecord(*row)

    def add(self, record: GroupRecord) -> None:
        """Insert a group, or raise DisplayNameTakenError."""
        values = {name: getattr(record, name) for name in record.__slots__}
        try:
            _INSERTION.run(self._connection, {"groups": [{**values, "tenant_id": self._tenant_id}]})
        except IntegrityError as error:
            raise DisplayNameTakenError(record.display_name) from error

    def update(self, group_id: str, changes: Mapping[str, Any]) -> None:
        """Write changed columns, or raise DisplayNameTakenError."""
        statement, parameters = update_of(GroupRow.__table__, changes)
        try:
            statement.run(self._connection, {**parameters, "of_tenant": self._tenant_id, "of_id": group_id})
        except IntegrityError as error:
            raise DisplayNameTakenError(changes.get("display_name", "")) from error

    def holder(self, unique_key: str) -> str | None:
        """Return the id of the group that has the display name for itself."""
        row = _HOLDER.row(self._connection, {"of_tenant": self._tenant_id, "unique_key": unique_key})
        return None if row is None else row[0]

    def delete(self, group_id: str) -> None:
        """Delete a group; its memberships go with it."""
        _DELETE.run(self._connection, {"of_tenant": self._tenant_id, "group_id": group_id})
