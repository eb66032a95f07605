"""Read JSON bodies: bounded in depth, and without what a database could not keep."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, InvalidValueException

NUL = "\x00"
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
OTHERS = bytes(byte for byte in range(256) if byte not in STEPS)


def parse(body: bytes, max_depth: int) -> dict[str, Any]:
    """Return the JSON object of a request body, or raise 400 saying where it is broken."""
    if not body:
        raise InvalidSyntaxException(detail="The request has no body; send a JSON object.")
    if _may_be_deep(body, max_depth) and _depth(body) > max_depth:
        raise InvalidSyntaxException(detail=f"The request body is nested deeper than {max_depth} levels.")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidSyntaxException(detail=f"The request body is not valid JSON ({place}).") from error
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="The request body must be a JSON object.")
    if rb"\u0000" in body and _holds_nul(payload):
        raise InvalidValueException(detail="The request body contains the character U+0000, which cannot be stored.")
    return payload


def _may_be_deep(body: bytes, max_depth: int) -> bool:
    return body.count(b"[") + body.count(b"{") > max_depth


def _depth(body: bytes) -> int:
    """Return how deep brackets nest outside of strings, without building what they hold."""
    outside = b"".join(_unescaped(body).split(b'"')[::2])
    return max(accumulate(map(STEPS.__getitem__, outside.translate(None, OTHERS)), initial=0))


def _unescaped(body: bytes) -> bytes:
    return body.replace(rb"\\", b"").replace(rb"\"", b"")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(NUL in key or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
