"""Know the public keys of others: given with a connection, or fetched from where they publish them (RFC 7517)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.util import to_bytes, urlsafe_b64decode

from app.lifecycle.clock import Clock

Fetch = Callable[[str], Any]
"""Return the JSON document behind an address, or raise any exception."""

FRESH = timedelta(hours=1)
USABLE = timedelta(days=1)
PAUSE = timedelta(minutes=1)
MOST_KEYS = 50
LEAST_RSA_BITS = 2048
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
_CURVES = frozenset({"P-256", "P-384", "P-521"})


class KeysUnavailable(Exception):  # noqa: N818
    """The keys cannot be fetched now, and none are remembered."""


def usable_keys(document: Any) -> KeySet:
    """Return the keys of a JWK Set that can prove a signature, or raise ValueError where there are none."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ValueError(f"must be a JWK Set: an object with at most {MOST_KEYS} keys")
    keys = [key for entry in listed if (key := _key(entry)) is not None]
    if not keys:
        raise ValueError("must hold a public RSA key of at least 2048 bits, or an EC key")
    return KeySet([*keys])


def checked_keys(document: Any) -> KeySet:
    """Return the keys of a JWK Set that somebody hands in, or raise ValueError where it should not be handed on."""
    keys = usable_keys(document)
    if any(_PRIVATE & entry.keys() for entry in document["keys"] if isinstance(entry, dict)):
        raise ValueError("must hold public keys only; the private key stays with its owner")
    if len({key.kid for key in keys.keys}) < len(keys.keys):
        raise ValueError("must give each key a kid of its own")
    return keys


def _key(entry: Any) -> RSAKey | ECKey | None:
    if not isinstance(entry, Mapping) or entry.get("use", "sig") != "sig":
        return None
    try:
        if entry.get("kty") == "RSA":
            return RSAKey.import_key(dict(entry)) if _strong(entry) else None
        return ECKey.import_key(dict(entry)) if entry.get("crv") in _CURVES else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _strong(entry: Mapping[str, Any]) -> bool:
    """Tell whether an RSA key is long enough, by its modulus."""
    return int.from_bytes(urlsafe_b64decode(to_bytes(entry["n"]))).bit_length() >= LEAST_RSA_BITS


@dataclass(slots=True)
class _Remembered:
    keys: KeySet | None = None
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    lock: Lock = field(default_factory=Lock)


class KeySets:
    """Fetch the keys of others, at most once a minute from each address, and remember them."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        """Fetch with ``fetch``; keys are renewed after an hour, and used for a day while they cannot be."""
        self._fetch = fetch
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}

    def of(self, uri: str, kid: str | None = None) -> KeySet:
        """Return the keys of an address; one that does not know ``kid`` is asked again."""
        known = self._remembered.setdefault(uri, _Remembered())
        if self._is_due(known, kid):
            with known.lock:
                if self._is_due(known, kid):
                    self._renew(uri, known)
        if known.keys is None or known.fetched_at is None or self._clock.now() - known.fetched_at > USABLE:
            raise KeysUnavailable(uri)
        return known.keys

    def _is_due(self, known: _Remembered, kid: str | None) -> bool:
        now = self._clock.now()
        if known.tried_at is not None and now - known.tried_at < PAUSE:
            return False
        if known.keys is None or known.fetched_at is None:
            return True
        unknown = kid is not None and kid not in {key.kid for key in known.keys.keys}
        return unknown or now - known.fetched_at >= FRESH

    def _renew(self, uri: str, known: _Remembered) -> None:
        known.tried_at = self._clock.now()
        try:
            known.keys = usable_keys(self._fetch(uri))
        except Exception:  # noqa: BLE001 - whatever is wrong there, the keys that are remembered serve on
            return
        known.fetched_at = known.tried_at
