"""The resources of an operator's own types: a schema file says all there is to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from scim2_models import NotFoundException

from app.db.query import Page, Walk
from app.db.records import Found, ResourceRecord, View
from app.lifecycle.clock import iso
from app.lifecycle.journal import Journal, changed_names
from app.scim.changes import Draft, Patch, Stored, replaced
from app.scim.keys import search_document
from app.scim.mapping import Document, Kind, text_of
from app.scim.paging import Search
from app.scim.preconditions import Conditions, check_write
from app.scim.projection import Projection
from app.scim.scope import RequestScope


class ResourceDirectory:
    """Serve the endpoint of one type in one unit of work."""

    def __init__(self, scope: RequestScope, kind: Kind) -> None:
        """Serve one request."""
        self._work = scope.work
        self._actor = scope.actor
        self._clock = scope.clock
        self._renderer = scope.renderer
        self._kind = kind

    def create(self, draft: Draft) -> View:
        """Create a resource."""
        now = self._clock.now()
        columns = self._columns(self._kind.constraints.checked(draft.document, {}))
        record = ResourceRecord(self._kind.name, self._work.new_id(), 1, **columns, created_at=now, updated_at=now)
        self._work.resources.add(record)
        self._hold(record.id, record.search)
        self._record(record.id, "resource.created", version=1)
        return _view(record)

    def replace(self, resource_id: str, draft: Draft, conditions: Conditions) -> View:
        """Replace a resource."""
        record = self._locked(resource_id, conditions, "PUT")
        return self._change(record, replaced(orjson.loads(record.document), draft), replaced=True)

    def patch(self, resource_id: str, patch: Patch, conditions: Conditions) -> View:
        """Apply a PATCH as a whole."""
        record = self._locked(resource_id, conditions, "PATCH")
        return self._change(record, patch.apply(Stored(record.document)).document)

    def delete(self, resource_id: str, conditions: Conditions) -> None:
        """Delete a resource for good."""
        self._locked(resource_id, conditions, "DELETE")
        self._work.resources.delete(self._kind.name, resource_id)
        self._work.unique_keys.release(self._kind.name, resource_id)
        self._record(resource_id, "resource.deleted")

    def view(self, resource_id: str, _projection: Projection) -> View:
        """Return a resource, or raise 404."""
        view = self._work.resources.view(self._kind.name, resource_id)
        if view is None:
            raise self._unknown(resource_id)
        return view

    def rendered(self, views: list[View], projection: Projection) -> list[bytes]:
        """Return resources as JSON."""
        texts = [self._renderer.resource(self._kind.name, view) for view in views]
        return projection.applied(texts)

    def page(self, search: Search, page: Page | Walk) -> Found:
        """Return a page of the resources that match."""
        return self._work.resources.page(self._kind.name, search.at(page))

    def _locked(self, resource_id: str, conditions: Conditions, method: str) -> ResourceRecord:
        record = self._work.resources.lock(self._kind.name, resource_id)
        if record is None:
            raise self._unknown(resource_id)
        check_write(conditions, record.version, method)
        return record

    def _change(self, record: ResourceRecord, after: Document, **how: Any) -> View:
        """Write what differs, and bump the version; nothing that differs bumps nothing."""
        before = orjson.loads(record.document)
        after = self._kind.constraints.checked(after, before)
        changed = changed_names(before, after)
        if not changed:
            return _view(record)
        facts = {**self._columns(after), "version": record.version + 1, "updated_at": self._clock.now()}
        self._work.resources.update(record.type, record.id, facts)
        self._hold(record.id, facts["search"])
        self._record(record.id, "resource.updated", changed=changed, version=facts["version"], **how)
        return _view(replace(record, **facts))

    def _columns(self, document: Document) -> dict[str, Any]:
        search = search_document(self._kind.model, document)
        return {"external_id": search.get("externalid"), "document": text_of(document), "search": search}

    def _hold(self, resource_id: str, search: Mapping[str, Any]) -> None:
        """Let nobody else have the values that a schema calls unique."""
        if (keys := self._kind.constraints.unique(search)) is not None:
            self._work.unique_keys.hold(self._kind.name, resource_id, keys)

    def _record(self, resource_id: str, happened: str, **data: Any) -> None:
        version, _ = self._work.policies.current()
        journal = Journal(self._work, self._actor, self._clock.now(), version)
        named = {"resource_type": self._kind.name, "endpoint": self._kind.endpoint}
        journal.record(self._kind.name, resource_id, [(happened, {**named, **data})])

    def _unknown(self, resource_id: str) -> NotFoundException:
        return NotFoundException(detail=f"There is no {self._kind.name} {resource_id}.")


def _view(record: ResourceRecord) -> View:
    created, updated = iso(record.created_at), iso(record.updated_at)
    return View(record.id, record.version, record.document, created, updated, active=None)
