"""Answers that leave as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Ready(Response):
    """A response with a body, whose headers nothing has to be added to: its length is known, its locations are URIs."""

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        """Answer with headers that this service wrote itself; Content-Type is one of them."""
        length = ("Content-Length", str(len(body)))
        super().__init__(None, status, _Own((*headers.items(), length)), direct_passthrough=True)
        self.response = [body]

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002
        """Return the headers; what Werkzeug corrects in them is right."""
        return self.headers


class _Own(Headers):
    """Headers in which nobody else had a say, so that none has to be searched for line breaks."""

    def __init__(self, fields: tuple[tuple[str, str], ...]) -> None:
        self._list = [*fields]
