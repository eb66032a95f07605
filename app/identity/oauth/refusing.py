"""Refuse as OAuth says it (RFC 6749 §5.2)."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response

from app.answers import Ready
from app.bodies import BodyTooLarge
from app.identity.authentication import REALM

NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
JSON = {**NEVER_KEPT, "Content-Type": "application/json"}
BASIC = {"WWW-Authenticate": f'Basic realm="{REALM}", charset="UTF-8"'}


class OAuthRefused(Exception):  # noqa: N818
    """Carry the status, the error code and what else is told of a refusal."""

    def __init__(self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers or {}
        super().__init__(f"{status} {error}: {description}")

    def response(self) -> Response:
        """Return the answer."""
        document = {"error": self.error, "error_description": self.description}
        return answer(self.status, document, self.headers)


def install(blueprint: Blueprint) -> None:
    """Let the blueprint answer what its views refuse, a body beyond its bound included."""
    blueprint.register_error_handler(OAuthRefused, OAuthRefused.response)
    blueprint.register_error_handler(BodyTooLarge, _too_large)


def _too_large(error: BodyTooLarge) -> Response:
    return OAuthRefused(413, "invalid_request", str(error.description)).response()


def invalid_client(description: str = "The client is unknown here, or its proof is wrong.") -> OAuthRefused:
    """Refuse a client, naming the scheme of the header that it may use (RFC 6749 §5.2)."""
    return OAuthRefused(401, "invalid_client", description, BASIC)


def invalid_request(description: str) -> OAuthRefused:
    """Refuse a request that cannot be understood."""
    return OAuthRefused(400, "invalid_request", description)


def answer(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer that nobody keeps (RFC 6749 §5.1)."""
    body = orjson.dumps(document)
    if headers:
        return Response(body, status, {**NEVER_KEPT, **headers}, content_type="application/json")
    return Ready(body, status, JSON)
