"""The answers of operations, their headers included, and the parameters that requests take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.scim.description.messages import FILTER, SORT_BY, SORT_ORDER, TEXT
from app.scim.description.shapes import Shape

MEDIA: Final = ("application/scim+json", "application/json")
HEADERS: Final[dict[str, Shape]] = {
    "ETag": {"description": "The version of the resource.", "schema": {"type": "string", "pattern": '^W/"[0-9]+"$'}},
    "Location": {"description": "Where the resource is.", "schema": {"type": "string", "format": "uri"}},
    "Content-Location": {"description": "Where it is.", "schema": {"type": "string", "format": "uri"}},
    "Allow": {"description": "The methods that are served here.", "schema": TEXT},
    "WWW-Authenticate": {"description": "RFC 6750 §3", "schema": {"type": "string", "pattern": "^Bearer"}},
    "Set-Txn": {"description": "The txn of the events that tell what became of it.", "schema": TEXT},
    "Preference-Applied": {"description": "RFC 7240 §3", "schema": {"const": "respond-async"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}
REFUSALS: Final[Mapping[int, tuple[str, tuple[str, ...]]]] = {
    400: ("What was sent breaks a rule, which the detail names.", ()),
    401: ("No valid token of this tenant was shown.", ("WWW-Authenticate",)),
    403: ("The scopes of the connection or the policy of the tenant forbid it.", ()),
    404: ("There is no such resource.", ()),
    405: ("The method is not served here.", ("Allow",)),
    409: ("Something else has that name, or the policy of the tenant stands in the way.", ()),
    412: ("The resource is at another version.", ()),
    413: ("The request is too large.", ()),
    415: ("The body is not JSON.", ()),
    429: ("Too many requests, or too many failures to authenticate.", ("Retry-After",)),
    501: ("This is not implemented.", ()),
    503: ("The service is busy.", ("Retry-After",)),
}
ALWAYS: Final = (401, 403, 429, 503)
BODY: Final = (400, 413, 415)
PARAMETERS: Final[dict[str, Shape]] = {
    "id": {"in": "path", "required": True, "schema": {"type": "string", "minLength": 1}},
    "filter": {"in": "query", "schema": FILTER},
    "sortBy": {"in": "query", "schema": SORT_BY},
    "sortOrder": {"in": "query", "schema": SORT_ORDER},
    "startIndex": {"in": "query", "schema": {"type": "integer"}, "description": "Below 1 it is 1."},
    "count": {"in": "query", "schema": {"type": "integer"}, "description": "Below 0 it is 0."},
    "cursor": {"in": "query", "schema": TEXT, "description": "Empty for the first page; not with startIndex."},
    "attributes": {
        "in": "query",
        "schema": {"type": "string", "format": "scim-attributes"},
        "description": "Paths with commas between; not with excludedAttributes.",
    },
    "excludedAttributes": {"in": "query", "schema": {"type": "string", "format": "scim-attributes"}},
    "If-Match": {"in": "header", "schema": TEXT, "description": "412 unless the resource is at such a version."},
    "If-None-Match": {"in": "header", "schema": TEXT, "description": "304 or 412 if it is at such a version."},
    "Prefer": {
        "in": "header",
        "schema": TEXT,
        "description": "respond-async[, wait=seconds]: be told the outcome by an event (RFC 9967 §2.5.1).",
    },
}
ASYNCHRONOUS: Final = "Prefer"
PROJECTION: Final = ("attributes", "excludedAttributes")
SEARCH: Final = ("filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", *PROJECTION)
CONDITIONS: Final = ("If-Match", "If-None-Match")


def referred(kind: str, name: str) -> Shape:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def content(schema: str) -> Shape:
    """Return a body, in either media type (RFC 7644 §3.1)."""
    return {media: {"schema": referred("schemas", schema)} for media in MEDIA}


def response(description: str, schema: str | None = None, headers: Iterable[str] = ()) -> Shape:
    """Return an answer."""
    shape: Shape = {"description": description}
    if named := list(headers):
        shape["headers"] = {name: referred("headers", name) for name in named}
    return {**shape, "content": content(schema)} if schema else shape


def refusals() -> dict[str, Shape]:
    """Return the answers that are SCIM errors, by status (RFC 7644 §3.12)."""
    told = {
        status: {name: {**HEADERS[name], "required": True} for name in named} for status, (_, named) in REFUSALS.items()
    }
    return {
        str(status): {**response(text, "Error"), **({"headers": told[status]} if told[status] else {})}
        for status, (text, _) in REFUSALS.items()
    }


def parameters() -> dict[str, Shape]:
    """Return the parameters, by name."""
    return {name: {"name": name, **shape} for name, shape in PARAMETERS.items()}


def operation(
    name: str,
    answers: Mapping[int, Shape],
    *,
    refused: Iterable[int] = (),
    asks: Iterable[str] = (),
    body: str | None = None,
) -> dict[str, Any]:
    """Return an operation, which may answer and refuse in these ways."""
    statuses = sorted({*refused, *ALWAYS, *(BODY if body else ())})
    shape: dict[str, Any] = {"operationId": name}
    asked = list(asks)
    if ASYNCHRONOUS in asked:
        later = response("Its outcome is told by an event.", headers=("Set-Txn", "Preference-Applied", "Location"))
        answers = {**answers, 202: later}
    if asked:
        shape["parameters"] = [referred("parameters", each) for each in asked]
    if body:
        shape["requestBody"] = {"required": True, "content": content(body)}
    refusing = {str(status): referred("responses", str(status)) for status in statuses}
    return {**shape, "responses": {**{str(status): each for status, each in sorted(answers.items())}, **refusing}}


def headed(get: Mapping[str, Any]) -> dict[str, Any]:
    """Return the HEAD of a GET: the same without bodies."""
    answers = {
        status: {key: item for key, item in _resolved(answer).items() if key != "content"}
        for status, answer in get["responses"].items()
    }
    return {**get, "operationId": f"{get['operationId']}Head", "responses": answers}


def _resolved(answer: Shape) -> Shape:
    return refusals()[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
