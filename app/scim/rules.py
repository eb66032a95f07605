"""The rules of the protocol for one dialect: scim2-server's, with our words for errors and our files for discovery."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    PatchOp,
    PayloadTooLargeException,
    ResourceType,
    SCIMException,
)
from scim2_server.errors import MethodNotAllowedException
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import RESERVED_NAMES, Operation, Target, match
from scim2_server.service import ScimService
from sqlalchemy.exc import OperationalError

from app.config import Settings
from app.identity.principals import Principal
from app.identity.scopes import SCIM, SCIM_READ
from app.lifecycle.refusals import Refused
from app.scim.capabilities import capabilities
from app.scim.catalogue import Catalogue
from app.scim.changes import Draft, EitherPatch, ModelDraft, ModelPatch, Patch
from app.scim.cursors import Cursors
from app.scim.dialects import Dialect, Tolerance
from app.scim.errors import BUSY, misread, plain, refusal_error, shortened, unreadable
from app.scim.fast import Common
from app.scim.kinds import Kind
from app.scim.payloads import parse
from app.scim.preconditions import Conditions
from app.scim.standing import said_in

log = structlog.get_logger("app.scim")
READS = frozenset({Operation.query, Operation.search, Operation.search_with_body})
SEARCH = ".search"
UNCONDITIONAL = Conditions()
REPLACEMENT = Context.RESOURCE_REPLACEMENT_REQUEST
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


class Rules(ScimService):
    """Validate requests and build answers for the connections of one dialect."""

    def __init__(self, catalogue: Catalogue, dialect: Dialect, settings: Settings) -> None:
        """Serve ``catalogue`` with the leniency of ``dialect`` within the limits of ``settings``."""
        super().__init__(catalogue.provider(dialect.policy, capabilities(settings)), secret=settings.secret_keys[0])
        self.cursors = Cursors(settings.secret_keys, settings.cursor_timeout_s)
        self.catalogue = catalogue
        self.dialect = dialect
        self.settings = settings
        self.kinds = {str(each.name): self._kind(each) for each in self.provider.resource_types}
        self.endpoints = {name: kind.endpoint for name, kind in self.kinds.items()}
        self._types = {self.endpoint_of(each): each for each in self.provider.resource_types}
        self._common = Common(catalogue, dialect, settings.max_patch_operations)

    def _kind(self, resource_type: ResourceType) -> Kind:
        name, endpoint = str(resource_type.name), str(resource_type.endpoint).strip("/")
        return Kind(name, endpoint, self.get_model(resource_type), self.catalogue.constraints(name))

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:  # noqa: ARG002
        """Let a connection do what its scopes say (RFC 7644 §2)."""
        principal: Principal = request.subject
        allowed = {SCIM, SCIM_READ} if target.operation in READS else {SCIM}
        if principal.scopes.isdisjoint(allowed):
            raise ForbiddenException(detail=f"The token of this connection lacks the scope {SCIM!r}.")

    def me_target(self, request: ScimRequest) -> tuple[ResourceType, str]:
        """Return the user that a connection stands for, or raise 501 (RFC 7644 §3.11)."""
        principal: Principal = request.subject
        if principal.user_id is None:
            return super().me_target(request)
        return self.resource_type_at(self.endpoints["User"]), principal.user_id

    @classmethod
    def match(cls, request: ScimRequest) -> Target:
        """Return what a request asks for."""
        return cls.target(request.method.upper(), request.path)

    @staticmethod
    def target(method: str, path: str) -> Target:
        """Return what a method asks for at a path; ``.search`` is no id, and takes POST alone (RFC 7644 §3.4.3)."""
        endpoint, slash, id_ = path.strip("/").partition("/")
        if not slash or "/" in id_ or endpoint in RESERVED_NAMES:
            return _target(method, path)
        if id_ == SEARCH:
            return _search_at(method, endpoint)
        return Target(_one_of(method, endpoint), endpoint, id_)

    def resource_type_at(self, endpoint: str) -> ResourceType:
        """Return the resource type of an endpoint, whatever its case, or raise 404."""
        return self._types.get(endpoint) or super().resource_type_at(endpoint)

    @staticmethod
    def read_conditions(request: ScimRequest) -> Conditions:
        """Return the conditional headers of a request."""
        return ScimService.read_conditions(request) if request.headers else UNCONDITIONAL

    # -- Request bodies

    def payload(self, request: ScimRequest) -> dict[str, Any]:
        """Return the JSON object of a request."""
        self.ensure_json(request.header("Content-Type"))
        return parse(request.body, self.settings.max_json_depth)

    def draft_of(
        self, resource_type: ResourceType, payload: Mapping[str, Any], context: Context
    ) -> tuple[Draft, tuple[str, ...]]:
        """Return what a POST or PUT says, and the tolerances it needed."""
        try:
            return self._common.draft(str(resource_type.name), payload, replacing=context is REPLACEMENT)
        except LookupError:
            return self.validated_draft(resource_type, payload, context)

    def validated_draft(
        self, resource_type: ResourceType, payload: Mapping[str, Any], context: Context
    ) -> tuple[Draft, tuple[str, ...]]:
        """Return what a POST or PUT of any shape says, read by a model."""
        name, index = str(resource_type.name), self.catalogue.index
        tidied, tolerances = self.dialect.tidy_resource(index, name, payload)
        self._require_schemas(tidied, str(resource_type.schema_))
        if wrong := self.dialect.misread_resource(index, name, tidied):
            raise misread(wrong)
        model = self.get_model(resource_type)
        says = self.catalogue.scheduling and said_in(payload)
        return ModelDraft(model, self._validated(model, tidied, context), schedules=says), tolerances

    def patch_of(self, resource_type: ResourceType, payload: Mapping[str, Any]) -> tuple[Patch, tuple[str, ...]]:
        """Return what a PATCH does, and the tolerances it needed."""
        try:
            usual, tolerances = self._common.patch(str(resource_type.name), payload)
        except LookupError:
            return self.validated_patch(resource_type, payload)
        return EitherPatch(usual, lambda: self.validated_patch(resource_type, payload)[0]), tolerances

    def validated_patch(self, resource_type: ResourceType, payload: Mapping[str, Any]) -> tuple[Patch, tuple[str, ...]]:
        """Return what a PATCH of any shape does, read by a model; nothing may be left to do."""
        name, index = str(resource_type.name), self.catalogue.index
        tidied, tolerances = self.dialect.tidy_patch(index, name, payload)
        if wrong := self.dialect.misread_patch(index, name, tidied):
            raise misread(wrong)
        model, operations = self.get_model(resource_type), tidied.get("Operations")
        if tolerances and operations == []:
            return ModelPatch(model, None), tolerances
        limit = self.settings.max_patch_operations
        if isinstance(operations, list) and len(operations) > limit:
            raise PayloadTooLargeException(
                detail=f"A PATCH takes at most {limit} operations; send the rest in another."
            )
        patch_op = self._validated(PatchOp[model], tidied, Context.RESOURCE_PATCH_REQUEST)  # type: ignore[valid-type]
        return ModelPatch(model, patch_op), tolerances

    def search_of(self, request: ScimRequest) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return what a search in a body asks for (RFC 7644 §3.4.3), and the tolerances it needed."""
        payload = self.payload(request)
        if payload.get("schemas") or Tolerance.SCHEMA_URN not in self.dialect.tolerances:
            self._require_schemas(payload, SEARCH_REQUEST)
            return payload, ()
        return payload, (Tolerance.SCHEMA_URN,)

    @staticmethod
    def _require_schemas(payload: Mapping[str, Any], urn: str) -> None:
        """Refuse a body that does not say what it is (RFC 7643 §3); lenient dialects have mended it before."""
        if not any(name.lower() == "schemas" and value for name, value in payload.items()):
            raise InvalidValueException(detail=f'schemas is required: send "schemas": ["{urn}"].')

    @staticmethod
    def _validated(model: Any, payload: Mapping[str, Any], context: Context) -> Any:
        try:
            return model.model_validate(payload, scim_ctx=context)
        except ValidationError as error:
            raise unreadable(error) from error

    # -- Discovery, as the files have it

    def resource_types(self, location: str, query: Mapping[str, str]) -> ScimResponse:
        """Return all resource types (RFC 7644 §4)."""
        self.forbid_filter(query)
        return _listed(
            [_located(entry, "ResourceType", f"{location}/{entry['id']}") for entry in self.catalogue.resource_types]
        )

    def resource_type(self, location: str, resource_type_id: str, query: Mapping[str, str]) -> ScimResponse:
        """Return one resource type, or raise 404."""
        self.forbid_filter(query)
        return _found(self.catalogue.resource_types, "ResourceType", resource_type_id, location)

    def schemas(self, location: str, query: Mapping[str, str]) -> ScimResponse:
        """Return all schemas (RFC 7643 §7)."""
        self.forbid_filter(query)
        return _listed([_located(entry, "Schema", f"{location}/{entry['id']}") for entry in self.catalogue.schemas])

    def schema(self, location: str, schema_id: str, query: Mapping[str, str]) -> ScimResponse:
        """Return one schema, or raise 404."""
        self.forbid_filter(query)
        return _found(self.catalogue.schemas, "Schema", schema_id, location)

    # -- Errors

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """Return the SCIM error of whatever stopped a request; a bug is logged and tells nothing."""
        if isinstance(exception, Refused):
            return refusal_error(exception.first)
        if isinstance(exception, OperationalError):
            log.error("database unavailable", exc_info=exception)
            return Error(status=HTTPStatus.SERVICE_UNAVAILABLE, detail=BUSY)
        error = ScimService.error_of(plain(exception) if isinstance(exception, SCIMException) else exception)
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request failed", exc_info=exception)
        error.detail = shortened(error.detail or "")
        return error


