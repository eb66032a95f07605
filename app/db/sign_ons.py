"""Where the users of a tenant sign in, and whose word counts that they have signed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from app.db.rows import ConnectionRow, SignOnRow


@dataclass(frozen=True, slots=True)
class SignOn:
    """The single sign-on of a connection; ``client_id`` is what the issuer calls the host application."""

    connection_id: str
    issuer: str
    client_id: str
    algorithms: str
    jwks: str | None = None
    jwks_uri: str | None = None


_COLUMNS = tuple(SignOnRow.__table__.c[name] for name in SignOn.__slots__)
_STANDING = (
    select(*_COLUMNS)
    .join_from(
        SignOnRow,
        ConnectionRow,
        (ConnectionRow.tenant_id == SignOnRow.tenant_id) & (ConnectionRow.id == SignOnRow.connection_id),
    )
    .where(ConnectionRow.revoked_at.is_(None))
    .order_by(SignOnRow.connection_id)
)


class SignOns:
    """Keep and find the single sign-on of connections."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def put(self, sign_on: SignOn) -> None:
        """Keep the single sign-on of a connection, in place of any other."""
        self.remove(sign_on.connection_id)
        values: Mapping[str, Any] = {name: getattr(sign_on, name) for name in sign_on.__slots__}
        self._connection.execute(insert(SignOnRow), {**values, "tenant_id": self._tenant_id})

    def remove(self, connection_id: str) -> bool:
        """Forget the single sign-on of a connection; tell whether it had one."""
        query = delete(SignOnRow).where(
            SignOnRow.tenant_id == self._tenant_id, SignOnRow.connection_id == connection_id
        )
        return self._connection.execute(query).rowcount == 1

    def of_connection(self, connection_id: str) -> SignOn | None:
        """Return the single sign-on of a connection."""
        query = select(*_COLUMNS).where(
            SignOnRow.tenant_id == self._tenant_id, SignOnRow.connection_id == connection_id
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else SignOn(*row)

    def of_issuer(self, issuer: str) -> list[SignOn]:
        """Return what belongs to an issuer, of connections that are not over."""
        query = _STANDING.where(SignOnRow.tenant_id == self._tenant_id, SignOnRow.issuer == issuer)
        return [SignOn(*row) for row in self._connection.execute(query)]
