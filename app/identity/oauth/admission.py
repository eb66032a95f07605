"""Let clients in, as `app.identity.authentication` does bearers of tokens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import request

from app.db.work import Work
from app.identity.authentication import SLUG
from app.identity.oauth.clients import Client, Shown, authenticated
from app.identity.oauth.metadata import issuer_of
from app.identity.oauth.refusing import invalid_client
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
    if tenant_id is None:
        raise invalid_client()
    issuer = issuer_of(here.settings.public_url, tenant)
    with here.database.reading(tenant_id) as work:
        shown = Shown(request.headers.get("Authorization"), parameters)
        yield authenticated(work, shown, issuer, here.clock.now()), work
