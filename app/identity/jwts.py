"""Verify JSON Web Tokens strictly (RFC 7519, RFC 8725): everything that a token may be is said beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by private keys alone: with ``none`` and HMAC, whoever knows a public key could sign."""
LONGEST_TOKEN = 16 * 1024
LONGEST_JTI = 255
LEEWAY = timedelta(seconds=60)


class InvalidJwt(Exception):  # noqa: N818
    """Say why a token is refused, in words that fit a header (RFC 6750 §3)."""


class UnknownKey(InvalidJwt):
    """The token names a key that is not in the key set, which may have grown since."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must be.

    ``types`` are in lower case, None stands for a token that does not say its type; ``sole_audience`` refuses one
    meant for others too (RFC 10070); ``lifetime`` bounds how far ahead ``exp`` and how far back ``iat`` may lie;
    ``claims`` must be there, with that value unless it is None; an event (RFC 8417 §2.2) need not expire.
    """

    issuer: str
    audience: str
    types: frozenset[str | None]
    algorithms: tuple[str, ...] = ALGORITHMS
    sole_audience: bool = False
    lifetime: timedelta = timedelta(days=1)
    claims: Mapping[str, Any] | None = None
    expires: bool = True


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token claims to be, which nobody may act upon but to find its keys."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def kid(self) -> str | None:
        """Return the name of the key, None where the token names none."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def text(self, claim: str) -> str:
        """Return a claim that must be a text."""
        value = self.claims.get(claim)
        if not isinstance(value, str) or not value or "\x00" in value:
            raise InvalidJwt(f"The token has no {claim}.")
        return value


def looks_like_jwt(token: str) -> bool:
    """Tell whether a token is a compact JWS by its form: three parts, of which two begin as JSON objects do."""
    return token.startswith("ey") and token.count(".") == 2


def peek(token: str) -> Unverified:
    """Return header and claims of a token, of which nothing is proven."""
    if len(token) > LONGEST_TOKEN:
        raise InvalidJwt("The token is too large.")
    try:
        extracted = jws.extract_compact(token.encode())
        claims = orjson.loads(extracted.payload)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidJwt("The token cannot be read as a JWT.") from error
    header: Mapping[str, Any] = extracted.headers()
    if not isinstance(claims, dict):
        raise InvalidJwt("The token cannot be read as a JWT.")
    return Unverified(header, claims)


def verified(token: str, keys: KeySet, expected: Expected, now: datetime) -> Mapping[str, Any]:
    """Return the claims of a token that one of the keys proves and that is all it must be, or raise InvalidJwt."""
    shown = peek(token)
    _check_type(shown.header, expected)
    try:
        jws.deserialize_compact(token.encode(), keys, expected.algorithms)
    except InvalidKeyIdError as error:
        raise UnknownKey("The token names a key that is not known.") from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidJwt("The signature of the token is not valid.") from error
    _check_claims(shown.claims, expected, now)
    return shown.claims


def single_use(claims: Mapping[str, Any]) -> tuple[str, datetime]:
    """Return the id of a token that is good for one use, and until when it must be remembered."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or "\x00" in jti:
        raise InvalidJwt(f"The token needs a jti of 1 to {LONGEST_JTI} characters.")
    return jti, datetime.fromtimestamp(int(claims["exp"]), tz=UTC) + LEEWAY


def _check_type(header: Mapping[str, Any], expected: Expected) -> None:
    """Refuse a token of another kind, such as an event or a logout token (RFC 8725 §3.11)."""
    typ = header.get("typ")
    said = None if typ is None else str(typ).lower().removeprefix("application/")
    if said not in expected.types:
        raise InvalidJwt("The token has another typ than is expected here.")


def _check_claims(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.audience},
        exp={"essential": expected.expires},
        iat={"essential": not expected.expires},
    )
    try:
        registry.validate(dict(claims))
    except ExpiredTokenError as error:
        raise InvalidJwt("The token has expired.") from error
    except MissingClaimError as error:
        raise InvalidJwt(f"The token lacks one of iss, aud and {'exp' if expected.expires else 'iat'}.") from error
    except InvalidClaimError as error:
        raise InvalidJwt(f"The claim {error.claim} of the token is not as expected.") from error
    _check_audience(claims["aud"], expected)
    _check_lifetime(claims, expected, now)
    _check_wanted(claims, expected.claims or {})


def _check_audience(audience: Any, expected: Expected) -> None:
    if expected.sole_audience and audience not in (expected.audience, [expected.audience]):
        raise InvalidJwt("The claim aud of the token must name this issuer and nobody else.")


def _check_lifetime(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    """Refuse a token that lives too long to be worth having an end."""
    present, longest = now.timestamp(), (expected.lifetime + LEEWAY).total_seconds()
    if claims.get("exp", 0) > present + longest:
        raise InvalidJwt("The token lives too long.")
    if "iat" in claims and claims["iat"] < present - longest:
        raise InvalidJwt("The token was issued too long ago.")


def _check_wanted(claims: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if claims.get(name) is None or (value is not None and claims[name] != value):
            raise InvalidJwt(f"The claim {name} of the token is not as expected.")
