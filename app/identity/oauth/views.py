"""Serve what the world reads of a tenant's authorization server."""

import hashlib

import orjson
from flask import Blueprint, Response, abort, request

from app.identity.authentication import SLUG
from app.identity.signing import MAX_AGE, Signing
from app.runtime import runtime

blueprint = Blueprint("authorization", __name__)


@blueprint.get("/t/<tenant>/jwks.json")
def show_keys(tenant: str) -> Response:
    """Return the public keys of a tenant (RFC 7517 §5)."""
    here = runtime()
    tenant_id = here.tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    if tenant_id is None:
        abort(404)
    body = orjson.dumps(Signing.of(here).jwks(tenant_id))
    response = Response(body, content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = f"public, max-age={int(MAX_AGE.total_seconds())}"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response
