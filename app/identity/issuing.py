"""Issue secrets to connections and tokens to the host application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from uuid_utils import uuid7

from app.db.records import Connection, Credential
from app.db.work import Work
from app.identity.tokens import last_four, new_token, token_hash


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential and its token, which is shown once and not kept."""

    credential: Credential
    token: str


def issue_to_connection(work: Work, at: datetime, connection: Connection, lifetime: timedelta | None = None) -> Issued:
    """Issue a token that may do what its connection may, or the client secret of one that buys tokens with it."""
    kind, token = ("secret", new_token("secret")) if connection.auth == "client-secret" else ("scim", new_token("scim"))
    credential = Credential(
        str(uuid7()), kind, connection.id, connection.name, connection.scopes, last_four(token), at, _end(at, lifetime)
    )
    work.credentials.add(credential, token_hash(token))
    return Issued(credential, token)


def issue_to_host(
    work: Work, at: datetime, name: str, scopes: Iterable[str], lifetime: timedelta | None = None
) -> Issued:
    """Issue a token to the host application."""
    token, listed = new_token("api"), " ".join(sorted(scopes))
    credential = Credential(str(uuid7()), "api", None, name, listed, last_four(token), at, _end(at, lifetime))
    work.credentials.add(credential, token_hash(token))
    return Issued(credential, token)


def _end(at: datetime, lifetime: timedelta | None) -> datetime | None:
    return None if lifetime is None else at + lifetime
