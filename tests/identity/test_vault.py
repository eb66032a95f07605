"""Secrets at rest."""

import pytest

from app.identity.vault import UnreadableSecretError, Vault

OLD, NEW = "old" * 16, "new" * 16
CONTEXT = "webhooks/1/a"


def test_a_secret_is_opened_where_it_was_sealed() -> None:
    """The text comes back, and twice the same text is never sealed the same way."""
    vault = Vault((OLD,))
    sealed = vault.seal("whsec_ü", CONTEXT)
    assert vault.open(sealed, CONTEXT) == "whsec_ü"
    assert "whsec" not in sealed
    assert vault.seal("whsec_ü", CONTEXT) != sealed


def test_a_secret_moved_to_another_row_does_not_open() -> None:
    """A row copied over another one gives nobody its secret, and the refusal says which secret is meant."""
    vault = Vault((OLD,))
    with pytest.raises(UnreadableSecretError, match="webhooks/2/a"):
        vault.open(vault.seal("secret", CONTEXT), "webhooks/2/a")


def test_the_first_key_seals_and_all_of_them_open() -> None:
    """A key is replaced by putting a new one before it; once it is gone, what it sealed is gone too."""
    sealed = Vault((OLD,)).seal("secret", CONTEXT)
    both = Vault((NEW, OLD))
    assert both.open(sealed, CONTEXT) == "secret"
    assert Vault((NEW,)).open(both.seal("secret", CONTEXT), CONTEXT) == "secret"
    with pytest.raises(UnreadableSecretError):
        Vault((NEW,)).open(sealed, CONTEXT)


def test_a_changed_secret_does_not_open() -> None:
    """A flipped bit is noticed."""
    vault = Vault((OLD,))
    sealed = vault.seal("secret", CONTEXT)
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(UnreadableSecretError):
        vault.open(changed, CONTEXT)


def test_a_vault_does_not_show_its_keys() -> None:
    """Not even in a traceback."""
    assert OLD not in repr(Vault((OLD,)))
