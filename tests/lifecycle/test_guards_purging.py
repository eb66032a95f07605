"""The guard of approvals: nothing is destroyed before enough persons agreed."""

from datetime import UTC, datetime

import pytest

from app.lifecycle.commands import Actor, Delete, Purge, Restore
from app.lifecycle.decide import decide
from app.lifecycle.effects import Emit
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from app.lifecycle.subject import Subject

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORKER = Actor("system", None, "worker", "worker")
POLICY = TenantPolicy.load({"delete": {"approvals": 2}})


def gone(*approved_by: str) -> Subject:
    """Return a deleted user whose time has come."""
    return Subject("u", State.TOMBSTONED, tombstoned_at=NOW, purge_after=NOW, approved_by=approved_by)


@pytest.mark.parametrize(
    ("approved_by", "says"),
    [((), "2 more persons have to approve"), (("a",), "1 more person has to approve"), (("a", "b"), None)],
)
def test_a_purge_needs_as_many_persons_as_the_policy_says(approved_by: tuple[str, ...], says: str | None) -> None:
    """The refusal says how many are missing, to people and to machines."""
    refusals = decide(Purge(WORKER), gone(*approved_by), POLICY, NOW).refusals
    assert [refusal.code for refusal in refusals] == (["PURGE_UNAPPROVED"] if says else [])
    if says:
        (refusal,) = refusals
        assert refusal.detail.startswith(says)
        assert refusal.blocking == ({"type": "approval", "count": 2 - len(approved_by)},)
        assert (refusal.guard, refusal.remedies) == ("delete.approvals", ("approve",))


def test_who_agreed_is_told_with_the_purge() -> None:
    """Where nobody had to, nobody is named."""
    effects = decide(Purge(WORKER), gone("a", "b"), POLICY, NOW).effects
    (told,) = (effect.data for effect in effects if isinstance(effect, Emit) and effect.type == "user.purged")
    assert told == {"scope": "membership", "approved_by": ["a", "b"]}


def test_only_purging_needs_approval() -> None:
    """Deleting and restoring do not."""
    assert decide(Restore(WORKER), gone(), POLICY, NOW).allowed
    inactive = Subject("u", State.INACTIVE, deactivated_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert decide(Delete(WORKER), inactive, POLICY, NOW).allowed
