"""Seal the secrets that we must be able to read again, such as signing keys and webhook secrets."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"scim-lifecycle secrets at rest"
VERSION = "v1."
NONCE_BYTES = 12


class UnreadableSecretError(Exception):
    """Say that a sealed secret was not sealed with any of the present keys, or not for this place."""

    def __init__(self, context: str) -> None:
        super().__init__(
            f"The secret of {context} opens with none of the SECRET_KEYS; put the key back that it was sealed with."
        )


@dataclass(frozen=True)
class Vault:
    """Seal with the first of the secret keys, open with any of them (AES-256-GCM, RFC 5116).

    ``context`` says whose secret it is, such as ``signing_keys/7/kid``: moved to another row, it does not open.
    """

    secret_keys: tuple[str, ...] = field(repr=False)

    def seal(self, text: str, context: str) -> str:
        """Return the text so that only this vault reads it, only in this context."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[0].encrypt(nonce, text.encode(), context.encode())
        return VERSION + base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """Return the text that was sealed in this context, or raise UnreadableSecretError."""
        raw = base64.urlsafe_b64decode(sealed.removeprefix(VERSION))
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
            except InvalidTag:
                continue
        raise UnreadableSecretError(context)

    @cached_property
    def _ciphers(self) -> tuple[AESGCM, ...]:
        return tuple(AESGCM(_derived(key)) for key in self.secret_keys)


def _derived(secret_key: str) -> bytes:
    """Derive the key of this purpose, since the same secret serves others too (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
