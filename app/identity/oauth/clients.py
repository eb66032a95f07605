"""Authenticate a client: by its secret (RFC 6749 §2.3.1), or by a JWT that it signed (RFC 7523 §2.2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from app.db.records import Connection, Holder
from app.db.work import Work
from app.identity.jwts import InvalidJwt
from app.identity.key_sets import KeysUnavailable
from app.identity.oauth.refusing import OAuthRefused, invalid_client, invalid_request
from app.identity.tokens import token_hash
from app.identity.trusting import assertion

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
METHODS = (*SECRET_METHODS, "private_key_jwt")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of its client."""

    authorization: str | None
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Client:
    """A connection that has proven itself; the ``jti`` of what it signed for that must not be seen again."""

    connection: Connection
    jti: str | None = None
    until: datetime | None = None

    def claim(self, work: Work) -> None:
        """Use up the proof, in the transaction that it serves (RFC 7523 §3, rule 7)."""
        if self.jti is not None and self.until is not None and not self._is_new(work, self.jti, self.until):
            raise invalid_client("The jti of the assertion was used before; sign a new one for each request.")

    def _is_new(self, work: Work, jti: str, until: datetime) -> bool:
        return work.seen_jtis.add(self.connection.id, jti, until)


def authenticated(work: Work, shown: Shown, issuer: str, now: datetime) -> Client:
    """Return the client of a request, or raise OAuthRefused; a client shows itself one way only (RFC 6749 §2.3)."""
    parameters = shown.parameters
    basic = shown.authorization is not None
    ways = (basic, "client_secret" in parameters, "client_assertion" in parameters)
    if sum(ways) > 1:
        raise invalid_request("Authenticate the client in one way only.")
    if "client_assertion" in parameters:
        return _by_assertion(work, parameters, issuer, now)
    client_id, secret = _basic(shown.authorization or "") if basic else _posted(parameters)
    if basic and parameters.get("client_id", client_id) != client_id:
        raise invalid_request("The client_id of the form is not that of the Authorization header.")
    return Client(_by_secret(work, client_id, secret, now))


def _basic(authorization: str) -> tuple[str, str]:
    """Read id and secret, which are encoded like a form before they are joined (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("Authenticate the client with the scheme Basic, or in the form.")
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise invalid_client("The Authorization header holds no client_id:client_secret in Base64.") from error
    if not colon:
        raise invalid_client("The Authorization header holds no client_id:client_secret in Base64.")
    return unquote_plus(client_id), unquote_plus(secret)


def _posted(parameters: Mapping[str, str]) -> tuple[str, str]:
    if "client_id" not in parameters or "client_secret" not in parameters:
        raise invalid_client("Authenticate the client: HTTP Basic, client_secret, or client_assertion.")
    return parameters["client_id"], parameters["client_secret"]


def _by_secret(work: Work, client_id: str, secret: str, now: datetime) -> Connection:
    holder = work.credentials.holder(token_hash(secret))
    if holder is None or not _is_secret_of(holder, client_id, now):
        raise invalid_client()
    connection = work.connections.get(client_id)
    if connection is None:
        raise invalid_client()
    return connection


def _is_secret_of(holder: Holder, client_id: str, now: datetime) -> bool:
    credential = holder.credential
    expired = credential.expires_at is not None and credential.expires_at <= now
    over = expired or credential.revoked_at or holder.connection_revoked_at
    return credential.kind == "secret" and credential.connection_id == client_id and not over


def _by_assertion(work: Work, parameters: Mapping[str, str], issuer: str, now: datetime) -> Client:
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_request(f"Send client_assertion_type={ASSERTION_TYPE}.")
    try:
        proven = assertion(work, parameters["client_assertion"], issuer, now)
    except InvalidJwt as invalid:
        raise invalid_client(str(invalid)) from invalid
    except KeysUnavailable as error:
        description = "The keys of this client cannot be fetched now; retry in a minute."
        raise OAuthRefused(503, "temporarily_unavailable", description, {"Retry-After": "60"}) from error
    connection = proven.trusted.connection
    if parameters.get("client_id", connection.id) != connection.id:
        raise invalid_client("The client_id of the form is not the sub of the assertion.")
    return Client(connection, proven.jti, proven.until)
