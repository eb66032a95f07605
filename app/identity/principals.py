"""Say who is calling."""

from dataclasses import dataclass
from typing import Literal

from app.db.records import Holder
from app.db.tenants import ACTIVE
from app.identity import scopes
from app.lifecycle.commands import Actor, Channel


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a valid token: a connection of an identity provider, or the host application (``api``).

    ``id`` is the credential's; ``bare`` tells that the Authorization header came without a scheme, ``user_id`` for
    which user a connection stands, ``suspended`` whether its tenant is.
    """

    kind: Literal["connection", "api"]
    tenant_id: int
    tenant: str
    id: str
    connection_id: str | None
    name: str
    dialect: str | None
    scopes: frozenset[str]
    bare: bool = False
    user_id: str | None = None
    suspended: bool = False

    def actor(self, channel: Channel) -> Actor:
        """Return the principal as the one who acts on users through a door."""
        return Actor(self.kind, self.connection_id or self.id, self.name, channel)


def principal_of(holder: Holder, tenant_id: int, tenant: str, *, bare: bool) -> Principal:
    """Return who holds a credential."""
    credential = holder.credential
    return Principal(
        kind="api" if credential.kind == "api" else "connection",
        tenant_id=tenant_id,
        tenant=tenant,
        id=credential.id,
        connection_id=credential.connection_id,
        name=holder.connection_name or credential.name,
        dialect=holder.dialect,
        scopes=scopes.parse(credential.scopes),
        bare=bare,
        user_id=holder.user_id,
        suspended=holder.tenant_state != ACTIVE,
    )
