"""Say what was wrong in the words of the administrator who reads it in Okta or Entra (RFC 7644 §3.12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from scim2_models import Error, InvalidSyntaxException, InvalidValueException, SCIMException

from app.lifecycle.refusals import Code, Refusal

POLICY_ERROR = "urn:scim-lifecycle:params:scim:api:messages:2.0:PolicyError"
STATUSES = {"conflict": 409, "forbidden": 403, "not_found": 404}
UNIQUENESS = frozenset({Code.USER_NAME_TAKEN, Code.EMAIL_OF_INACTIVE})

_EXPECTED = {
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "list_type": "must be an array",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
}


def unreadable(error: ValidationError) -> SCIMException:
    """Return the exception that names all that was wrong with a body, the first problem deciding its kind."""
    problems = error.errors(include_url=False)
    first = Error.from_validation_error(problems[0])
    if not problems[0]["loc"] and problems[0]["type"].startswith("model"):
        return InvalidSyntaxException(detail="The request body must be a JSON object.")
    detail = " ".join(dict.fromkeys(map(_sentence, problems[:5])))
    return SCIMException.from_error(Error(status=first.status, scim_type=first.scim_type, detail=detail))


def misread(names: Sequence[str]) -> InvalidValueException:
    """Return the exception for attributes that hold something else than a boolean."""
    listed = ", ".join(names)
    return InvalidValueException(detail=f"{listed} must be true or false, as a JSON boolean.")


def _sentence(problem: Mapping[str, Any]) -> str:
    kind, name = problem["type"], _name(problem["loc"])
    if kind.startswith("scim_"):
        return str(problem["msg"]).rstrip(".") + "."
    if kind == "extra_forbidden":
        return f"{name} is not an attribute of this resource; /Schemas lists those that are."
    if kind in {"required_error", "missing"}:
        return f"{name} is required."
    expected = _EXPECTED.get(kind)
    if expected is None:
        return Error.from_validation_error(problem).detail.rstrip(".") + "."  # type: ignore[union-attr]
    return f"{name} {expected}."


def _name(location: Sequence[str | int]) -> str:
    """Return the path of an attribute as SCIM writes it; places in arrays are counted from 1."""
    name = ""
    for part in location:
        if isinstance(part, int):
            name += f" (entry {part + 1})"
        elif "[" not in part and "(" not in part:
            name += (
                (":" if name.lower().startswith("urn:") and "." not in name.rpartition(":")[2] else ".") + part
                if name
                else part
            )
    return name or "The request body"


def refusal_error(refusal: Refusal) -> Error:
    """Return the SCIM error of a refusal; ``scimType`` keeps to the registered words."""
    scim_type = "uniqueness" if refusal.code in UNIQUENESS else None
    return Error(status=STATUSES[refusal.kind], scim_type=scim_type, detail=refusal.detail)


def refusal_body(refusals: Sequence[Refusal]) -> dict[str, Any]:
    """Return the error body of a refused command: the first sets status and detail, all are reported."""
    first = refusals[0]
    body: dict[str, Any] = refusal_error(first).model_dump()
    if first.kind == "not_found":
        return body
    body["schemas"].append(POLICY_ERROR)
    body[POLICY_ERROR] = {**_machine(first), "also": [_machine(other) for other in refusals[1:]]}
    return body


def _machine(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": str(refusal.code),
        "guard": refusal.guard,
        "blocking": [dict(entry) for entry in refusal.blocking],
        "remedies": list(refusal.remedies),
        "retryable": refusal.retryable,
    }
