"""Say how a connection shall prove itself, and refuse what would prove nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import orjson

from app.db.records import Trust
from app.db.sign_ons import SignOn
from app.identity.jwts import ALGORITHMS
from app.identity.key_sets import checked_keys
from app.identity.terms import invalid
from app.identity.trusting import ASSERTING, EXTERNAL, TRANSMITTING
from app.outbound import DestinationRefusedError, Destinations

Auth: TypeAlias = Literal["token", "client-secret", "private-key-jwt", "external-jwt", "transmitter"]
AUTHS: tuple[Auth, ...] = get_args(Auth)
EXTERNAL_ALGORITHMS = ("RS256",)


@dataclass(frozen=True, slots=True)
class Proof:
    """What is said of a connection's proof; ``jwks`` is a JWK Set, ``claims`` what an issuer's token must say."""

    auth: Auth = "token"
    issuer: str | None = None
    audience: str | None = None
    algorithms: tuple[str, ...] = ()
    claims: Mapping[str, Any] | None = None
    jwks: Any = None
    jwks_uri: str | None = None

    def trust(self, connection_id: str, destinations: Destinations) -> Trust | None:
        """Return what is trusted of a connection, None where it shows a secret; raise OnboardingError."""
        if self.auth not in {ASSERTING, EXTERNAL, TRANSMITTING}:
            self._need_nothing()
            return None
        external = self.auth != ASSERTING
        self._check_issuer(external=external)
        trust = Trust(
            connection_id=connection_id,
            issuer=(self.issuer if external else connection_id) or "",
            audience=self.audience or "",
            algorithms=" ".join(self._algorithms(external=external)),
            required_claims=orjson.dumps(dict(self.claims or {})).decode(),
        )
        return replaced_keys(trust, self.jwks, self.jwks_uri, destinations)

    def _need_nothing(self) -> None:
        if any((self.issuer, self.audience, self.algorithms, self.claims, self.jwks, self.jwks_uri)):
            raise invalid(
                f"Keys, issuer and claims belong to {ASSERTING}, {EXTERNAL} and {TRANSMITTING}, not {self.auth}."
            )

    def _check_issuer(self, *, external: bool) -> None:
        """Refuse an issuer that speaks for many clients, unless a claim tells which one is meant."""
        if not external and any((self.issuer, self.audience, self.claims)):
            raise invalid(f"A client that signs for itself ({ASSERTING}) needs no issuer, audience or claims.")
        if external and not (self.issuer and self.audience):
            raise invalid(f"Name the issuer and the audience of the tokens ({self.auth}).")
        if self.auth == EXTERNAL and not self.claims:
            raise invalid("Name a claim that only this client's tokens have, such as appid, azp or sub, and its value.")

    def _algorithms(self, *, external: bool) -> tuple[str, ...]:
        chosen = self.algorithms or (EXTERNAL_ALGORITHMS if external else ALGORITHMS)
        if not set(chosen) <= set(ALGORITHMS):
            raise invalid(f"The algorithms to choose from are: {', '.join(ALGORITHMS)}.")
        return chosen


@dataclass(frozen=True, slots=True)
class SignOnWish:
    """What is said of the single sign-on of a connection; ``client_id`` is what the issuer calls us."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...] = EXTERNAL_ALGORITHMS
    jwks: Any = None
    jwks_uri: str | None = None

    def sign_on(self, connection_id: str, destinations: Destinations) -> SignOn:
        """Return what is kept of it; raise OnboardingError."""
        if not self.issuer or not self.client_id:
            raise invalid("Name the issuer, and the client id that it knows this application by.")
        if not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            raise invalid(f"The algorithms to choose from are: {', '.join(ALGORITHMS)}.")
        jwks, jwks_uri = keys_given(self.jwks, self.jwks_uri, destinations)
        return SignOn(connection_id, self.issuer, self.client_id, " ".join(self.algorithms), jwks, jwks_uri)


def replaced_keys(trust: Trust, jwks: Any, jwks_uri: str | None, destinations: Destinations) -> Trust:
    """Return a trust with other keys, named by themselves or by the address that publishes them."""
    inline, published = keys_given(jwks, jwks_uri, destinations)
    return replace(trust, jwks=inline, jwks_uri=published)


def keys_given(jwks: Any, jwks_uri: str | None, destinations: Destinations) -> tuple[str | None, str | None]:
    """Return the keys as text, or the address that publishes them: one of both has to be given."""
    if (jwks is None) == (jwks_uri is None):
        raise invalid("Name either the keys themselves (jwks) or the address that publishes them (jwks_uri).")
    return _checked(jwks), _reachable(jwks_uri, destinations)


def _checked(jwks: Any) -> str | None:
    if jwks is None:
        return None
    try:
        checked_keys(jwks)
    except ValueError as error:
        raise invalid(f"The jwks {error}.") from error
    return orjson.dumps(jwks).decode()


def _reachable(uri: str | None, destinations: Destinations) -> str | None:
    if uri is None:
        return None
    try:
        destinations.read(uri)
    except DestinationRefusedError as error:
        raise invalid(f"The jwks_uri cannot be used: {error}") from error
    return uri
