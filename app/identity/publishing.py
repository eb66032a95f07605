"""Publish what everybody may read of a tenant."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, abort, request

from app.identity.authentication import SLUG
from app.identity.signing import MAX_AGE
from app.runtime import runtime


def known(tenant: str) -> int:
    """Return the id of a tenant, or answer 404."""
    tenant_id = runtime().tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    if tenant_id is None:
        abort(404)
    return tenant_id


def published(document: Mapping[str, Any], content_type: str) -> Response:
    """Return what everybody may read and keep for a while."""
    body = orjson.dumps(document)
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = f"public, max-age={int(MAX_AGE.total_seconds())}"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response
