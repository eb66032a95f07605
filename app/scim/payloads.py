"""Read JSON bodies: bounded in depth, and without what a database could not keep."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, InvalidValueException

NUL = "\x00"
ESCAPE = b"\\"
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
OTHERS = bytes(byte for byte in range(256) if byte not in {*STEPS, ord('"')})


def parse(body: bytes, max_depth: int) -> dict[str, Any]:
    """Return the JSON object of a request body, or raise 400 saying where it is broken."""
    if not body:
        raise InvalidSyntaxException(detail="The request has no body; send a JSON object.")
    escapes = ESCAPE in body
    if _deeper(_unescaped(body) if escapes else body, max_depth):
        raise InvalidSyntaxException(detail=f"The request body is nested deeper than {max_depth} levels.")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidSyntaxException(detail=f"The request body is not valid JSON ({place}).") from error
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="The request body must be a JSON object.")
    if escapes and rb"\u0000" in body and _holds_nul(payload):
        raise InvalidValueException(detail="The request body contains the character U+0000, which cannot be stored.")
    return payload


def _deeper(body: bytes, limit: int) -> bool:
    """Tell whether brackets nest deeper outside of strings, without building what they hold."""
    # what is left of most strings is two quotes, which may go
    marks = body.translate(None, OTHERS).replace(b'""', b"")
    if len(marks) <= limit:
        return False
    outside = b"".join(marks.split(b'"')[::2])
    return max(accumulate(map(STEPS.__getitem__, outside), initial=0)) > limit


def _unescaped(body: bytes) -> bytes:
    return body.replace(rb"\\", b"").replace(rb"\"", b"")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(NUL in key or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
