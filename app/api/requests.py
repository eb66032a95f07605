"""Read what a request says, strictly, and name the place where it goes wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.door import NUL
from app.api.problems import BadRequest
from app.bodies import read_body
from app.runtime import runtime

MAX_BODY_BYTES = 64 * 1024


class Said(BaseModel):
    """What a request may say, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


S = TypeVar("S", bound=Said)


def said_in_body(model: type[S], most: int = MAX_BODY_BYTES) -> S:
    """Return the JSON object of the body, of so many bytes at most; no body at all says nothing."""
    body = read_body(min(most, runtime().settings.max_body_bytes))
    return _validated(model, _object(body) if body else {})


def said_in_query(model: type[S]) -> S:
    """Return the parameters of the query."""
    said = request.args.to_dict()
    errors = tuple({"field": name, "detail": "must not hold U+0000"} for name, text in said.items() if NUL in text)
    if errors:
        raise _invalid(errors)
    return _validated(model, said)


def _object(body: bytes) -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise BadRequest(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json.")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(400, "MALFORMED_JSON", f"The body is not valid JSON at {place}.") from error
    if not isinstance(document, dict):
        raise BadRequest(400, "MALFORMED_JSON", "The body must be one JSON object.")
    return document


def _validated(model: type[S], document: Mapping[str, Any]) -> S:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        errors = tuple(_explained(item) for item in error.errors(include_url=False, include_input=False))
        raise _invalid(errors) from error


def _invalid(errors: tuple[Mapping[str, str], ...]) -> BadRequest:
    detail = " ".join(f"{item['field']} {item['detail']}." for item in errors)
    return BadRequest(400, "INVALID_REQUEST", detail, errors)


_SENTENCES = {
    "extra_forbidden": "is not a field of this request",
    "literal_error": "must be {expected}",
    "missing": "must be given",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "has characters or a form that is not allowed",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "value_error": "{error}",
}


def _explained(item: Mapping[str, Any]) -> dict[str, str]:
    sentence = _SENTENCES.get(item["type"], "is not accepted").format(**item.get("ctx", {}))
    return {"field": ".".join(str(part) for part in item["loc"]), "detail": sentence}
