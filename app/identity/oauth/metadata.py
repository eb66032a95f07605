"""Describe the authorization server of a tenant, and only what of it works (RFC 8414 §2)."""

from __future__ import annotations

from typing import Any

from app.identity.jwts import ALGORITHMS
from app.identity.oauth.clients import METHODS, SECRET_METHODS
from app.identity.oauth.grants import GRANT_TYPE
from app.identity.scopes import OFFERED


def issuer_of(public_url: str, tenant: str) -> str:
    """Return the issuer identifier of a tenant, which never ends in a slash."""
    return f"{public_url}/t/{tenant}"


def described(public_url: str, tenant: str) -> dict[str, Any]:
    """Return the metadata of a tenant's authorization server.

    ``response_types_supported`` is required, and empty: there is no authorization endpoint.
    """
    issuer = issuer_of(public_url, tenant)
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/jwks.json",
        "scopes_supported": sorted(OFFERED["scim"]),
        "response_types_supported": [],
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": list(METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": list(SECRET_METHODS[:1]),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "global_token_revocation_endpoint": f"{issuer}/global-token-revocation",
        "global_token_revocation_endpoint_auth_methods_supported": ["global-token-revocation+jwt"],
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": list(SECRET_METHODS[:1]),
    }
