"""Describe the transmitter of a tenant, and only what of it works (SSF 1.0 §7.1)."""

from flask import Response

from app.identity.publishing import known, published
from app.ssf.door import issuer
from app.ssf.words import METHODS


def show(tenant: str) -> Response:
    """Return the metadata, which everybody may read."""
    known(tenant)
    base = issuer(tenant)
    document = {
        "spec_version": "1_0",
        "issuer": base,
        "jwks_uri": f"{base}/jwks.json",
        "delivery_methods_supported": list(METHODS),
        "configuration_endpoint": f"{base}/ssf/streams",
        "status_endpoint": f"{base}/ssf/status",
        "add_subject_endpoint": f"{base}/ssf/subjects:add",
        "remove_subject_endpoint": f"{base}/ssf/subjects:remove",
        "verification_endpoint": f"{base}/ssf/verify",
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }
    return published(document, "application/json")
