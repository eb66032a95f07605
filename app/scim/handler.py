"""Serve SCIM operations: scim2-server finds the way, directories do the work, documents are the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from scim2_models import Context, ResourceType
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target

from app.db.query import Page
from app.db.records import View
from app.events.streams.asynchronous import asked_for
from app.scim.bulk import BulkRun
from app.scim.capabilities import announced
from app.scim.changes import Draft, Patch
from app.scim.cursors import query_of
from app.scim.keys import exact_key, folded_key
from app.scim.kinds import Kind
from app.scim.paging import read_paging, read_searches
from app.scim.preconditions import Conditions, unchanged
from app.scim.projection import Projection, projection_of
from app.scim.render import Rendered, etag
from app.scim.returned import returned_of
from app.scim.rules import Rules
from app.scim.scope import RequestScope
from app.scim.searches import Listed, Listing


class Directory(Listed, Protocol):
    """What serves the resources of one type."""

    def create(self, draft: Draft) -> View:
        """Create a resource."""

    def replace(self, resource_id: str, draft: Draft, conditions: Conditions) -> View:
        """Replace a resource."""

    def patch(self, resource_id: str, patch: Patch, conditions: Conditions) -> View:
        """Modify a resource."""

    def delete(self, resource_id: str, conditions: Conditions) -> None:
        """Delete a resource."""

    def view(self, resource_id: str, projection: Projection) -> View:
        """Return a resource."""


Opening = Callable[[RequestScope, Kind], Directory]


class Handler(ScimHandler):
    """Serve one request in one unit of work; ``tolerances`` tells what the dialect had to forgive.

    ``indexes`` are the places of the operations of a bulk request that were carried out or refused.
    """

    def __init__(self, rules: Rules, scope: RequestScope, openings: Mapping[str, Opening], other: Opening) -> None:
        """Serve with ``rules``; ``openings`` open directories by the name of their type, ``other`` those of others."""
        self.service: Rules = rules
        self.work = scope.work
        self.tolerances: list[str] = []
        self.indexes: list[int] = []
        self._scope = scope
        self._renderer = scope.renderer
        self._openings = openings
        self._other = other
        self._directories: dict[str, Directory] = {}

    def handle(self, request: ScimRequest) -> ScimResponse:
        """Serve a request with the method of its operation; an answer at ``/Me`` says who that is (RFC 7644 §3.11)."""
        target = self.service.match(request)
        answer: ScimResponse = getattr(self, target.operation.value)(request)
        if target.me:
            answer.headers["Location"] = self._renderer.location("User", request.subject.user_id)
        return answer

    def create(self, request: ScimRequest) -> ScimResponse:
        """Create a resource (RFC 7644 §3.3)."""
        with self.service.provider:
            resource_type, _ = self._found(request, Operation.create)
            projection = self._projection(request, resource_type)
            payload = self.service.payload(request)
            view = self.created(resource_type, payload)
            return self._written(resource_type, view, projection, payload, HTTPStatus.CREATED)

    def query(self, request: ScimRequest) -> ScimResponse:
        """Read a resource (RFC 7644 §3.4.1); no model is made, so that no provider is needed."""
        resource_type, target = self._found(request, Operation.query)
        projection = self._projection(request, resource_type)
        view = self._directory(resource_type).view(str(target.resource_id), projection)
        if unchanged(self.service.read_conditions(request), view.version):
            return ScimResponse(HTTPStatus.NOT_MODIFIED, None, {"ETag": etag(view.version)})
        return self._answer(resource_type, view, projection)

    def replace(self, request: ScimRequest) -> ScimResponse:
        """Replace a resource (RFC 7644 §3.5.1)."""
        with self.service.provider:
            resource_type, target = self._found(request, Operation.replace)
            projection = self._projection(request, resource_type)
            payload, conditions = self.service.payload(request), self.service.read_conditions(request)
            view = self.replaced(resource_type, str(target.resource_id), payload, conditions)
            return self._written(resource_type, view, projection, payload)

    def patch(self, request: ScimRequest) -> ScimResponse:
        """Modify a resource (RFC 7644 §3.5.2); the dialect says whether the answer carries it."""
        with self.service.provider:
            resource_type, target = self._found(request, Operation.patch)
            projection = self._projection(request, resource_type)
            payload, conditions = self.service.payload(request), self.service.read_conditions(request)
            view = self.patched(resource_type, str(target.resource_id), payload, conditions)
            if not projection.asked and self.service.dialect.patch_answer(str(resource_type.name)) == "empty":
                return ScimResponse(HTTPStatus.NO_CONTENT, None, {"ETag": etag(view.version)})
            return self._written(resource_type, view, projection, payload)

    def delete(self, request: ScimRequest) -> ScimResponse:
        """Delete a resource (RFC 7644 §3.6)."""
        with self.service.provider:
            resource_type, target = self._found(request, Operation.delete)
            self.deleted(resource_type, str(target.resource_id), self.service.read_conditions(request))
            return ScimResponse(HTTPStatus.NO_CONTENT)

    def search(self, request: ScimRequest) -> ScimResponse:
        """Search with GET (RFC 7644 §3.4.2)."""
        return self._search(request, Operation.search, request.query)

    def search_with_body(self, request: ScimRequest) -> ScimResponse:
        """Search with POST on ``.search`` (RFC 7644 §3.4.3)."""
        parameters, tolerances = self.service.search_of(request)
        self.tolerances.extend(tolerances)
        return self._search(request, Operation.search_with_body, parameters)

    def service_provider_config(self, request: ScimRequest) -> ScimResponse:
        """Return what is supported (RFC 7644 §4), as far as it is for this tenant: nobody is told of unheard events."""
        answer = super().service_provider_config(request)
        if answer.body:
            answer.body |= announced(asked_for(self.work))
        return answer

    def bulk(self, request: ScimRequest) -> ScimResponse:
        """Run a bulk request (RFC 7644 §3.7)."""
        with self.service.provider:
            self.service.route(request, Operation.bulk)
            return BulkRun(self, request).answer()

    # -- Steps that single requests and bulk operations share

    def created(self, resource_type: ResourceType, payload: dict[str, Any]) -> View:
        """Create a resource from the payload of a POST."""
        draft = self._draft(resource_type, payload, Context.RESOURCE_CREATION_REQUEST)
        return self._directory(resource_type).create(draft)

    def replaced(self, resource_type: ResourceType, id_: str, payload: dict[str, Any], conditions: Conditions) -> View:
        """Replace a resource by the payload of a PUT."""
        draft = self._draft(resource_type, payload, Context.RESOURCE_REPLACEMENT_REQUEST)
        return self._directory(resource_type).replace(id_, draft, conditions)

    def patched(self, resource_type: ResourceType, id_: str, payload: dict[str, Any], conditions: Conditions) -> View:
        """Modify a resource by the payload of a PATCH."""
        patch, tolerances = self.service.patch_of(resource_type, payload)
        self.tolerances.extend(tolerances)
        return self._directory(resource_type).patch(id_, patch, conditions)

    def deleted(self, resource_type: ResourceType, id_: str, conditions: Conditions) -> None:
        """Delete a resource."""
        self._directory(resource_type).delete(id_, conditions)

    def foresee(self, payloads: Sequence[Any]) -> None:
        """Learn at once what many creations of users would each have to ask."""
        keys = [(folded_key(each.get("userName")), exact_key(each.get("externalId"))) for each in payloads]
        names, ids = ({key for key in kind if key} for kind in zip(*keys, strict=True)) if keys else ((), ())
        self.work.users.foresee(names, ids)

    def location(self, resource_type: ResourceType, id_: str) -> str:
        """Return the URL of a resource."""
        return self._renderer.location(str(resource_type.name), id_)

    def _draft(self, resource_type: ResourceType, payload: dict[str, Any], context: Context) -> Draft:
        draft, tolerances = self.service.draft_of(resource_type, payload, context)
        self.tolerances.extend(tolerances)
        return draft

    def _search(self, request: ScimRequest, operation: Operation, parameters: Any) -> ScimResponse:
        rules, settings = self.service, self.service.settings
        with rules.provider:
            target = rules.route(request, operation)
            types = rules.searched_types(target.endpoint)
            for resource_type in types:
                rules.authorize(request, target, resource_type)
            paging = read_paging(parameters, settings)
            models = [rules.kinds[str(each.name)].model for each in types]
            searches = read_searches(parameters, models, rules.dialect, settings)
            listing = Listing(list(zip(map(self._directory, types), searches, strict=True)), self._renderer)
            if paging.cursor is None:
                count = settings.default_page_size if paging.count is None else paging.count
                return listing.numbered(Page(paging.start, count), settings.max_page_size)
            query = query_of(request.subject, target.endpoint, parameters)
            return listing.walked(paging, settings.default_page_size, rules.cursors, query, self._scope.clock.now())

    def _found(self, request: ScimRequest, operation: Operation) -> tuple[ResourceType, Target]:
        """Return what a request is about, once its connection may do that."""
        target = self.service.route(request, operation)
        resource_type = self.service.resource_type_at(str(target.endpoint))
        self.service.authorize(request, target, resource_type)
        return resource_type, target

    def _projection(self, request: ScimRequest, resource_type: ResourceType) -> Projection:
        return projection_of(self.service.kinds[str(resource_type.name)].model, request.query)

    def _directory(self, resource_type: ResourceType) -> Directory:
        name = str(resource_type.name)
        directory = self._directories.get(name)
        if directory is None:
            opening = self._openings.get(name, self._other)
            directory = self._directories[name] = opening(self._scope, self.service.kinds[name])
        return directory

    def _written(
        self,
        resource_type: ResourceType,
        view: View,
        projection: Projection,
        payload: dict[str, Any],
        status: HTTPStatus = HTTPStatus.OK,
    ) -> ScimResponse:
        """Answer a write with what it wrote, be it returned on request only (RFC 7643 §7)."""
        returned = returned_of(self.service.kinds[str(resource_type.name)].model)
        return self._answer(resource_type, view, projection.mentioning(returned, payload), status)

    def _answer(
        self, resource_type: ResourceType, view: View, projection: Projection, status: HTTPStatus = HTTPStatus.OK
    ) -> ScimResponse:
        location = self.location(resource_type, view.id)
        headers = {"ETag": etag(view.version), "Content-Location": location}
        if status is HTTPStatus.CREATED:
            headers["Location"] = location
        json = self._directory(resource_type).rendered([view], projection)[0]
        return Rendered(status, None, headers, json=json)
