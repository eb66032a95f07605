"""Let receivers in by their access tokens, read what they say, and answer as they read it (SSF 1.0 §8, RFC 6750)."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request

from app.bodies import BodyTooLarge, read_body
from app.events.streams.office import StreamOffice
from app.events.streams.refusing import Fault, StreamRefused, invalid
from app.identity.authentication import AuthenticationFailed, authenticate, require_scope
from app.identity.oauth.metadata import issuer_of
from app.identity.scopes import SSF_MANAGE, SSF_READ
from app.runtime import runtime

MAX_BODY_BYTES = 64 * 1024
STATUS: Mapping[Fault, int] = {"invalid": 400, "missing": 404, "conflict": 409, "too_fast": 429}
ERRORS: Mapping[Fault, str] = {
    "invalid": "invalid_request",
    "missing": "not_found",
    "conflict": "conflict",
    "too_fast": "too_many_requests",
}


def install(blueprint: Blueprint) -> None:
    """Let the blueprint answer what its views raise."""
    blueprint.register_error_handler(StreamRefused, _refused)
    blueprint.register_error_handler(AuthenticationFailed, _unauthenticated)
    blueprint.register_error_handler(BodyTooLarge, _too_large)


def reader(tenant: str) -> StreamOffice:
    """Return the streams of a receiver that may at least read."""
    return _office(tenant, SSF_READ, SSF_MANAGE)


def keeper(tenant: str) -> StreamOffice:
    """Return the streams of a receiver that may change them."""
    return _office(tenant, SSF_MANAGE)


def _office(tenant: str, *scopes: str) -> StreamOffice:
    principal, here = authenticate(request.headers.get("Authorization"), tenant, kind="ssf"), runtime()
    require_scope(principal, *scopes)
    return StreamOffice.of(here, principal.tenant_id, tenant, principal.actor("api"), principal.connection_id)


def issuer(tenant: str) -> str:
    """Return who signs for a tenant."""
    return issuer_of(runtime().settings.public_url, tenant)


def said() -> dict[str, Any]:
    """Return the JSON object of the body, whatever its type is called: samples of the standard name none."""
    try:
        document = orjson.loads(read_body(min(MAX_BODY_BYTES, runtime().settings.max_body_bytes)))
    except orjson.JSONDecodeError as error:
        raise invalid(f"The body is not valid JSON at line {error.lineno}, column {error.colno}.") from error
    if not isinstance(document, dict):
        raise invalid("The body must be one JSON object.")
    return document


def answer(status: int, document: Any = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer that nobody keeps; without a document an empty one."""
    body = None if document is None else orjson.dumps(document)
    response = Response(body, status, {**(headers or {}), "Cache-Control": "no-store"})
    if body is not None:
        response.content_type = "application/json"
    return response


def _refused(refused: StreamRefused) -> Response:
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
    return answer(STATUS[refused.fault], _told(ERRORS[refused.fault], str(refused)), headers)


def _unauthenticated(failed: AuthenticationFailed) -> Response:
    return answer(failed.status, _told(failed.error or "authentication_failed", failed.description), failed.headers)


def _too_large(error: BodyTooLarge) -> Response:
    return answer(413, _told("invalid_request", str(error.description)))


def _told(err: str, description: str) -> dict[str, str]:
    return {"err": err, "description": description}
