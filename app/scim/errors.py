"""Say what was wrong in the words of the administrator who reads it in Okta or Entra (RFC 7644 §3.12)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from scim2_models import Error, InvalidSyntaxException, InvalidValueException, SCIMException

from app.lifecycle.refusals import Code, Refusal, Refused
from app.scim.dialects.misread import Misread
from app.scim.wordings import worded

POLICY_ERROR = "urn:scim-lifecycle:params:scim:api:messages:2.0:PolicyError"
STATUSES = {"conflict": 409, "forbidden": 403, "not_found": 404, "invalid": 400, "stale": 412, "held": 429}
BUSY = "The service is busy; retry in a moment."
UNIQUENESS = frozenset({Code.USER_NAME_TAKEN, Code.EMAIL_OF_INACTIVE, Code.VALUE_TAKEN})

_SNAKE = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")
_EXPECTED = {
    "string_type": "must be a string",
    "string_unicode": "must be a string",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "int_parsing": "must be an integer",
    "list_type": "must be an array",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "bytes_type": "must be a base64 string",
    "base64_decode": "must be a base64 string",
    "extra_forbidden": "is not an attribute of this resource; /Schemas lists those that are",
    "required_error": "is required",
    "missing": "is required",
    "mutability_error": "cannot be asked for, since it is never read back",
    "primary_uniqueness_error": "can have one primary value only",
}
_OWN_WORDS = frozenset({"schema_error", "unknown_extension_schema"})


LONGEST = 600
"""Beyond so many characters a detail only repeats what the client sent."""


def shortened(detail: str) -> str:
    """Return a detail that fits where administrators read it."""
    return detail if len(detail) <= LONGEST else f"{detail[: LONGEST // 2]} … {detail[-LONGEST // 4 :]}"


def plain(exception: SCIMException) -> SCIMException:
    """Return the exception in our words, where it is a library's."""
    cause = exception.__cause__
    if isinstance(cause, ValidationError):
        return unreadable(cause, "The value")
    error = exception.to_error()
    error.detail = worded(str(exception), getattr(exception, "attribute", None))
    return SCIMException.from_error(error)


def unreadable(error: ValidationError, whole: str = "The request body") -> SCIMException:
    """Return the exception that names all that was wrong, the first problem deciding its kind."""
    problems = error.errors(include_url=False)
    first = Error.from_validation_error(problems[0])
    if not problems[0]["loc"] and problems[0]["type"].startswith("model"):
        return InvalidSyntaxException(detail=f"{whole} must be a JSON object.")
    detail = " ".join(dict.fromkeys(_sentence(problem, whole) for problem in problems[:5]))
    return SCIMException.from_error(Error(status=first.status, scim_type=first.scim_type, detail=detail))


def misread(found: Sequence[Misread]) -> InvalidValueException:
    """Return the exception for attributes that hold something else than their type."""
    names: dict[str, list[str]] = {}
    for each in found:
        names.setdefault(each.wanted, []).append(each.name)
    said = (f"{', '.join(listed)} must be {wanted}." for wanted, listed in names.items())
    return InvalidValueException(detail=" ".join(said))


def _sentence(problem: Mapping[str, Any], whole: str) -> str:
    kind, field = problem["type"], problem.get("ctx", {}).get("field_name")
    name = _name(problem["loc"], unknown=kind == "extra_forbidden")
    if field and name.rpartition(".")[2].lower() != field.lower():
        name += _separator(name) + field
    if name.rpartition(".")[2] == "op":
        return f"{name} must be add, remove or replace."
    if kind.startswith("scim_") or kind in _OWN_WORDS:
        sent = problem["input"]
        return worded(
            str(problem["msg"]), str(sent["path"]) if isinstance(sent, Mapping) and sent.get("path") else None
        )
    if kind.startswith(("datetime_", "timezone_")):
        return f'{name} must be a date and time, such as "2026-01-31T12:00:00Z".'
    if name.startswith(("attributes", "excludedAttributes")):
        return f"{name} must be the path of an attribute, such as userName or name.givenName."
    return f"{name or whole} {_EXPECTED.get(kind, 'does not fit; /Schemas tells what it may hold')}."


def _name(location: Sequence[str | int], *, unknown: bool) -> str:
    """Return the path of an attribute as SCIM writes it; places in arrays are counted from 1."""
    name, last = "", len(location) - 1
    for place, part in enumerate(location):
        if isinstance(part, int):
            name += f" (entry {part + 1})"
        elif unknown and place == last:
            name += _separator(name) + part
        elif "[" not in part and "(" not in part:
            name += _separator(name) + _SNAKE.sub(lambda found: found[1].upper(), part)
    return name


def _separator(name: str) -> str:
    if not name:
        return ""
    return ":" if name.lower().startswith("urn:") and "." not in name.rpartition(":")[2] else "."


def refusal_error(refusal: Refusal) -> Error:
    """Return the SCIM error of a refusal; ``scimType`` keeps to the registered words."""
    scim_type = "uniqueness" if refusal.code in UNIQUENESS else None
    return Error(status=STATUSES[refusal.kind], scim_type=scim_type, detail=shortened(refusal.detail))


def refusal_body(refused: Refused, base_url: str) -> dict[str, Any]:
    """Return the error body of a refused command: the first sets status and detail, all are reported.

    It says where the command is judged beforehand; ``base_url`` is where the tenant is served by SCIM.
    """
    first = refused.first
    body: dict[str, Any] = refusal_error(first).model_dump()
    if first.kind == "not_found":
        return body
    body["schemas"].append(POLICY_ERROR)
    body[POLICY_ERROR] = {**_machine(first), "also": [_machine(other) for other in refused.refusals[1:]]}
    if refused.user_id is not None:
        tenant = base_url.removesuffix("/scim/v2")
        body[POLICY_ERROR]["preflight"] = f"{tenant}/api/v1/users/{refused.user_id}/preflight"
    return body


def _machine(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": str(refusal.code),
        "guard": refusal.guard,
        "blocking": [dict(entry) for entry in refusal.blocking],
        "remedies": list(refusal.remedies),
        "retryable": refusal.retryable,
        **({} if refusal.retry_after is None else {"retryAfter": refusal.retry_after}),
    }
