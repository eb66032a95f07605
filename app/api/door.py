"""Let callers into the API, and write the answers they take away."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from app.api.problems import BadRequest
from app.identity.authentication import authenticate, require_scope
from app.identity.principals import Principal
from app.lifecycle.refusals import Refused, unknown_user

LONGEST_ID = 64
NUL = "\x00"
"""The one character that PostgreSQL takes in no text."""


def install(blueprint: Blueprint) -> None:
    """Ask every caller of the blueprint who it is before anything else is looked at."""
    blueprint.url_value_preprocessor(_take_tenant)
    blueprint.before_request(_admit)
    blueprint.after_request(_never_kept)


def caller(scope: str) -> Principal:
    """Return who calls, if it has the scope."""
    principal: Principal = g.principal
    require_scope(principal, scope)
    return principal


def answer(status: int, document: Mapping[str, Any]) -> Response:
    """Return a JSON answer."""
    return Response(orjson.dumps(document), status, content_type="application/json")


def _take_tenant(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.tenant = (values or {}).pop("tenant", "")


def _admit() -> None:
    g.principal = authenticate(request.headers.get("Authorization"), g.tenant, kind="api")
    named = request.view_args or {}
    user_id = named.get("user_id", "")
    if len(user_id) > LONGEST_ID or not user_id.isprintable():
        raise Refused([unknown_user(None)])
    if any(NUL in str(each) for each in named.values()):
        raise BadRequest(404, "NOT_FOUND", "Nothing has an id that holds U+0000.")


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
