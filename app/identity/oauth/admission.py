"""Let clients in, as `app.identity.authentication` does bearers of tokens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import cast

from flask import request

from app.db.work import Work
from app.identity.authentication import SLUG
from app.identity.oauth.clients import Client, Shown, authenticated
from app.identity.oauth.metadata import issuer_of
from app.identity.oauth.refusing import OAuthRefused, invalid_client
from app.identity.throttle import Throttled, throttle
from app.runtime import runtime


def shows_client() -> bool:
    """Tell whether the request authenticates a client in its header, rather than showing a token."""
    return request.headers.get("Authorization", "").lstrip()[:6].lower() == "basic "


@contextmanager
def client_admitted(tenant: str, parameters: Mapping[str, str]) -> Iterator[tuple[Client, Work]]:
    """Open a unit of work that reads for the client of this request, or raise OAuthRefused.

    ``parameters`` are those of the form in which the client may show itself; none leave it the header alone.
    """
    here = runtime()
    tenant_id = here.tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    counts, now = throttle(), here.clock.now()
    shown = Shown(request.headers.get("Authorization"), parameters)
    with nullcontext() if tenant_id is None else here.database.reading(tenant_id) as work:
        try:
            counts.hold_back(tenant_id, _presented(shown), now.timestamp())
            client = _counted(work, shown, issuer_of(here.settings.public_url, tenant), now)
        except Throttled as throttled:
            headers = {"Retry-After": str(throttled.retry_after)}
            raise OAuthRefused(429, "too_many_requests", str(throttled), headers) from throttled
        yield client, cast("Work", work)


def _counted(work: Work | None, shown: Shown, issuer: str, now: datetime) -> Client:
    """Authenticate, and count requests and failures."""
    counts, moment = throttle(), now.timestamp()
    try:
        if work is None:
            raise invalid_client()
        client = authenticated(work, shown, issuer, now)
    except OAuthRefused as refused:
        tenant_id = None if work is None else work.tenant_id
        if refused.status == 401 and (throttled := counts.failed(tenant_id, moment)):
            raise throttled from refused
        raise
    counts.succeeded(_presented(shown))
    counts.request(work.tenant_id, client.connection.id, moment)
    return client


def _presented(shown: Shown) -> str | None:
    """Return what is the same in each request of a client that has a secret."""
    return shown.authorization or shown.parameters.get("client_secret")
