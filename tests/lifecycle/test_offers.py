"""What is offered for users together, which lists there are, and what a user may do."""

from typing import Any

import pytest

from app.lifecycle.eligibility import PERMISSIONS, may
from app.lifecycle.selection import listed_states, offered
from app.lifecycle.states import State
from tests.lifecycle.people import policy

ACTIVE, INACTIVE = State.ACTIVE, State.INACTIVE
ANY = {"delete": {"mode": "any"}}
OFFERED: list[tuple[list[State], dict[str, Any], tuple[str, ...]]] = [
    ([], ANY, ()),
    ([ACTIVE], ANY, ("deactivate", "delete")),
    ([ACTIVE, ACTIVE], ANY, ("deactivate", "delete")),
    ([INACTIVE], ANY, ("reactivate", "delete")),
    ([INACTIVE, INACTIVE], {}, ("reactivate", "delete")),
    ([ACTIVE], {}, ("deactivate",)),
    ([ACTIVE, INACTIVE], ANY, ()),
    ([ACTIVE, INACTIVE], {**ANY, "bulk": {"selection": "any"}}, ("deactivate", "delete", "reactivate")),
    ([ACTIVE, INACTIVE], {"bulk": {"selection": "any"}}, ("deactivate", "reactivate")),
    ([INACTIVE], {"delete": {"mode": "never"}}, ("reactivate",)),
    ([ACTIVE, ACTIVE], {**ANY, "bulk": {"selection": "single"}}, ()),
    ([ACTIVE], {**ANY, "bulk": {"selection": "single"}}, ("deactivate", "delete")),
    ([ACTIVE], {**ANY, "source_of_truth": "external"}, ()),
]


@pytest.mark.parametrize(("states", "knobs", "offers"), OFFERED)
def test_what_is_offered(states: list[State], knobs: dict[str, Any], offers: tuple[str, ...]) -> None:
    """It depends on the states, on how many there are, and on who manages users."""
    assert offered(states, policy(**knobs)) == offers


@pytest.mark.parametrize(
    ("listing", "lists"),
    [
        ("mixed", {"all": (ACTIVE, INACTIVE), "active": (ACTIVE,), "inactive": (INACTIVE,)}),
        ("separate", {"active": (ACTIVE,), "inactive": (INACTIVE,)}),
        ("filtered", {"active": (ACTIVE,), "all": (ACTIVE, INACTIVE), "inactive": (INACTIVE,)}),
    ],
)
def test_which_lists_there_are(listing: str, lists: dict[str, Any]) -> None:
    """The first is shown unasked."""
    found = listed_states(policy(inactive={"listing": listing}))
    assert list(found.items()) == list(lists.items())


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_what_a_user_may_do(permission: Any) -> None:
    """Everything while it is active; nothing that is blocked while it is not; and nothing at all once it is gone."""
    rules = policy(inactive={"blocks": ["login", "email"]})
    assert may(ACTIVE, permission, rules)
    assert may(INACTIVE, permission, rules) is (permission not in {"login", "email"})
    for gone in (State.TOMBSTONED, State.PURGED, None):
        assert not may(gone, permission, rules)
