"""Keys that others publish."""

from typing import Any

import pytest

from app.identity.key_sets import KeySets, KeysUnavailable
from tests.clock import FixedClock
from tests.identity.oauth_clients import public, rsa

URI = "https://idp.example.com/keys"


class Publisher:
    """Publish keys, and count who asks."""

    def __init__(self) -> None:
        self.document: Any = public(rsa("one"))
        self.asked = 0

    def __call__(self, uri: str) -> Any:
        """Answer a fetch."""
        assert uri == URI
        self.asked += 1
        if isinstance(self.document, Exception):
            raise self.document
        return self.document


@pytest.fixture
def publisher() -> Publisher:
    """Return an issuer that publishes one key."""
    return Publisher()


@pytest.fixture
def key_sets(publisher: Publisher, clock: FixedClock) -> KeySets:
    """Return what fetches from it."""
    return KeySets(publisher, clock)


def kids(key_sets: KeySets, kid: str | None = None) -> list[str | None]:
    """Return the names of the keys."""
    return [key.kid for key in key_sets.of(URI, kid).keys]


def test_keys_are_fetched_once_an_hour(key_sets: KeySets, publisher: Publisher, clock: FixedClock) -> None:
    """Not for every token."""
    for _ in range(3):
        assert kids(key_sets, "one") == ["one"]
    assert publisher.asked == 1
    clock.advance(hours=1)
    kids(key_sets, "one")
    assert publisher.asked == 2


def test_an_unknown_key_is_asked_for(key_sets: KeySets, publisher: Publisher, clock: FixedClock) -> None:
    """An issuer that has just changed its keys is understood at once."""
    kids(key_sets, "one")
    publisher.document = public(rsa("one"), rsa("two"))
    clock.advance(minutes=1)
    assert kids(key_sets, "two") == ["one", "two"]


def test_invented_keys_do_not_make_us_ask_for_ever(key_sets: KeySets, publisher: Publisher, clock: FixedClock) -> None:
    """Whoever sends tokens with names of keys that he made up causes one request a minute."""
    for number in range(20):
        kids(key_sets, f"invented-{number}")
    assert publisher.asked == 1
    clock.advance(minutes=1)
    for number in range(20):
        kids(key_sets, f"invented-{number}")
    assert publisher.asked == 2


def test_while_the_issuer_is_down_its_keys_serve_on(key_sets: KeySets, publisher: Publisher, clock: FixedClock) -> None:
    """For a day; then a withdrawn key must not go on being trusted."""
    kids(key_sets)
    publisher.document = OSError("down")
    clock.advance(hours=24)
    assert kids(key_sets) == ["one"]
    clock.advance(minutes=1)
    with pytest.raises(KeysUnavailable):
        kids(key_sets)
    publisher.document = public(rsa("two"))
    clock.advance(minutes=1)
    assert kids(key_sets) == ["two"]


@pytest.mark.parametrize("document", [OSError("down"), {"keys": []}, {"error": "no"}, [], "keys"])
def test_without_keys_nothing_is_verified(
    key_sets: KeySets, publisher: Publisher, clock: FixedClock, document: Any
) -> None:
    """Nor is the issuer asked again within the minute."""
    publisher.document = document
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            kids(key_sets)
    assert publisher.asked == 1
