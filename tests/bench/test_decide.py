"""What is measured of a decision is a decision, and takes less than its bound."""

import pytest

from app.lifecycle.decide import decide
from app.lifecycle.policy import PRESETS, TenantPolicy
from app.lifecycle.states import State
from bench.decide import BOUND_US, COMMANDS, NOW, measured, typical


@pytest.mark.parametrize("preset", PRESETS)
def test_a_typical_user_leaves_and_comes_back(preset: str) -> None:
    """What is measured is not a refusal, and has effects on what the user holds."""
    policy = TenantPolicy.preset(preset)
    left = decide(COMMANDS["deactivate"], typical(policy, State.ACTIVE), policy, NOW)
    back = decide(COMMANDS["reactivate"], typical(policy, State.INACTIVE), policy, NOW)
    assert left.allowed
    assert back.allowed
    assert "ReleaseEntitlement" in {type(effect).__name__ for effect in left.effects}


@pytest.mark.parametrize("preset", ["default", "vixiees"])
def test_a_decision_takes_less_than_its_bound(preset: str) -> None:
    """On a busy machine one of a few measurements is of the decision alone."""
    assert any(measured(preset, "deactivate") < BOUND_US for _ in range(10))
