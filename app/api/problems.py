"""Answer every error of the API as problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, g

from app.bodies import BodyTooLarge
from app.events.streams.refusing import StreamRefused
from app.identity.authentication import AuthenticationFailed
from app.identity.terms import Fault, OnboardingError
from app.lifecycle.refusals import Kind, Refusal, Refused
from app.runtime import runtime

CONTENT_TYPE = "application/problem+json"
TYPES = "urn:scim-lifecycle:problem:"
STATUS: Mapping[Kind, HTTPStatus] = {
    "conflict": HTTPStatus.CONFLICT,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "invalid": HTTPStatus.BAD_REQUEST,
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "held": HTTPStatus.TOO_MANY_REQUESTS,
}

FAULTS: Mapping[Fault, tuple[int, str]] = {
    "invalid": (400, "INVALID_REQUEST"),
    "missing": (404, "UNKNOWN_CONNECTION"),
    "conflict": (409, "CONFLICT"),
}

OF_STREAMS: Mapping[str, tuple[int, str]] = {
    "invalid": (400, "INVALID_REQUEST"),
    "missing": (404, "UNKNOWN_STREAM"),
    "conflict": (409, "CONFLICT"),
    "too_fast": (429, "TOO_MANY_REQUESTS"),
}


class BadRequest(Exception):  # noqa: N818
    """Say what is wrong with a request; ``errors`` names each wrong field and says why."""

    def __init__(self, status: int, code: str, detail: str, errors: tuple[Mapping[str, str], ...] = ()) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        super().__init__(f"{status} {code}: {detail}")


def install(blueprint: Blueprint) -> None:
    """Let the blueprint answer what its views raise."""
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(AuthenticationFailed, _unauthenticated)
    blueprint.register_error_handler(BadRequest, _bad_request)
    blueprint.register_error_handler(OnboardingError, _not_taken_in)
    blueprint.register_error_handler(BodyTooLarge, _too_large)
    blueprint.register_error_handler(StreamRefused, _no_stream)


def problem(status: int, code: str, detail: str, **members: Any) -> Response:
    """Return problem details of the type that ``code`` names; empty members are left out."""
    return Response(orjson.dumps(details(status, code, detail, **members)), status, content_type=CONTENT_TYPE)


def details(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """Return the members of problem details; empty ones are left out."""
    return {
        "type": TYPES + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in members.items() if value},
    }


def told_of(refused: Refused) -> dict[str, Any]:
    """Tell all refusals; the first sets the status."""
    first, *others = refused.refusals
    members = {
        **_members(first),
        "preflight": _preflight(refused),
        "further": [{"code": o.code, "detail": o.detail, **_members(o)} for o in others],
    }
    return details(STATUS[first.kind], first.code, first.detail, **members)


def _refused(refused: Refused) -> Response:
    told = told_of(refused)
    return Response(orjson.dumps(told), told["status"], content_type=CONTENT_TYPE)


def _preflight(refused: Refused) -> str | None:
    """Return where a command on the user is judged beforehand."""
    if refused.user_id is None or "tenant" not in g:
        return None
    return f"{runtime().settings.public_url}/t/{g.tenant}/api/v1/users/{refused.user_id}/preflight"


def _members(refusal: Refusal) -> dict[str, Any]:
    return {
        "guard": refusal.guard,
        "remedies": list(refusal.remedies),
        "blocking": [dict(obstacle) for obstacle in refusal.blocking],
    }


def _unauthenticated(failed: AuthenticationFailed) -> Response:
    told = problem(failed.status, (failed.error or "missing_credentials").upper(), failed.description)
    told.headers.update(failed.headers)
    return told


def _bad_request(bad: BadRequest) -> Response:
    return problem(bad.status, bad.code, bad.detail, errors=list(bad.errors))


def _not_taken_in(error: OnboardingError) -> Response:
    return problem(*FAULTS[error.fault], str(error))


def _no_stream(refused: StreamRefused) -> Response:
    told = problem(*OF_STREAMS[refused.fault], str(refused))
    if refused.retry_after is not None:
        told.headers["Retry-After"] = str(refused.retry_after)
    return told


def _too_large(error: BodyTooLarge) -> Response:
    return problem(413, "BODY_TOO_LARGE", error.description or "")
