"""Bearer tokens and their hashes."""

import pytest

from app.identity.tokens import PREFIXES, TokenKind, last_four, new_token, token_hash


@pytest.mark.parametrize("kind", ["scim", "api", "session", "access", "secret"])
def test_a_token_says_its_kind_and_holds_256_random_bits(kind: TokenKind) -> None:
    """A scanner knows a leaked token by its prefix; the rest is 32 random bytes in base64url."""
    token = new_token(kind)
    assert token.startswith(PREFIXES[kind])
    assert len(token) - len(PREFIXES[kind]) == 43
    assert new_token(kind) != token


def test_a_token_is_kept_as_its_hash_and_its_end() -> None:
    """What is stored cannot be turned back into the token."""
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert last_four("scimlc_api_abcdef") == "cdef"