@lru_cache(maxsize=256)
def _target(method: str, path: str) -> Target:
    return match(method, path)


@lru_cache(maxsize=256)
def _one_of(method: str, endpoint: str) -> Operation:
    """Return what a method does to a resource; the library walks all its routes to find it."""
    return match(method, f"/{endpoint}/id").operation


@lru_cache(maxsize=256)
def _search_at(method: str, endpoint: str) -> Target:
    if method != "POST":
        raise MethodNotAllowedException(allowed=["POST"])
    return match(method, f"/{endpoint}/{SEARCH}")


def _located(entry: Mapping[str, Any], kind: str, location: str) -> dict[str, Any]:
    return {**entry, "meta": {"resourceType": kind, "location": location}}


def _listed(entries: list[dict[str, Any]]) -> ScimResponse:
    counts = {"totalResults": len(entries), "startIndex": 1, "itemsPerPage": len(entries)}
    return ScimResponse(HTTPStatus.OK, {"schemas": [LIST], **counts, "Resources": entries})


def _found(entries: tuple[dict[str, Any], ...], kind: str, id_: str, location: str) -> ScimResponse:
    for entry in entries:
        if entry["id"].lower() == id_.lower():
            return ScimResponse(HTTPStatus.OK, _located(entry, kind, location), {"Content-Location": location})
    raise NotFoundException(detail=f"There is no {kind} {id_}.")
