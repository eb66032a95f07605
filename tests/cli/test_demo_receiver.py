"""The receiver of the demo believes what a key of the tenant signs, and reads the keys no oftener than needed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.cli.demo_receiver import SESSION_REVOKED, Receiver
from app.cli.faults import CommandError
from tests.outbound.servers import Received, receiving

KEYS = {kid: RSAKey.generate_key(2048, {"kid": kid}) for kid in ("old", "new")}


def signed(kid: str, user_id: str) -> str:
    """Return a SET that says that a user's sessions ended."""
    claims: dict[str, Any] = {"sub_id": {"format": "iss_sub", "sub": user_id}, "events": {SESSION_REVOKED: {}}}
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, KEYS[kid])


@dataclass
class Tenant:
    """A tenant that publishes some of its keys, and has polls answered one after the other."""

    published: list[str]
    polls: list[list[str]]
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        """Answer with the keys, or with the SETs of the next poll."""
        self.asked.append(received.path)
        if received.path == "/jwks.json":
            return self._json({"keys": [KEYS[kid].as_dict(private=False) for kid in self.published]})
        return self._json({"sets": {str(number): token for number, token in enumerate(self.polls.pop(0))}})

    @staticmethod
    def _json(body: Any) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    """Run a tenant that tells of three users, the last time with its new key."""
    tenant = Tenant(["old"], [[signed("old", "ann"), signed("old", "bob")], [signed("old", "kim")], []])
    with receiving(tenant.answer) as running:
        tenant.url = f"http://127.0.0.1:{running.port}"
        yield tenant


def test_keys_are_kept_until_another_signs(tenant: Tenant) -> None:
    """Three SETs of one key cost one request for keys; the first of the next key costs one more."""
    receiver = Receiver(tenant.url, "token")
    assert receiver.told_of("kim", "stream") is not None
    assert tenant.asked.count("/jwks.json") == 1
    tenant.published, tenant.polls = (
        ["old", "new"],
        [[signed("new", "eve"), signed("old", "ann"), signed("new", "pat")]],
    )
    assert receiver.told_of("pat", "stream") is not None
    assert tenant.asked.count("/jwks.json") == 2


def test_a_key_of_another_ends_the_demo(tenant: Tenant) -> None:
    """What the tenant does not publish signs nothing, though it was asked for anew."""
    receiver = Receiver(tenant.url, "token")
    tenant.polls = [[signed("old", "ann"), signed("new", "kim")]]
    with pytest.raises(CommandError, match="not signed by a key of the tenant"):
        receiver.told_of("kim", "stream")
    assert tenant.asked.count("/jwks.json") == 2
