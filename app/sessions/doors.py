"""Let identity providers end sessions: Global Token Revocation and OpenID Connect Back-Channel Logout 1.0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, cast

import orjson
from flask import Blueprint, Response, g, request

from app.bodies import read_body
from app.db.sign_ons import SignOn
from app.db.work import Work
from app.identity import logout_tokens
from app.identity.authentication import SLUG, AuthenticationFailed, admitted, require_scope
from app.identity.jwts import Expected, InvalidJwt, looks_like_jwt
from app.identity.key_sets import KeysUnavailable
from app.identity.oauth.forms import form, required
from app.identity.oauth.metadata import issuer_of
from app.identity.oauth.refusing import NEVER_KEPT, OAuthRefused, answer, install, invalid_request
from app.identity.scopes import SESSIONS
from app.identity.sign_on import Demand, Vouched, demanding, vouched
from app.identity.throttle import Throttled, throttle
from app.runtime import runtime
from app.sessions.logouts import UnclearSubject, log_out, named, revoke_everything, speaker

MAX_BODY_BYTES = 16 * 1024
REVOCATION_TYPES: frozenset[str | None] = frozenset({"global-token-revocation+jwt"})
LOGOUT_TYPES: frozenset[str | None] = frozenset({None, "jwt", logout_tokens.TYP})
"""Most providers send logout tokens that do not say their type."""

blueprint = Blueprint("logouts", __name__, url_prefix="/t/<tenant>")
install(blueprint)


@blueprint.post("/global-token-revocation")
def revoke(tenant: str) -> Response:
    """End every session and token of a user, at the word of its identity provider or of the host application."""
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    if not looks_like_jwt(token):
        with admitted(request.headers.get("Authorization"), tenant, kind="api") as (principal, work):
            g.principal = principal
            require_scope(principal, SESSIONS)
            users = _named(work, None)
            actor = principal.actor("api")
            work.transact(partial(revoke_everything, work, runtime().clock, actor, users), runtime().wait)
        return _revoked(users)
    try:
        with _speaking(tenant, token, _revocation(tenant)) as (proof, work):
            users = _named(work, proof.sign_on)
            work.transact(partial(_revoke, work, proof, users), runtime().wait)
    except InvalidJwt as invalid:
        raise AuthenticationFailed(401, "invalid_token", str(invalid)) from invalid
    return _revoked(users)


@blueprint.post("/backchannel-logout")
def log_out_there(tenant: str) -> Response:
    """End the sessions that ended at the identity provider (Back-Channel Logout 1.0 §2.5)."""
    token = required(form(), "logout_token")
    try:
        with _speaking(tenant, token, _logout) as (proof, work):
            logout_tokens.check(proof.claims)
            work.transact(partial(_log_out, work, proof), runtime().wait)
    except InvalidJwt as invalid:
        raise invalid_request(str(invalid)) from invalid
    return Response(status=200, headers=NEVER_KEPT)


def _revoke(work: Work, proof: Vouched, users: list[str]) -> None:
    proof.claim(work)
    revoke_everything(work, runtime().clock, speaker(work, proof.sign_on), users)


def _log_out(work: Work, proof: Vouched) -> None:
    proof.claim(work)
    log_out(work, runtime().clock, proof)


def _revocation(tenant: str) -> Demand:
    """Demand of a token that it is meant for this very address, and comes from the client that is known there."""
    endpoint = f"{issuer_of(runtime().settings.public_url, tenant)}/global-token-revocation"

    def demand(sign_on: SignOn) -> Expected:
        return demanding(sign_on, endpoint, REVOCATION_TYPES, {"sub": sign_on.client_id})

    return demand


def _logout(sign_on: SignOn) -> Expected:
    return demanding(sign_on, sign_on.client_id, LOGOUT_TYPES, {})


@contextmanager
def _speaking(tenant: str, token: str, demand: Demand) -> Iterator[tuple[Vouched, Work]]:
    """Open a unit of work that reads for an identity provider of the tenant, or raise InvalidJwt."""
    here = runtime()
    tenant_id = here.tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    counts, now = throttle(), here.clock.now()
    try:
        counts.hold_back(tenant_id, None, now.timestamp())
        with nullcontext() if tenant_id is None else here.database.reading(tenant_id) as work:
            yield vouched(work, token, demand, now), cast("Work", work)
    except InvalidJwt as invalid:
        if throttled := counts.failed(tenant_id, now.timestamp()):
            raise _too_fast(throttled) from invalid
        raise
    except Throttled as throttled:
        raise _too_fast(throttled) from throttled
    except KeysUnavailable as error:
        description = "The keys of the issuer of this token cannot be fetched now; retry in a minute."
        raise OAuthRefused(503, "temporarily_unavailable", description, {"Retry-After": "60"}) from error


def _too_fast(throttled: Throttled) -> OAuthRefused:
    return OAuthRefused(429, "too_many_requests", str(throttled), {"Retry-After": str(throttled.retry_after)})


def _named(work: Work, sign_on: SignOn | None) -> list[str]:
    """Return whom the body names; drafts before the third said ``subject``."""
    said = _body()
    try:
        return named(work, said.get("sub_id", said.get("subject")), sign_on)
    except UnclearSubject as unclear:
        raise invalid_request(str(unclear)) from unclear


def _body() -> Mapping[str, Any]:
    try:
        document = orjson.loads(read_body(MAX_BODY_BYTES))
    except orjson.JSONDecodeError as error:
        raise invalid_request("Send a JSON object with sub_id.") from error
    if not isinstance(document, dict):
        raise invalid_request("Send a JSON object with sub_id.")
    return document


def _revoked(users: list[str]) -> Response:
    if not users:
        raise OAuthRefused(404, "unknown_user", "There is no such user.")
    return Response(status=204, headers=NEVER_KEPT)


@blueprint.errorhandler(AuthenticationFailed)
def _unauthenticated(failed: AuthenticationFailed) -> Response:
    document = {"error": failed.error or "missing_credentials", "error_description": failed.description}
    return answer(failed.status, document, failed.headers)
