"""Serve introspection and revocation to the host application.

The endpoints of Authlib would ask for client credentials, and answer 401 to a token type hint they do not know;
here the host application shows the same bearer token as everywhere (RFC 7662 §2.1), and hints are ignored
(RFC 7009 §2.1). A connection with a client secret asks about its own access tokens, and about nothing else.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from flask import Blueprint, Response, g, request

from app.bodies import BodyTooLarge
from app.db.prepared import Asked
from app.db.work import Work
from app.identity.authentication import AuthenticationFailed, Following, admitted, require_scope
from app.identity.oauth import grants
from app.identity.oauth.admission import client_admitted, shows_client
from app.identity.oauth.forms import form, required
from app.identity.oauth.metadata import issuer_of
from app.identity.oauth.refusing import NEVER_KEPT, OAuthRefused, answer, install, invalid_request
from app.identity.principals import Principal
from app.identity.scopes import SESSIONS
from app.identity.tokens import token_hash
from app.runtime import runtime
from app.sessions.introspection import DEAD, Issued, introspect, introspect_issued
from app.sessions.revocation import revoke

LONGEST_SECONDS = 12

blueprint = Blueprint("oauth", __name__, url_prefix="/t/<tenant>/oauth")
install(blueprint)


@blueprint.post("/introspect")
def answer_introspection(tenant: str) -> Response:
    """Tell the host application whether a session may go on, or a client of its own token (RFC 7662 §2).

    Of what the host application issued by itself, such as JWTs, it tells user and second instead of the token.
    """
    here = runtime()
    issuer, now = issuer_of(here.settings.public_url, tenant), here.clock.now()
    if shows_client():
        with client_admitted(tenant, {}) as (client, work):
            return answer(200, grants.introspected(work, _token(), issuer, now, client.connection.id))
    with _host(tenant, _foreseen) as (principal, work):
        asked = form()
        if principal.suspended:
            return answer(200, DEAD)
        if "token" not in asked and "user_id" in asked:
            return answer(200, introspect_issued(work, _issued(asked), issuer))
        token = required(asked, "token")
        about = grants.introspected if grants.is_access_token(token) else introspect
        return answer(200, about(work, token, issuer, now))


@blueprint.post("/revoke")
def answer_revocation(tenant: str) -> Response:
    """End a session at the wish of the host application; 200 says that it is over, known or not (RFC 7009 §2.2)."""
    if shows_client():
        return _revoked_by_client(tenant)
    with _host(tenant) as (principal, work):
        token = _token()
        with work.transaction():
            revoke(work, runtime().clock, principal.actor("api"), token)
    return Response(status=200, headers=NEVER_KEPT)


def _revoked_by_client(tenant: str) -> Response:
    """Take back an access token of the client that asks."""
    with client_admitted(tenant, {}) as (client, work):
        token = _token()
        with work.transaction():
            grants.revoke(work, token, runtime().clock.now(), client.connection.id)
    return Response(status=200, headers=NEVER_KEPT)


@contextmanager
def _host(tenant: str, following: Following | None = None) -> Iterator[tuple[Principal, Work]]:
    """Open a unit of work for the host application of a tenant; ``following`` says what it will read."""
    shown = request.headers.get("Authorization")
    with admitted(shown, tenant, kind="api", following=following) as (principal, work):
        g.principal = principal
        require_scope(principal, SESSIONS)
        yield principal, work


def _foreseen(work: Work) -> Asked | None:
    """Return what an introspection most likely reads; what is wrong with the form is told to those who are admitted."""
    with suppress(OAuthRefused, BodyTooLarge):
        token = form().get("token")
        return None if token is None else work.sessions.by_token(token_hash(token))
    return None


def _issued(asked: Mapping[str, str]) -> Issued:
    """Return the user and the second in which the host application issued something to it."""
    user_id, text = asked["user_id"], required(asked, "issued_at")
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_SECONDS or not user_id.isprintable():
        raise invalid_request("Send user_id, and issued_at in whole seconds since 1970.")
    return Issued(user_id, int(text))


def _token() -> str:
    return required(form(), "token")


@blueprint.errorhandler(AuthenticationFailed)
def _unauthenticated(failed: AuthenticationFailed) -> Response:
    """Refuse a caller as RFC 6750 §3 says."""
    document = {"error": failed.error or "invalid_client", "error_description": failed.description}
    return answer(failed.status, document, failed.headers)
