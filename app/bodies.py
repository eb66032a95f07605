"""Read a request's body whole, or refuse it: a truncated one could have lost ``"active":false``."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

_CHUNK = 64 * 1024


class BodyTooLarge(RequestEntityTooLarge):
    """The body is larger than the limit, whatever its Content-Length says (RFC 9110 §15.5.14)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")
        self.limit = limit


def read_body(limit: int) -> bytes:
    """Return the body of the present request; raise BodyTooLarge beyond ``limit`` bytes."""
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(limit)
    stream, parts, room = request.stream, [], limit + 1
    while room > 0 and (part := stream.read(min(room, _CHUNK))):
        parts.append(part)
        room -= len(part)
    if room <= 0:
        raise BodyTooLarge(limit)
    return b"".join(parts)
