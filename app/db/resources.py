"""The resources of an operator's types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.db.query import Query
from app.db.records import Found, ResourceRecord, View
from app.db.rows import ResourceRow
from app.db.search import Views
from app.db.targets import resource_columns, resources_of

_COLUMNS = tuple(ResourceRow.__table__.c[name] for name in ResourceRecord.__slots__)
_MINE = (
    (ResourceRow.tenant_id == bindparam("of_tenant"))
    & (ResourceRow.type == bindparam("of_type"))
    & (ResourceRow.id == bindparam("of_id"))
)
_INSERT = insert(ResourceRow)
_LOCKED = select(*_COLUMNS).where(_MINE).with_for_update()
_DELETE = delete(ResourceRow).where(_MINE)
_CHANGED = ("version", "external_id", "document", "search", "updated_at")
_UPDATE = update(ResourceRow).where(_MINE).values({name: bindparam(f"new_{name}") for name in _CHANGED})


@lru_cache(maxsize=256)
def _views(resource_type: str) -> Views:
    """Return what reads one type; there are as many as the operator has files."""
    searchable = partial(resources_of, resource_type)
    only = ResourceRow.type == resource_type
    return Views(ResourceRow.__table__, searchable, resource_columns(resource_type), only=only)


class Resources:
    """Find, lock, add, change and delete resources by their type."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def view(self, resource_type: str, resource_id: str) -> View | None:
        """Return what is served of a resource."""
        return _views(resource_type).one(self._connection, self._tenant_id, resource_id, full=False)

    def page(self, resource_type: str, query: Query) -> Found:
        """Return a page of the resources that match, and how many match in all."""
        return _views(resource_type).page(self._connection, self._tenant_id, query, full=False)

    def lock(self, resource_type: str, resource_id: str) -> ResourceRecord | None:
        """Return a resource and hold its row until the transaction ends."""
        row = self._connection.execute(_LOCKED, self._of(resource_type, resource_id)).one_or_none()
        return None if row is None else ResourceRecord(*row)

    def add(self, record: ResourceRecord) -> None:
        """Insert a resource."""
        values = {name: getattr(record, name) for name in record.__slots__}
        self._connection.execute(_INSERT, {**values, "tenant_id": self._tenant_id})

    def update(self, resource_type: str, resource_id: str, changes: Mapping[str, Any]) -> None:
        """Write a new document, with what goes along with it."""
        changed = {f"new_{name}": changes[name] for name in _CHANGED}
        self._connection.execute(_UPDATE, {**changed, **self._of(resource_type, resource_id)})

    def delete(self, resource_type: str, resource_id: str) -> None:
        """Delete a resource."""
        self._connection.execute(_DELETE, self._of(resource_type, resource_id))

    def _of(self, resource_type: str, resource_id: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_type": resource_type, "of_id": resource_id}
