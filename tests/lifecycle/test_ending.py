"""Prove which credentials end with access, and which later or not at all."""

from typing import Any

import pytest

from app.lifecycle.effects import EndAccess
from app.lifecycle.ending import LASTING, ending
from tests.lifecycle.people import policy


@pytest.mark.parametrize(
    ("end", "deferred"),
    [
        ({}, ()),
        ({"local": "at_expiry"}, ("local",)),
        ({"sso": "at_expiry"}, ("sso",)),
        ({"local": "at_expiry", "sso": "at_expiry"}, ("local", "sso")),
    ],
)
def test_each_kind_of_sign_in_ends_when_the_policy_says(end: dict[str, Any], deferred: tuple[str, ...]) -> None:
    """Keys are suspended, unless the policy revokes them; what is done for security defers and spares nothing."""
    rules = policy(sessions={"end": end})
    assert ending(rules, for_security=False) == EndAccess("deactivated", deferred, LASTING)
    assert ending(rules, for_security=True) == EndAccess("deactivated")
    revoking = policy(sessions={"end": end}, credentials={"tokens": "revoke"})
    assert ending(revoking, for_security=False) == EndAccess("deactivated", deferred, ())
