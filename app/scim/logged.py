"""Tell the logbook of a request: what was asked and answered, in ids and names of attributes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any

import orjson
from uuid_utils import uuid7
from werkzeug.wrappers import Request as Asked
from werkzeug.wrappers import Response

from app.db.request_log import Request
from app.identity.authentication import SLUG
from app.identity.logbook import logbook
from app.runtime import runtime
from app.scim.errors import POLICY_ERROR

HIDDEN = "…"
PARAMETERS = ("filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNAUTHENTICATED = 401
LEAST_ERROR = 400
LEAST_HIDDEN = 3
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\S*@\S*")
_COMPARED = re.compile(r"\b(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+([^\s)\]]+)", re.IGNORECASE)
_NAMING = frozenset({"path", "op", "schemas", "method"})
"""Members of a body whose values name attributes and operations, and nobody."""


def note(asked: Asked, about: Any, tenant: str, route: str, response: Response) -> None:
    """Note a request, unless it is of a stranger who has not even been looked at."""
    book, principal = logbook(), about.get("principal")
    if not book.keeps or (principal is None and response.status_code != UNAUTHENTICATED):
        return
    here = runtime()
    tenant_id = principal.tenant_id if principal else here.tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    if tenant_id is None:
        return
    now = here.clock.now()
    _, _, id_ = about.asked_path.strip("/").partition("/")
    subject = id_ if _ID.fullmatch(id_) else _created(response)
    path, wrong = _path(route, subject if id_ else None), response.status_code >= LEAST_ERROR
    error, detail, remedies = _refusal(response, about, asked, path) if wrong else (None, None, None)
    tolerances = about.get("tolerances")
    book.note(
        tenant_id,
        Request(
            id=str(uuid7(nanoseconds=round(now.timestamp() * 1e9))),
            at=now,
            connection_id=principal.connection_id if principal else None,
            method=asked.method if asked.method in METHODS else "other",
            path=path,
            query=" ".join(each for each in PARAMETERS if each in asked.args) if asked.query_string else "",
            subject_id=subject,
            status=response.status_code,
            duration_ms=round((perf_counter() - about.started) * 1000),
            tolerances=" ".join(sorted(set(tolerances))) if tolerances else "",
            error=error,
            detail=detail,
            remedies=remedies,
        ),
    )


def redacted(detail: str, sent: Any) -> str:
    """Return a detail without anything that is quoted, looks like an address, or was sent as a value."""
    detail = _QUOTED.sub(HIDDEN, detail)
    for value in sorted(set(_values(sent)), key=len, reverse=True):
        detail = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, detail, flags=re.IGNORECASE)
    return detail


def _path(route: str, subject: str | None) -> str:
    """Return the route below the base of SCIM; an id stands in it only if it is one of ours."""
    path = route.partition("/scim/v2")[2]
    return path.replace("<id>", subject) if subject else path


def _created(response: Response) -> str | None:
    """Return what was created."""
    if response.status_code != 201:
        return None
    id_ = response.headers.get("Location", "").rpartition("/")[2]
    return id_ if _ID.fullmatch(id_) else None


def _refusal(response: Response, about: Any, asked: Asked, path: str) -> tuple[str | None, str | None, str | None]:
    """Return the code, the redacted detail and the remedies of an error."""
    try:
        body = orjson.loads(response.get_data())
    except orjson.JSONDecodeError:
        return None, None, None
    rule: Mapping[str, Any] = body.get(POLICY_ERROR) or {}
    sent: list[Any] = [part for part in about.asked_path.split("/") if part and part not in path]
    sent += _COMPARED.findall(" ".join(asked.args.values()))
    with suppress(orjson.JSONDecodeError):
        sent.append(orjson.loads(about.get("body") or b"null"))
    remedies = orjson.dumps(rule["remedies"]).decode() if rule.get("remedies") else None
    return rule.get("code") or body.get("scimType"), redacted(body.get("detail") or "", sent), remedies


def _values(sent: Any) -> Iterator[str]:
    """Yield the texts in what was sent, but for those that name attributes."""
    if isinstance(sent, Mapping):
        for name, value in sent.items():
            if name.lower() not in _NAMING:
                yield from _values(value)
    elif isinstance(sent, list):
        for each in sent:
            yield from _values(each)
    elif isinstance(sent, str) and len(sent.strip()) >= LEAST_HIDDEN:
        yield sent.strip()
