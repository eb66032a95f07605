"""Sign for a tenant with its own RS256 keys, publish them, and replace them without a gap (RFC 7515, RFC 7517).

A new key is published for a while before it signs, so that whoever keeps the key set has it in time; an old one
stays published until all that it signed has been read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.config import Settings
from app.db.signing_keys import SigningKey
from app.db.work import Database, Work
from app.identity.vault import Vault
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.runtime import Runtime

ALGORITHM = "RS256"
KEY_BITS = 2048
MAX_AGE = timedelta(minutes=10)
"""How long a reader may keep the key set without asking again."""
PUBLISHED_AHEAD = timedelta(hours=1)
KEPT_PUBLISHED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Signing:
    """Sign and publish for tenants; keys are made on first use, so call it outside of a transaction."""

    database: Database
    vault: Vault
    clock: Clock

    @classmethod
    def of(cls, runtime: Runtime) -> Signing:
        """Return the signing of this process."""
        return cls(runtime.database, _vault(runtime.settings), runtime.clock)

    def sign(self, tenant_id: int, claims: Mapping[str, Any], typ: str) -> str:
        """Return the claims as a compact JWS of that media type, such as ``secevent+jwt``."""
        return self._signed(tenant_id, self._present(tenant_id), claims, typ)

    def sign_in(self, work: Work, claims: Mapping[str, Any], typ: str) -> str:
        """Sign on a database connection that is at hand; only a first key needs another one."""
        now = self.clock.now()
        key = _signer(_published(work, now), now) or self._present(work.tenant_id)
        return self._signed(work.tenant_id, key, claims, typ)

    def _signed(self, tenant_id: int, key: SigningKey, claims: Mapping[str, Any], typ: str) -> str:
        header = {"alg": ALGORITHM, "typ": typ, "kid": key.kid}
        private = _private(self.vault, key.sealed_private_jwk, _context(tenant_id, key.kid))
        return jwt.encode(header, dict(claims), private, [ALGORITHM])

    def jwks(self, tenant_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys that a reader may meet, as a JWK Set (RFC 7517 §5)."""
        return {"keys": [orjson.loads(key.public_jwk) for key in self.keys(tenant_id)]}

    def keys(self, tenant_id: int) -> list[SigningKey]:
        """Return the keys that are published, the newest last; there is always one that signs."""
        now = self.clock.now()
        with self.database.reading(tenant_id) as work:
            keys = _published(work, now)
        return keys if _signer(keys, now) else self._begin(tenant_id)

    def rotate(self, tenant_id: int, actor: Actor, *, at_once: bool = False) -> SigningKey:
        """Add a key that will sign from an hour on; ``at_once`` it replaces a key that leaked, which is withdrawn."""
        now = self.clock.now()
        begins = now if at_once else now + PUBLISHED_AHEAD
        key = _generated(self.vault, tenant_id, now, begins)
        with self.database.unit_of_work(tenant_id, locked=True) as work:
            work.signing_keys.forget(now)
            work.signing_keys.retire(now if at_once else begins + KEPT_PUBLISHED)
            work.signing_keys.add(key)
            detail = {"kid": key.kid, "not_before": iso(begins), "at_once": at_once}
            Journal(work, actor, now, policy_version=None).record(
                "SigningKey", key.kid, [("signing_key.rotated", detail)]
            )
        return key

    def _present(self, tenant_id: int) -> SigningKey:
        signer = _signer(self.keys(tenant_id), self.clock.now())
        if signer is None:
            raise LookupError(f"Tenant {tenant_id} has no signing key.")
        return signer

    def _begin(self, tenant_id: int) -> list[SigningKey]:
        """Give a tenant its first key; of two that try at once, the second takes the key of the first."""
        now = self.clock.now()
        key = _generated(self.vault, tenant_id, now, now)
        with self.database.unit_of_work(tenant_id, locked=True) as work:
            if not _signer(_published(work, now), now):
                work.signing_keys.add(key)
            return _published(work, now)


@lru_cache(maxsize=4)
def _vault(settings: Settings) -> Vault:
    return Vault(settings.secret_keys)


def _published(work: Work, now: datetime) -> list[SigningKey]:
    return [key for key in work.signing_keys.all() if key.retires_at is None or key.retires_at > now]


def _signer(keys: list[SigningKey], now: datetime) -> SigningKey | None:
    begun = [key for key in keys if key.not_before <= now]
    return begun[-1] if begun else None


def _context(tenant_id: int, kid: str) -> str:
    return f"signing_keys/{tenant_id}/{kid}"


def _generated(vault: Vault, tenant_id: int, now: datetime, not_before: datetime) -> SigningKey:
    """Return a new key, named by its thumbprint (RFC 7638); making one takes a while, so hold no lock."""
    pair = RSAKey.generate_key(KEY_BITS)
    kid = pair.thumbprint()
    named = {"use": "sig", "alg": ALGORITHM, "kid": kid}
    private = orjson.dumps({**pair.as_dict(private=True), **named}).decode()
    public = orjson.dumps({**pair.as_dict(private=False), **named}).decode()
    return SigningKey(kid, public, vault.seal(private, _context(tenant_id, kid)), now, not_before)


@lru_cache(maxsize=256)
def _private(vault: Vault, sealed: str, context: str) -> RSAKey:
    """Open a private key, which takes longer than to sign with it."""
    return RSAKey.import_key(orjson.loads(vault.open(sealed, context)))
