"""Recognise connections by JWTs: those of an issuer they trust, and those they sign themselves to authenticate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from flask import current_app
from joserfc.jwk import KeySet

from app.db.records import Trust, Trusted
from app.db.sign_ons import SignOn
from app.db.work import Work
from app.identity.jwts import ALGORITHMS, Expected, InvalidJwt, Unverified, peek, single_use, verified
from app.identity.key_sets import KeySets, usable_keys

EXTENSION = "scim-lifecycle-key-sets"
EXTERNAL = "external-jwt"
ASSERTING = "private-key-jwt"
TRANSMITTING = "transmitter"
ACCESS_TYPES = frozenset({None, "jwt", "at+jwt"})
ASSERTION_TYPES = frozenset({None, "jwt", "client-authentication+jwt"})
ASSERTION_LIFETIME = timedelta(minutes=5)
EVENT_TYPES: frozenset[str | None] = frozenset({"secevent+jwt"})
EVENT_LIFETIME = timedelta(days=7)
UNKNOWN = "The token is not one of this tenant's connections."


def key_sets() -> KeySets:
    """Return the key sets that this process remembers."""
    found: KeySets = current_app.extensions[EXTENSION]
    return found


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client that has proven itself by a JWT, which must not be used again."""

    trusted: Trusted
    jti: str
    until: datetime


def external(work: Work, token: str, now: datetime) -> Trusted:
    """Return the connection that an access token of a trusted issuer belongs to, or raise InvalidJwt."""
    shown = peek(token)
    failure = InvalidJwt(UNKNOWN)
    for trusted in _trusting(work, shown.text("iss"), EXTERNAL):
        try:
            verified(token, keys_of(trusted.trust, shown), _expected(trusted.trust), now)
        except InvalidJwt as invalid:
            failure = invalid
        else:
            return trusted
    raise failure


def assertion(work: Work, token: str, issuer: str, now: datetime) -> Assertion:
    """Return the client that signed an assertion for our issuer (RFC 7523 §3, RFC 10070), or raise InvalidJwt."""
    shown = peek(token)
    client_id = shown.text("sub")
    for trusted in _trusting(work, client_id, ASSERTING):
        expected = Expected(
            issuer=client_id,
            audience=issuer,
            types=ASSERTION_TYPES,
            algorithms=tuple(trusted.trust.algorithms.split()),
            sole_audience=True,
            lifetime=ASSERTION_LIFETIME,
        )
        claims = verified(token, keys_of(trusted.trust, shown), expected, now)
        return Assertion(trusted, *single_use(claims))
    raise InvalidJwt(UNKNOWN)


def transmitted(work: Work, token: str, now: datetime) -> tuple[Trusted, Mapping[str, Any]]:
    """Return the transmitter of a security event token, and its claims (RFC 8417 §2.2), or raise InvalidJwt."""
    shown = peek(token)
    failure = InvalidJwt("No transmitter of that issuer is trusted here.")
    for trusted in _trusting(work, shown.text("iss"), TRANSMITTING):
        trust = trusted.trust
        expected = Expected(
            trust.issuer,
            trust.audience,
            EVENT_TYPES,
            algorithms=tuple(trust.algorithms.split()),
            lifetime=EVENT_LIFETIME,
            claims=orjson.loads(trust.required_claims),
            expires=False,
        )
        try:
            return trusted, verified(token, keys_of(trust, shown), expected, now)
        except InvalidJwt as invalid:
            failure = invalid
    raise failure


def _trusting(work: Work, issuer: str, auth: str) -> list[Trusted]:
    """Return the connections to be asked about an issuer; what is over for good asks nobody for keys."""
    found = work.trusts.of_issuer(issuer)
    return [trusted for trusted in found if trusted.connection.auth == auth and not trusted.connection.revoked_at]


def _expected(trust: Trust) -> Expected:
    claims: Mapping[str, Any] = orjson.loads(trust.required_claims)
    algorithms = tuple(trust.algorithms.split())
    return Expected(trust.issuer, trust.audience, ACCESS_TYPES, algorithms=algorithms, claims=claims)


def keys_of(trust: Trust | SignOn, shown: Unverified) -> KeySet:
    """Return the keys of whom we trust: those given with it, or those it publishes."""
    if shown.header.get("alg") not in ALGORITHMS:
        raise InvalidJwt("The signature of the token is not valid.")
    if trust.jwks_uri:
        return key_sets().of(trust.jwks_uri, shown.kid)
    return _given(trust.jwks or "{}")


@lru_cache(maxsize=256)
def _given(jwks: str) -> KeySet:
    return usable_keys(orjson.loads(jwks))
