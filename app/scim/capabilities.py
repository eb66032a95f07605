"""What this service can do, as it announces it (RFC 7643 §5): only what is built."""

from __future__ import annotations

from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Pagination,
    Patch,
    Reference,
    ServiceProviderConfig,
    Sort,
)

from app.config import Settings
from app.events.catalogue import SCIM
from app.events.streams.provisioning import ASYNC_RESPONSE
from app.events.streams.signals import SUPPORTED

BEARER = AuthenticationScheme(
    type=AuthenticationScheme.Type.oauthbearertoken,
    name="Bearer token",
    description="The token of the connection, in the Authorization header.",
    spec_uri=Reference("https://www.rfc-editor.org/info/rfc6750"),
    primary=True,
)


EVENTS = [signal for signal in SUPPORTED if signal.startswith(SCIM)]


def announced(asked_for: frozenset[str]) -> dict[str, Any]:
    """Return ``securityEvents`` where streams ask for events of SCIM (RFC 9967 §3).

    Where none does, it is left out: there are clients that refuse a document with what RFC 7643 does not know.
    """
    if not any(signal.startswith(SCIM) for signal in asked_for):
        return {}
    asynchronous = "request" if ASYNC_RESPONSE in asked_for else "none"
    return {"securityEvents": {"asyncRequest": asynchronous, "eventUris": EVENTS}}


def capabilities(settings: Settings) -> ServiceProviderConfig:
    """Return the capabilities within the limits of the settings."""
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(
            supported=True,
            max_operations=settings.bulk_max_operations,
            max_payload_size=settings.bulk_max_payload_bytes,
        ),
        filter=Filter(supported=True, max_results=settings.max_page_size),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[BEARER],
        pagination=Pagination(
            cursor=True,
            index=True,
            default_pagination_method=Pagination.DefaultPaginationMethod.index,
            default_page_size=settings.default_page_size,
            max_page_size=settings.max_page_size,
            cursor_timeout=settings.cursor_timeout_s,
        ),
    )
