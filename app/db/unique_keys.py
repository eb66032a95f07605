"""Values that one resource of a tenant has at most."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from app.db.rows import ResourceKeyRow, UserRow
from app.db.rows.users import GONE
from app.lifecycle.ports import UniqueKey
from app.lifecycle.refusals import Refused, value_taken

_OF_RESOURCE = (
    (ResourceKeyRow.tenant_id == bindparam("of_tenant"))
    & (ResourceKeyRow.type == bindparam("of_type"))
    & (ResourceKeyRow.resource_id == bindparam("of_resource"))
)
_PRESENT = select(ResourceKeyRow.scope, ResourceKeyRow.path, ResourceKeyRow.key).where(_OF_RESOURCE)
_INSERT = insert(ResourceKeyRow)
_DELETE = delete(ResourceKeyRow).where(_OF_RESOURCE)
_DELETE_ONE = _DELETE.where(
    ResourceKeyRow.scope == bindparam("of_scope"),
    ResourceKeyRow.path == bindparam("of_path"),
    ResourceKeyRow.key == bindparam("of_key"),
)
_RESUME = update(ResourceKeyRow).where(_OF_RESOURCE, not_(ResourceKeyRow.held)).values(held=True)
_GONE = select(UserRow.id).where(UserRow.tenant_id == bindparam("of_tenant"), GONE)
_YIELD = (
    update(ResourceKeyRow)
    .where(
        ResourceKeyRow.tenant_id == bindparam("of_tenant"),
        ResourceKeyRow.scope == bindparam("of_scope"),
        ResourceKeyRow.path == bindparam("of_path"),
        ResourceKeyRow.key == bindparam("of_key"),
        ResourceKeyRow.held,
        ResourceKeyRow.type == "User",
        ResourceKeyRow.resource_id.in_(_GONE),
    )
    .values(held=False)
)


class UniqueKeys:
    """Hold and release the unique values of resources."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def hold(self, resource_type: str, resource_id: str, keys: Collection[UniqueKey]) -> None:
        """Let a resource have these values and no others, or refuse because another one has one of them."""
        of_resource = self._of(resource_type, resource_id)
        present = {(scope, path, key) for scope, path, key in self._connection.execute(_PRESENT, of_resource)}
        for scope, path, key in present - set(keys):
            named = {"of_scope": scope, "of_path": path, "of_key": key}
            self._connection.execute(_DELETE_ONE, {**of_resource, **named})
        for unique in sorted(set(keys) - present):
            self._add(resource_type, resource_id, unique)

    def release(self, resource_type: str, resource_id: str) -> None:
        """Forget the values of a resource."""
        self._connection.execute(_DELETE, self._of(resource_type, resource_id))

    def resume(self, resource_type: str, resource_id: str) -> None:
        """Let a resource that returns have its values again, or refuse because another one took one of them."""
        try:
            self._connection.execute(_RESUME, self._of(resource_type, resource_id))
        except IntegrityError as error:
            raise Refused([value_taken("A unique value")]) from error

    def _add(self, resource_type: str, resource_id: str, unique: UniqueKey) -> None:
        scope, path, key = unique
        named = {"of_tenant": self._tenant_id, "of_scope": scope, "of_path": path, "of_key": key}
        self._connection.execute(_YIELD, named)
        row = {"type": resource_type, "resource_id": resource_id, "scope": scope, "path": path, "key": key}
        try:
            self._connection.execute(_INSERT, {**row, "tenant_id": self._tenant_id, "held": True})
        except IntegrityError as error:
            raise Refused([value_taken(f"The value of {path}")]) from error

    def _of(self, resource_type: str, resource_id: str) -> dict[str, object]:
        return {"of_tenant": self._tenant_id, "of_type": resource_type, "of_resource": resource_id}
