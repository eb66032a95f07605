"""Groups that the policy protects keep an active member."""

from typing import Any

import pytest

from app.lifecycle.commands import Actor, Deactivate, Delete, Reactivate
from app.lifecycle.decide import decide
from app.lifecycle.guardians import guarded
from app.lifecycle.refusals import Code, Refusal, Refused
from tests.clock import FixedClock
from tests.lifecycle.people import HOST, IDP, NOW, OWNER, active, inactive, policy
from tests.lifecycle.worlds import Memory, World, memory

KEEP = {"roles": ["Owner"], "groups": ["Keepers", "Wardens"]}
ALONE = frozenset({"keepers", "others"})


def refusals(command: Any, subject: Any, **knobs: Any) -> tuple[Refusal, ...]:
    """Return the refusals for the last member of a group."""
    rules = {"protect_last": {**KEEP, **knobs}, "delete": {"mode": "any"}, "scim": {"delete": "policy"}}
    return decide(command, subject, policy(**rules), NOW).refusals


@pytest.mark.parametrize("command", [Deactivate(IDP), Delete(IDP), Deactivate(HOST)])
def test_the_last_member_stays(command: Any) -> None:
    """Neither door takes it away; the groups are named as the policy writes them."""
    [refusal] = refusals(command, active(sole_groups=ALONE))
    assert (refusal.code, refusal.guard, refusal.remedies) == (Code.LAST_OWNER, "protect_last", ("add_member",))
    assert refusal.detail == ("Keepers would have no active member left. Add another active user first, then retry.")
    assert refusal.blocking == ({"type": "group", "value": "Keepers", "count": 1},)


def test_a_role_and_a_group_are_told_together() -> None:
    """Both remedies are named."""
    [refusal] = refusals(Deactivate(IDP), active(roles=OWNER, sole_roles=OWNER, sole_groups=ALONE))
    assert refusal.remedies == ("assign_role", "add_member")
    assert [each["type"] for each in refusal.blocking] == ["role", "group"]
    assert refusal.detail.startswith(
        "This is the only Owner. Make another active user Owner, then retry. Keepers would"
    )


def test_what_the_policy_does_not_protect_from_is_allowed() -> None:
    """Not on this command, not for identity providers, and not a user who is inactive already."""
    lone = active(sole_groups=ALONE)
    assert refusals(Deactivate(IDP), lone, on=["delete"]) == ()
    assert refusals(Delete(IDP), lone, on=["deactivate"]) == ()
    assert refusals(Deactivate(IDP), lone, scim=False) == ()
    assert refusals(Deactivate(HOST), lone, scim=False) != ()
    assert refusals(Deactivate(IDP), inactive(sole_groups=ALONE)) == ()
    assert refusals(Delete(IDP), inactive(sole_groups=ALONE), on=["delete"])[0].code == Code.LAST_OWNER
    assert refusals(Reactivate(IDP), inactive(sole_groups=ALONE)) == ()


@pytest.fixture
def tenant(clock: FixedClock) -> Any:
    """Lend a tenant in memory in which Ada is the only keeper, and Bob a warden beside an inactive one."""
    with memory(clock, protect_last=KEEP) as world:
        world.join(world.user("Ada"), "Keepers")
        world.join(world.user("Bob"), "Wardens")
        yield world


def emptied(world: World, *names: str, actor: Actor = IDP, **knobs: Any) -> None:
    """Take all members out of groups, guarded."""
    with world.store.begin() as work, guarded(work, actor, policy(protect_last={**KEEP, **knobs})):
        for name in names:
            work.memberships.groups[name].clear()


def test_a_group_is_not_left_empty(tenant: World) -> None:
    """Each group that would lose its last active member is named, and the tenant is locked before anybody counts."""
    with pytest.raises(Refused) as refused:
        emptied(tenant, "Wardens", "Keepers")
    assert [each["value"] for each in refused.value.first.blocking] == ["Keepers", "Wardens"]
    assert isinstance(tenant.store, Memory)
    assert tenant.store.work.locks == 1


@pytest.mark.parametrize("knobs", [{"groups": []}, {"on": ["delete"]}, {"scim": False}])
def test_a_group_that_is_not_protected_may_be(tenant: World, knobs: dict[str, Any]) -> None:
    """Nothing is counted either."""
    emptied(tenant, "Keepers", **knobs)
    assert isinstance(tenant.store, Memory)
    assert tenant.store.work.locks == 0


def test_without_an_active_member_nothing_is_lost(tenant: World) -> None:
    """A group of which nobody is active may be emptied; the host application is bound where providers are not."""
    with pytest.raises(Refused):
        emptied(tenant, "Keepers", actor=HOST, scim=False)
    tenant.join(tenant.user("Eve", active=False), "Others")
    emptied(tenant, "Others", groups=["Others"])


def test_the_service_counts_the_others(tenant: World) -> None:
    """With a second active member one may go, and the tenant is locked before the user is."""
    ada = next(iter(tenant.members("Keepers"))).id
    with pytest.raises(Refused):
        tenant.deactivate(ada)
    bob = next(iter(tenant.members("Wardens"))).id
    with tenant.store.begin() as work:
        work.memberships.groups["Keepers"][bob] = "Bob"
    assert tenant.deactivate(ada)
    with pytest.raises(Refused):
        tenant.deactivate(bob)
