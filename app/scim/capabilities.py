"""What this service can do, as it announces it (RFC 7643 §5): only what is built."""

from __future__ import annotations

from typing import Annotated

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Pagination,
    Patch,
    Reference,
    ServiceProviderConfig,
    Sort,
)

from app.config import Settings
from app.events.catalogue import SCIM
from app.events.streams.signals import SUPPORTED

BEARER = AuthenticationScheme(
    type=AuthenticationScheme.Type.oauthbearertoken,
    name="Bearer token",
    description="The token of the connection, in the Authorization header.",
    spec_uri=Reference("https://www.rfc-editor.org/info/rfc6750"),
    primary=True,
)


class SecurityEvents(ComplexAttribute):
    """Which events streams can be told, and whether requests may be answered before they are over (RFC 9967 §3)."""

    async_request: Annotated[str | None, Mutability.read_only] = None
    event_uris: Annotated[list[str] | None, Mutability.read_only] = None


class Capabilities(ServiceProviderConfig):
    """What RFC 7643 §5 announces, and RFC 9967 beside it."""

    security_events: Annotated[SecurityEvents | None, Mutability.read_only] = None


EVENTS = SecurityEvents(async_request="none", event_uris=[signal for signal in SUPPORTED if signal.startswith(SCIM)])
"""A tenant without a stream that would tell of it has no asynchronous requests; see `Handler`."""


def capabilities(settings: Settings) -> Capabilities:
    """Return the capabilities within the limits of the settings."""
    return Capabilities(
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
        security_events=EVENTS,
    )
