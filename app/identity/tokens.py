"""Make bearer tokens and the hashes they are found by.

A token is looked up by the index on its SHA-256, so that no comparison ever runs over the secret itself and none
can leak by its duration how much of a guess was right.
"""

import hashlib
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

TokenKind: TypeAlias = Literal["scim", "api", "session", "access", "secret"]

PREFIX = "scimlc_"
PREFIXES: Mapping[TokenKind, str] = MappingProxyType(
    {
        "scim": f"{PREFIX}scim_",
        "api": f"{PREFIX}api_",
        "session": f"{PREFIX}sess_",
        "access": f"{PREFIX}at_",
        "secret": f"{PREFIX}secret_",
    }
)
"""What tokens of each kind begin with, so that a scanner recognises a leaked one."""

ENTROPY_BYTES = 32


def new_token(kind: TokenKind) -> str:
    """Return a new token of 256 random bits; only its hash may be stored."""
    return PREFIXES[kind] + secrets.token_urlsafe(ENTROPY_BYTES)


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token in hexadecimal; tokens are random, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def last_four(token: str) -> str:
    """Return the end of a token, by which a person tells it from others."""
    return token[-4:]
