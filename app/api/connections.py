"""Create, list, renew and revoke the connections of identity providers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeAlias

import orjson
from flask import Response
from pydantic import Field, StringConstraints

from app.api.door import answer, caller
from app.api.requests import Said, said_in_body
from app.db.records import Connection, Credential, Trust
from app.db.sign_ons import SignOn
from app.identity.connecting import CONNECTION_SCOPES, LONGEST_OVERLAP, Connected, Connecting, Overview
from app.identity.proofs import EXTERNAL_ALGORITHMS, Auth, Proof, SignOnWish
from app.identity.scopes import CONNECTIONS
from app.lifecycle.clock import iso
from app.runtime import runtime

Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[^\x00-\x1f\x7f]+$")]
Lifetime: TypeAlias = Annotated[int, Field(ge=60, le=3660 * 86_400)]
Claim: TypeAlias = str | int | bool


class NewConnection(Said):
    """A connection as it is asked for; ``expires_in`` is in seconds."""

    name: str
    dialect: str = "strict"
    scopes: list[str] = Field(default=sorted(CONNECTION_SCOPES), min_length=1)
    auth: Auth = "token"
    issuer: Text | None = None
    audience: Text | None = None
    algorithms: list[str] = Field(default=[])
    claims: dict[str, Claim] | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: Text | None = None
    expires_in: Lifetime | None = None

    def proof(self) -> Proof:
        """Return how it shall prove itself."""
        return Proof(
            self.auth, self.issuer, self.audience, tuple(self.algorithms), self.claims, self.jwks, self.jwks_uri
        )


class Rotation(Said):
    """How a secret is renewed: both in seconds."""

    overlap: Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = 0
    expires_in: Lifetime | None = None


class Scopes(Said):
    """What a connection shall be allowed."""

    scopes: list[str]


class Bound(Said):
    """Whom a connection shall stand for."""

    user_id: Text


class Keys(Said):
    """The public keys of a connection, or where they are published."""

    jwks: dict[str, Any] | None = None
    jwks_uri: Text | None = None


class SingleSignOn(Keys):
    """Where the users of a connection sign in: the issuer, and what it calls the host application."""

    issuer: Text
    client_id: Text
    algorithms: list[str] = Field(default=list(EXTERNAL_ALGORITHMS), min_length=1)

    def wish(self) -> SignOnWish:
        """Return the same in the words of the connection."""
        return SignOnWish(self.issuer, self.client_id, tuple(self.algorithms), self.jwks, self.jwks_uri)


def create() -> Response:
    """Create a connection; its token or client secret is in this answer, and in no other."""
    connections, said = _connecting(), said_in_body(NewConnection)
    connected = connections.create(said.name, said.dialect, said.scopes, said.proof(), _seconds(said.expires_in))
    return answer(201, _created(connected))


def of_tenant() -> Response:
    """Return the connections, the oldest first."""
    return answer(200, {"connections": [_shown(connection) for connection in _connecting().all()]})


def show(connection_id: str) -> Response:
    """Return a connection, what it proves itself by, and when that was last used."""
    return answer(200, _overview(_connecting().overview(connection_id)))


def rotate(connection_id: str) -> Response:
    """Give a connection a new token or client secret, beside which the old one may work for a while."""
    connections, said = _connecting(), said_in_body(Rotation)
    overlap = timedelta(seconds=said.overlap)
    return answer(200, _created(connections.rotate(connection_id, overlap, _seconds(said.expires_in))))


def rescope(connection_id: str) -> Response:
    """Change what a connection may do."""
    connections, said = _connecting(), said_in_body(Scopes)
    return answer(200, _shown(connections.rescope(connection_id, said.scopes)))


def bind(connection_id: str) -> Response:
    """Let a connection stand for a user."""
    connections, said = _connecting(), said_in_body(Bound)
    return answer(200, _shown(connections.bind(connection_id, said.user_id)))


def unbind(connection_id: str) -> Response:
    """Let a connection stand for nobody."""
    _connecting().bind(connection_id, None)
    return Response(status=204)


def replace_keys(connection_id: str) -> Response:
    """Trust other keys of a connection, and its old ones no longer."""
    connections, said = _connecting(), said_in_body(Keys)
    connections.replace_keys(connection_id, said.jwks, said.jwks_uri)
    return answer(200, _overview(connections.overview(connection_id)))


def sign_on(connection_id: str) -> Response:
    """Say where the users of a connection sign in, so that a sign-out there ends their sessions."""
    connections, said = _connecting(), said_in_body(SingleSignOn)
    connections.sign_on(connection_id, said.wish())
    return answer(200, _overview(connections.overview(connection_id)))


def sign_off(connection_id: str) -> Response:
    """Believe nobody any more about sign-outs of the users of a connection."""
    _connecting().sign_off(connection_id)
    return Response(status=204)


def revoke(connection_id: str) -> Response:
    """Refuse a connection from now on, for good."""
    _connecting().revoke(connection_id)
    return Response(status=204)


def _connecting() -> Connecting:
    principal = caller(CONNECTIONS)
    return Connecting.of(runtime(), principal.actor("api"), principal.tenant_id)


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def _created(connected: Connected) -> Mapping[str, Any]:
    shown, credential = _shown(connected.connection), connected.credential
    if credential is None:
        return shown
    name = "client_secret" if connected.connection.auth == "client-secret" else "token"
    return {**shown, name: connected.token, "secret": _secret(credential)}


def _shown(connection: Connection) -> Mapping[str, Any]:
    return {
        "id": connection.id,
        "name": connection.name,
        "dialect": connection.dialect,
        "auth": connection.auth,
        "scopes": connection.scopes.split(),
        "user_id": connection.user_id,
        "created_at": iso(connection.created_at),
        "revoked_at": connection.revoked_at and iso(connection.revoked_at),
    }


def _secret(credential: Credential) -> Mapping[str, Any]:
    return {
        "id": credential.id,
        "last_four": credential.last_four,
        "created_at": iso(credential.created_at),
        "expires_at": credential.expires_at and iso(credential.expires_at),
    }


def _overview(overview: Overview) -> Mapping[str, Any]:
    shown, trust = dict(_shown(overview.connection)), overview.trust
    shown["secrets"] = [
        {**_secret(credential), "last_used_at": used_at and iso(used_at)}
        for credential, used_at in overview.credentials
    ]
    if trust is not None:
        shown["trust"] = {
            "issuer": trust.issuer,
            "audience": trust.audience or None,
            "algorithms": trust.algorithms.split(),
            "claims": orjson.loads(trust.required_claims),
            **_keys(trust),
        }
    if (sign_on := overview.sign_on) is not None:
        shown["sign_on"] = {
            "issuer": sign_on.issuer,
            "client_id": sign_on.client_id,
            "algorithms": sign_on.algorithms.split(),
            **_keys(sign_on),
        }
    return shown


def _keys(of: Trust | SignOn) -> Mapping[str, Any]:
    return {"jwks": orjson.loads(of.jwks) if of.jwks else None, "jwks_uri": of.jwks_uri}
