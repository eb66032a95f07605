"""Clients that sign, keys to sign with, and what they send."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, Literal

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64encode
from werkzeug.test import TestResponse

from app.identity.connecting import Connected, Connecting
from app.identity.proofs import Proof
from app.lifecycle.commands import Actor
from tests.clock import START
from tests.service import ISSUER, TenantUnderTest

OPERATOR = Actor("operator", None, "test", "cli")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOW = int(START.timestamp())
NUMBERS = count(1)
ENTRA = "https://sts.windows.net/0a1b/"
AUDIENCE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
APPID = {"appid": "provisioning"}


@lru_cache
def rsa(kid: str = "one") -> RSAKey:
    """Return a key pair; making one is slow."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@lru_cache
def ec(kid: str = "curve") -> ECKey:
    """Return a key pair on a curve."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def public(*keys: RSAKey | ECKey) -> dict[str, Any]:
    """Return the JWK Set of some keys."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def signed(claims: Mapping[str, Any], key: RSAKey | ECKey | None = None, **header: Any) -> str:
    """Return a JWT; a header of None is left out."""
    key = key or rsa()
    said = {"alg": "ES256" if isinstance(key, ECKey) else "RS256", "kid": key.kid, "typ": "JWT", **header}
    said = {name: value for name, value in said.items() if value is not None}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(said, claims, key, [said["alg"]], default_type=None)


def unsigned(claims: Mapping[str, Any]) -> str:
    """Return a token with the algorithm none, which no library makes."""
    return f"{_unproven({'alg': 'none', 'typ': 'JWT'}, claims)}."


def confused(claims: Mapping[str, Any], encoding: Literal["PEM", "DER"] = "PEM") -> str:
    """Return a token with an HMAC whose secret is the public key, which no library makes either."""
    body = _unproven({"alg": "HS256", "typ": "JWT", "kid": "one"}, claims)
    secret = rsa().as_bytes(encoding=encoding, private=False)
    return f"{body}.{urlsafe_b64encode(hmac.digest(secret, body.encode(), 'sha256')).decode()}"


def _unproven(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return ".".join(urlsafe_b64encode(json.dumps(dict(part)).encode()).decode() for part in (header, claims))


@dataclass(frozen=True)
class OAuthClient:
    """A connection that buys tokens, or is known by those of its issuer."""

    tenant: TenantUnderTest
    http: FlaskClient
    connected: Connected = field(repr=False)

    @property
    def id(self) -> str:
        """Return its client_id."""
        return self.connected.connection.id

    @property
    def basic(self) -> tuple[str, str]:
        """Return what HTTP Basic carries."""
        return self.id, self.connected.token

    def ask(self, *, tenant: str = "", grant_type: str = "client_credentials", **said: Any) -> TestResponse:
        """Ask the token endpoint; ``auth`` is for the header, all else for the form."""
        auth, headers = said.pop("auth", None), said.pop("headers", None)
        path = f"/t/{tenant or self.tenant.slug}/oauth/token"
        return self.http.post(path, data={"grant_type": grant_type, **said}, auth=auth, headers=headers)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good assertion, some of them changed."""
        issuer = f"{ISSUER}/t/{self.tenant.slug}"
        jti = f"jti-{next(NUMBERS)}"
        return {"iss": self.id, "sub": self.id, "aud": issuer, "iat": NOW, "exp": NOW + 60, "jti": jti, **changed}

    def show(self, token: str, **said: Any) -> TestResponse:
        """Ask with an assertion."""
        return self.ask(client_assertion_type=ASSERTION, client_assertion=token, **said)

    def scim(self, token: str, path: str = "/Users", method: str = "GET") -> TestResponse:
        """Ask SCIM with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.open(f"/t/{self.tenant.slug}/scim/v2{path}", method=method, headers=headers)


def client_of(
    tenant: TenantUnderTest, http: FlaskClient, proof: Proof, scopes: str = "scim", name: str = ""
) -> OAuthClient:
    """Connect an identity provider that proves itself so."""
    name = name or f"client-{next(NUMBERS)}"
    connected = connecting(tenant).create(name, "entra", scopes.split(), proof)
    return OAuthClient(tenant, http, connected)


def connecting(tenant: TenantUnderTest) -> Connecting:
    """Return what manages the connections of a tenant."""
    return Connecting.of(tenant.runtime, OPERATOR, tenant.id)


def external(**changed: Any) -> Proof:
    """Return a proof by the tokens of Entra, with one inline key unless said otherwise."""
    said = {"issuer": ENTRA, "audience": AUDIENCE, "claims": APPID, "jwks": public(rsa()), **changed}
    return Proof("external-jwt", **said)


def entra_claims(**changed: Any) -> dict[str, Any]:
    """Return the claims of a token as Entra sends it, some of them changed."""
    times = {"iat": NOW, "nbf": NOW, "exp": NOW + 3599}
    return {"iss": ENTRA, "aud": AUDIENCE, "appid": "provisioning", "oid": "o", "tid": "0a1b", **times, **changed}
