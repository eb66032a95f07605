"""Grant access tokens to connections (RFC 6749 §4.4), tell of them (RFC 7662) and take them back (RFC 7009)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from app.db.records import Credential, Holder
from app.db.tenants import ACTIVE
from app.db.work import Work
from app.identity.oauth.clients import Client
from app.identity.oauth.refusing import OAuthRefused
from app.identity.scopes import SCIM, SCIM_READ, parse
from app.identity.tokens import PREFIXES, last_four, new_token, token_hash

GRANT_TYPE = "client_credentials"
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
INACTIVE = {"active": False}


def granted_scope(client: Client, wanted: str | None) -> str:
    """Return the scope of a new token: what is asked for, or all that the connection may do (RFC 6749 §3.3)."""
    allowed = parse(client.connection.scopes)
    if wanted is None:
        return client.connection.scopes
    # whoever may write may ask for a token that only reads
    offered = allowed | {SCIM_READ} if SCIM in allowed else allowed
    asked = parse(wanted)
    if not SCOPE.fullmatch(wanted) or not asked <= offered:
        listed = " ".join(sorted(offered))
        raise OAuthRefused(400, "invalid_scope", f"This connection may ask for: {listed}.")
    return " ".join(sorted(asked))


def grant(work: Work, client: Client, scope: str, now: datetime, lifetime: timedelta) -> Mapping[str, Any]:
    """Return a new access token as RFC 6749 §5.1 says, in the transaction of the caller, and use up the proof."""
    work.seen_jtis.forget(now)
    work.credentials.forget_access(now)
    client.claim(work)
    token, connection = new_token("access"), client.connection
    credential = Credential(
        id=str(uuid7()),
        kind="access",
        connection_id=connection.id,
        name=connection.name,
        scopes=scope,
        last_four=last_four(token),
        created_at=now,
        expires_at=now + lifetime,
    )
    work.credentials.add(credential, token_hash(token))
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "scope": scope,
    }


def is_access_token(text: str) -> bool:
    """Tell whether a text looks like one of the tokens granted here."""
    return text.startswith(PREFIXES["access"])


def introspected(work: Work, token: str, issuer: str, now: datetime, client_id: str | None = None) -> Mapping[str, Any]:
    """Return what RFC 7662 §2.2 says of an access token; a client learns of its own alone (§4)."""
    holder = _live(work, token, now, client_id)
    if holder is None or holder.tenant_state != ACTIVE:
        return INACTIVE
    credential = holder.credential
    return {
        "active": True,
        "iss": issuer,
        "client_id": credential.connection_id,
        "scope": credential.scopes,
        "token_type": "Bearer",
        "iat": int(credential.created_at.timestamp()),
        "exp": int(credential.expires_at.timestamp()) if credential.expires_at else None,
    }


def revoke(work: Work, token: str, now: datetime, client_id: str | None = None) -> None:
    """Refuse an access token from the commit; a client revokes its own alone (RFC 7009 §2.1)."""
    holder = _live(work, token, now, client_id)
    if holder is not None:
        work.credentials.revoke(holder.credential.id, now)


def _live(work: Work, token: str, now: datetime, client_id: str | None) -> Holder | None:
    holder = work.credentials.holder(token_hash(token))
    if holder is None or holder.credential.kind != "access":
        return None
    credential = holder.credential
    expired = credential.expires_at is None or credential.expires_at <= now
    if expired or credential.revoked_at or holder.connection_revoked_at:
        return None
    return holder if client_id in {None, credential.connection_id} else None
