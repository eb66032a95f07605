"""Issue bearer tokens to connections and to the host application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from uuid_utils import uuid7

from app.db.records import Connection, Credential
from app.db.work import Work
from app.identity.scopes import CredentialKind
from app.identity.tokens import last_four, new_token, token_hash


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential and its token, which is shown once and not kept."""

    credential: Credential
    token: str


def connect(work: Work, at: datetime, name: str, dialect: str, scopes: Iterable[str]) -> Connection:
    """Create a connection of an identity provider; the caller has checked that its name is free."""
    connection = Connection(str(uuid7()), name, dialect, " ".join(sorted(scopes)), at)
    work.connections.add(connection)
    return connection


def issue_to_connection(work: Work, at: datetime, connection: Connection) -> Issued:
    """Issue a token that may do what its connection may."""
    return _issue(work, _credential("scim", connection.name, connection.scopes, at, connection.id))


def issue_to_host(work: Work, at: datetime, name: str, scopes: Iterable[str]) -> Issued:
    """Issue a token to the host application."""
    return _issue(work, _credential("api", name, " ".join(sorted(scopes)), at, None))


def _credential(kind: CredentialKind, name: str, scopes: str, at: datetime, connection_id: str | None) -> Issued:
    token = new_token(kind)
    return Issued(Credential(str(uuid7()), kind, connection_id, name, scopes, last_four(token), at), token)


def _issue(work: Work, issued: Issued) -> Issued:
    work.credentials.add(issued.credential, token_hash(issued.token))
    return issued
