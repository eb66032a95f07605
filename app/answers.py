"""Answers that leave as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Ready(Response):
    """A response with a body, whose headers nothing has to be added to: its length is known, its locations are URIs."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002
        """Return the headers; what Werkzeug corrects in them is right."""
        return self.headers
