"""The secrets that sign what an endpoint is sent, and how several of them overlap (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal, Self, TypeAlias

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.lifecycle.clock import iso, parse_iso

Scheme: TypeAlias = Literal["v1", "v1a"]
SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """A key of ours for one endpoint: symmetric (``v1``) or Ed25519 (``v1a``); ``until`` is set once it is replaced."""

    text: str = field(repr=False)
    until: str | None = None

    @classmethod
    def new(cls, scheme: Scheme) -> Self:
        """Make one."""
        return cls((SECRET if scheme == "v1" else PRIVATE) + base64.b64encode(os.urandom(SECRET_BYTES)).decode())

    @property
    def shown(self) -> str:
        """Return what the receiver needs: the secret itself, or the public half."""
        if self.text.startswith(SECRET):
            return self.text
        public = self._ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PUBLIC + base64.b64encode(public).decode()

    def signature(self, content: bytes) -> str:
        """Return the scheme and the signature, as one word of the header."""
        if self.text.startswith(SECRET):
            return "v1," + base64.b64encode(hmac.digest(self._key, content, "sha256")).decode()
        return "v1a," + base64.b64encode(self._ed25519.sign(content)).decode()

    def stamp(self, milliseconds: int, body: bytes) -> str:
        """Return the hexadecimal HMAC of ``{t}.{body}`` that WorkOS and Polis use, keyed by the secret as text."""
        return hmac.new(self.text.encode(), b"%d.%s" % (milliseconds, body), hashlib.sha256).hexdigest()

    @property
    def _key(self) -> bytes:
        return base64.b64decode(self.text.partition("_")[2])

    @property
    def _ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._key)


def written(secrets: Sequence[Secret]) -> str:
    """Return secrets as the text that is sealed."""
    return orjson.dumps([asdict(secret) for secret in secrets]).decode()


def read(text: str, now: datetime) -> list[Secret]:
    """Return the secrets that still sign, the newest first."""
    return list(_living(orjson.loads(text), now))


def rotated(secrets: Sequence[Secret], scheme: Scheme, until: datetime) -> list[Secret]:
    """Return a new secret before those that it replaces from ``until`` on."""
    ending = [Secret(one.text, min(one.until or iso(until), iso(until))) for one in secrets]
    return [Secret.new(scheme), *ending]


def _living(stored: Sequence[dict[str, str | None]], now: datetime) -> Iterator[Secret]:
    for one in stored:
        if one["until"] is None or parse_iso(one["until"]) > now:
            yield Secret(str(one["text"]), one["until"])
