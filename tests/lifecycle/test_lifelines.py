"""Prove what holds for every life and every set of facts."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Reactivate, Restore
from app.lifecycle.decide import Verdict, decide, decide_all
from app.lifecycle.effects import Emit, EndAccess
from app.lifecycle.ending import ending
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Code
from app.lifecycle.states import TRANSITIONS, VISIBLE, State
from app.lifecycle.subject import Namesake, Subject
from tests.lifecycle.people import HOST, IDP, NOW, OPERATOR, WORKER, policy

ACTORS = st.sampled_from([IDP, HOST, OPERATOR, WORKER])
REASONS = st.sampled_from(["scim", "security", "leaver"])
ROLES = st.frozensets(st.sampled_from(["Owner", "owner", "Admin"]))
MOMENTS = st.integers(-60, 60).map(lambda count: NOW + timedelta(days=count))

COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(Provision, ACTORS, st.booleans(), ROLES),
    st.builds(Change, ACTORS, st.none() | ROLES),
    st.builds(Deactivate, ACTORS, REASONS),
    st.builds(Reactivate, ACTORS),
    st.builds(Delete, ACTORS, st.none() | REASONS),
    st.builds(Restore, ACTORS, st.booleans(), st.booleans()),
    st.builds(Purge, ACTORS),
)

SUBJECTS = st.builds(
    Subject,
    id=st.just("u1"),
    state=st.none() | st.sampled_from(State),
    reason=st.none() | REASONS,
    deactivated_at=st.none() | MOMENTS,
    tombstoned_at=st.none() | MOMENTS,
    purge_after=st.none() | MOMENTS,
    roles=ROLES,
    sole_roles=ROLES,
    namesake=st.none() | st.builds(Namesake, st.sampled_from(["u1", "u2"]), st.sampled_from(sorted(VISIBLE))),
)

KNOBS: dict[str, st.SearchStrategy[Any]] = {
    "delete": st.fixed_dictionaries(
        {"mode": st.sampled_from(["never", "inactive_only", "any"]), "min_days_inactive": st.integers(0, 45)}
    ),
    "protect_last": st.fixed_dictionaries({"on": st.sampled_from([[], ["deactivate"], ["delete"]])}),
    "scim": st.fixed_dictionaries({"delete": st.sampled_from(["policy", "absorb"])}),
}
POLICIES = st.fixed_dictionaries({}, optional=KNOBS).map(lambda knobs: policy(**knobs))


def lived(commands: list[Command], rules: TenantPolicy) -> list[tuple[Command, Subject, Verdict]]:
    """Run a life from nothing, a week between the commands."""
    subject, steps = Subject.absent("u1"), []
    for week, command in enumerate(commands):
        verdict = decide(command, subject, rules, NOW + timedelta(days=7 * week))
        steps.append((command, subject, verdict))
        if verdict.allowed:
            subject = subject.after(verdict.changes, getattr(command, "roles", None))
    return steps


@given(st.lists(COMMANDS, max_size=12), POLICIES)
def test_no_life_leaves_the_table_of_transitions(commands: list[Command], rules: TenantPolicy) -> None:
    """Whatever is done in whatever order, each step is a transition that its command may make."""
    for command, subject, verdict in lived(commands, rules):
        if verdict.transition is None:
            assert "state" not in verdict.changes
        else:
            assert verdict.transition in TRANSITIONS[type(command)]
            assert verdict.transition == (subject.state, verdict.changes["state"])


@given(COMMANDS, SUBJECTS, POLICIES)
def test_no_user_leaves_the_table_of_transitions(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """The same holds from any facts, also those that no life led to."""
    verdict = decide(command, subject, rules, NOW)
    assert verdict.transition is None or verdict.transition in TRANSITIONS[type(command)]


@given(st.lists(COMMANDS, min_size=1, max_size=3), SUBJECTS, POLICIES)
def test_a_refusal_changes_nothing(commands: list[Command], subject: Subject, rules: TenantPolicy) -> None:
    """A refused verdict has neither changes nor effects, for one command or several."""
    for verdict in (decide(commands[0], subject, rules, NOW), decide_all(commands, subject, rules, NOW)):
        if not verdict.allowed:
            assert (verdict.transition, verdict.effects, verdict.changes) == (None, (), {})


@given(st.lists(COMMANDS, min_size=1, max_size=3), SUBJECTS, POLICIES)
def test_refusals_come_in_guard_order_and_once(commands: list[Command], subject: Subject, rules: TenantPolicy) -> None:
    """The first refusal decides, so their order is fixed."""
    order = [code.value for code in Code]
    found = [order.index(refusal.code) for refusal in decide_all(commands, subject, rules, NOW).refusals]
    assert found == sorted(set(found))


@given(COMMANDS, SUBJECTS, POLICIES)
def test_one_command_alone_is_judged_as_one_of_several(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """Both ways to ask give the same answer."""
    assert decide_all([command], subject, rules, NOW) == decide(command, subject, rules, NOW)


@given(COMMANDS, SUBJECTS, POLICIES)
def test_asking_twice_gives_the_same_answer(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """Deciding has no memory and reads no clock."""
    assert decide(command, subject, rules, NOW) == decide(command, subject, rules, NOW)


@given(SUBJECTS, POLICIES, ACTORS, REASONS)
def test_deactivating_twice_is_deactivating_once(
    subject: Subject, rules: TenantPolicy, actor: Any, reason: str
) -> None:
    """The second deactivation changes nothing and emits nothing, but ends access again."""
    once = decide(Deactivate(actor, reason), subject, rules, NOW)
    if once.allowed:
        after = subject.after(once.changes)
        twice = decide(Deactivate(actor, reason), after, rules, NOW + timedelta(days=1))
        assert twice == Verdict(effects=(ending(rules, for_security=after.secured or reason == "security"),))


@given(COMMANDS, SUBJECTS, POLICIES)
def test_purging_is_the_end(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """Whatever is asked of a purged user, it is unknown."""
    verdict = decide(command, subject.after({"state": State.PURGED}), rules, NOW)
    assert verdict.refusals[0].code == Code.UNKNOWN_USER


@given(COMMANDS, SUBJECTS, POLICIES)
def test_access_ends_with_every_way_out(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """Whoever stops being active, or is deleted or purged, has its access ended and its tokens dated."""
    verdict = decide(command, subject, rules, NOW)
    if verdict.transition is None or verdict.transition[0] is None:
        return
    leaves = verdict.transition[1] is not State.ACTIVE and not isinstance(command, Restore)
    assert leaves == any(isinstance(effect, EndAccess) for effect in verdict.effects)
    assert leaves == ("tokens_valid_after" in verdict.changes)


@given(COMMANDS, SUBJECTS, POLICIES)
def test_every_transition_is_told_once(command: Command, subject: Subject, rules: TenantPolicy) -> None:
    """One transition, one event; no transition, no event."""
    verdict = decide(command, subject, rules, NOW)
    told = [effect for effect in verdict.effects if isinstance(effect, Emit) and effect.type.startswith("user.")]
    assert len(told) == (verdict.transition is not None)


@settings(max_examples=300)
@given(st.lists(COMMANDS, max_size=12))
def test_the_last_owner_never_goes(commands: list[Command]) -> None:
    """Under the default policy an active sole Owner stays active and Owner, whatever is tried."""
    owners = frozenset({"Owner"})
    subject = Subject(id="u1", state=State.ACTIVE, roles=owners, sole_roles=owners)
    for command in commands:
        verdict = decide(command, subject, policy(), NOW)
        if verdict.allowed:
            roles = command.roles if isinstance(command, Change) else None
            subject = subject.after(verdict.changes, roles)
    assert subject.state is State.ACTIVE
    assert "owner" in {role.casefold() for role in subject.roles}
