"""Serve introspection and revocation to the host application.

The endpoints of Authlib would ask for client credentials, and answer 401 to a token type hint they do not know;
here the caller shows the same bearer token as everywhere (RFC 7662 §2.1), and hints are ignored (RFC 7009 §2.1).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import orjson
from flask import Blueprint, Response, g, request

from app.bodies import BodyTooLarge, read_body
from app.db.work import Work
from app.identity.authentication import AuthenticationFailed, admitted, require_scope
from app.identity.principals import Principal
from app.identity.scopes import SESSIONS
from app.runtime import runtime
from app.sessions.introspection import introspect
from app.sessions.revocation import revoke

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 32
FORM = "application/x-www-form-urlencoded"
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}

blueprint = Blueprint("oauth", __name__, url_prefix="/t/<tenant>/oauth")


class InvalidRequest(Exception):  # noqa: N818
    """Say what the form lacks (RFC 6749 §5.2)."""


@blueprint.post("/introspect")
def answer_introspection(tenant: str) -> Response:
    """Tell the host application whether a session may go on (RFC 7662 §2)."""
    here = runtime()
    issuer = f"{here.settings.public_url}/t/{tenant}"
    with _host(tenant) as (_, work):
        return _json(200, introspect(work, _token(), issuer, here.clock.now()))


@blueprint.post("/revoke")
def answer_revocation(tenant: str) -> Response:
    """End a session at the wish of the host application; 200 says that it is over, known or not (RFC 7009 §2.2)."""
    with _host(tenant) as (principal, work):
        token = _token()
        with work.transaction():
            revoke(work, runtime().clock, principal.actor("api"), token)
    return Response(status=200, headers=NEVER_KEPT)


@contextmanager
def _host(tenant: str) -> Iterator[tuple[Principal, Work]]:
    """Open a unit of work for the host application of a tenant."""
    with admitted(request.headers.get("Authorization"), tenant, kind="api") as (principal, work):
        g.principal = principal
        require_scope(principal, SESSIONS)
        yield principal, work


def _token() -> str:
    """Return the one ``token`` of the form; parameters must not be repeated (RFC 6749 §3.2)."""
    if request.mimetype != FORM:
        raise InvalidRequest(f"Send the parameters as {FORM}.")
    body = read_body(MAX_FORM_BYTES)
    try:
        given = parse_qs(body.decode(), errors="strict", max_num_fields=MAX_FIELDS).get("token", [])
    except ValueError as error:
        raise InvalidRequest("The form cannot be read.") from error
    if len(given) != 1:
        raise InvalidRequest("Send the parameter token once.")
    return given[0]


def _json(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    body = orjson.dumps(document)
    return Response(body, status, {**NEVER_KEPT, **(headers or {})}, content_type="application/json")


@blueprint.errorhandler(AuthenticationFailed)
def _unauthenticated(failed: AuthenticationFailed) -> Response:
    """Refuse a caller as RFC 6750 §3 says."""
    document = {"error": failed.error or "invalid_client", "error_description": failed.description}
    return _json(failed.status, document, {"WWW-Authenticate": failed.www_authenticate})


@blueprint.errorhandler(InvalidRequest)
def _invalid(invalid: InvalidRequest) -> Response:
    return _json(400, {"error": "invalid_request", "error_description": str(invalid)})


@blueprint.errorhandler(BodyTooLarge)
def _too_large(error: BodyTooLarge) -> Response:
    return _json(413, {"error": "invalid_request", "error_description": error.description})
