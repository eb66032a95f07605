"""The service loads, decides and applies: in memory and on both databases alike."""

import pytest

from app.lifecycle.refusals import Code, Refused
from app.lifecycle.states import State
from tests.clock import FixedClock
from tests.lifecycle.people import HOST, IDP, OPERATOR
from tests.lifecycle.worlds import CONNECTION, World, profile, writes


def test_a_newcomer_is_told_once(world: World) -> None:
    """Creation writes one row, one audit entry and one event."""
    ada = world.user()
    assert world.told(ada) == [("user.created", {"state": "active"})]
    record = world.record(ada)
    assert (record.version, record.session_epoch, record.connection_id) == (1, 0, CONNECTION)


def test_a_staged_user_is_inactive_from_the_start(world: World) -> None:
    """`active=false` at creation is no deactivation."""
    ada = world.user(active=False)
    assert world.told(ada) == [("user.created", {"state": "inactive"})]
    assert (world.record(ada).state, world.record(ada).reason) == (State.INACTIVE, "staged")


def test_a_deactivation_ends_sessions_in_the_same_transaction(world: World, clock: FixedClock) -> None:
    """State, epoch, sessions, audit and events change under one transaction id."""
    ada = world.user()
    world.sign_in(ada, "one")
    world.sign_in(ada, "two")
    clock.advance(minutes=1)
    assert world.deactivate(ada)
    assert world.open_sessions(ada) == []
    record = world.record(ada)
    assert (record.state, record.reason, record.version, record.session_epoch) == (State.INACTIVE, "leaver", 2, 1)
    assert record.deactivated_at == record.updated_at == clock.now()
    assert world.told(ada, since=1) == [
        ("user.deactivated", {"reason": "leaver"}),
        ("user.sessions_revoked", {"sessions_ended": 2}),
    ]
    with world.store.begin() as work:
        assert len({entry.txn for entry in work.audit.of(ada)[1:]}) == 1


def test_an_end_is_told_once(world: World, clock: FixedClock) -> None:
    """A deactivation tells that access ended, though no session be known; what follows it tells nothing of the kind."""
    ada, eve = world.user("Ada"), world.user("Eve")
    world.deactivate(ada)
    for user in (ada, eve):
        world.delete(user)
    clock.advance(days=30)
    with world.acting(OPERATOR) as users:
        for user in (ada, eve):
            users.purge(user)
    with world.store.begin() as work:
        told = [[event.type for event in work.outbox.of(user)] for user in (ada, eve)]
    assert told[0] == ["user.created", "user.deactivated", "user.sessions_revoked", "user.deleted", *told[0][4:]]
    assert [types.count("user.sessions_revoked") for types in told] == [1, 1]
    assert [types[-1] for types in told] == ["user.purged", "user.purged"]


def test_another_users_sessions_live_on(world: World) -> None:
    """Access ends for the one who leaves."""
    ada, eve = world.user("Ada"), world.user("Eve")
    world.sign_in(ada, "one")
    world.sign_in(eve, "two")
    world.deactivate(ada)
    assert world.open_sessions(eve) == ["two"]


def test_a_repeat_changes_nothing(world: World) -> None:
    """Deactivating or reactivating twice bumps no version and tells nothing."""
    ada = world.user()
    world.deactivate(ada)
    before = world.record(ada), world.told(ada)
    assert not world.deactivate(ada, "other")
    assert (world.record(ada), world.told(ada)) == before
    for _ in range(2):
        with world.acting() as users:
            users.change(users.find(ada), active=True)
    assert (world.record(ada).version, len(world.told(ada))) == (3, len(before[1]) + 1)


def test_a_repeat_writes_nothing(remembered: World) -> None:
    """No statement changes a row."""
    ada = remembered.user()
    remembered.deactivate(ada)
    remembered.deactivate(ada)
    assert writes(remembered) == []
    with remembered.acting() as users:
        users.change(users.find(ada))
    assert writes(remembered) == []


def test_the_epoch_moves_when_access_ends_and_only_then(world: World) -> None:
    """A reactivated user starts in the epoch that its deactivation began, so that old sessions stay dead."""
    ada = world.user()
    epochs = []
    for active in (False, True, True, False, False, True):
        with world.acting() as users:
            users.change(users.find(ada), active=active)
        epochs.append(world.record(ada).session_epoch)
    assert epochs == [1, 1, 1, 2, 2, 2]
    with world.acting() as users:
        users.change(users.find(ada), profile=profile("Ada B."), changed=["userName"])
    assert world.record(ada).session_epoch == 2


def test_a_session_that_slipped_through_ends_at_the_repeat(world: World) -> None:
    """A repeated deactivation ends what is open, and says so."""
    ada = world.user()
    world.deactivate(ada)
    world.sign_in(ada, "stray")
    count = len(world.told(ada))
    world.deactivate(ada)
    assert world.open_sessions(ada) == []
    assert world.told(ada, since=count) == [("user.sessions_revoked", {"sessions_ended": 1})]


def test_a_reason_raised_to_security_is_recorded(world: World) -> None:
    """An operator who confirms a deactivation for security leaves a trace, with nothing left to end."""
    ada = world.user()
    world.deactivate(ada)
    count = len(world.told(ada))
    assert world.deactivate(ada, "security", OPERATOR)
    assert world.told(ada, since=count) == [("user.updated", {"changed": ["reason"], "reason": "security"})]
    with world.store.begin() as work:
        entry = work.audit.of(ada)[count]
    assert (entry.reason, entry.actor_name) == ("security", "Ann")
    assert world.record(ada).reason == "security"
    with pytest.raises(Refused) as refused, world.acting(IDP) as users:
        users.change(users.find(ada), active=True)
    assert refused.value.first.code == Code.DEACTIVATED_BY_OPERATOR


def test_a_new_name_is_shown_in_groups(world: World) -> None:
    """Lists of members follow the user's display name."""
    ada = world.user()
    world.join(ada, "staff")
    with world.acting() as users:
        users.change(users.find(ada), profile=profile("Grace"), changed=["userName", "displayName"])
    assert [member.display for member in world.members("staff")] == ["Dr. Grace"]
    assert world.told(ada, since=1) == [("user.updated", {"changed": ["userName", "displayName"]})]


def test_a_tombstone_leaves_its_groups_and_returns_to_them(world: World) -> None:
    """A restore by hand gives the groups back, under the name the user has."""
    ada = world.user()
    world.join(ada, "staff", "admins")
    world.sign_in(ada, "one")
    world.delete(ada)
    assert world.members("staff") == world.members("admins") == world.open_sessions(ada) == []
    assert world.record(ada).former_groups == ("admins", "staff")
    with world.acting(HOST) as users:
        users.restore(ada)
    assert [m.id for g in ("staff", "admins") for m in world.members(g)] == [ada, ada]
    actions = [action for action, _ in world.told(ada)]
    assert actions == ["user.created", "user.deleted", "user.sessions_revoked", "user.restored"]


def test_a_deleted_user_is_unknown(world: World) -> None:
    """What is tombstoned is not found by a surface, and cannot be deactivated."""
    ada = world.user()
    world.delete(ada)
    with pytest.raises(Refused) as refused, world.acting() as users:
        users.find(ada)
    assert refused.value.first.code == Code.UNKNOWN_USER


def test_a_returning_user_keeps_its_id_and_its_changes_are_told(world: World) -> None:
    """The same connection creating again brings the tombstone back, and what differs is recorded."""
    ada = world.user(external_id="e1")
    world.delete(ada)
    count = len(world.told(ada))
    with world.acting() as users:
        outcome = users.provision(CONNECTION, profile("Ada Byron", external_id="e1"), active=True)
    assert (outcome.record.id, outcome.created) == (ada, False)
    assert world.told(ada, since=count) == [
        ("user.restored", {"state": "active"}),
        ("user.updated", {"changed": ["userName"]}),
    ]
    assert world.record(ada).user_name == "Ada Byron"


def test_a_creation_that_means_an_inactive_user_is_recorded(world: World) -> None:
    """Staging again a user who is inactive changes its profile, or nothing; never in silence."""
    ada = world.user(external_id="e1", active=False)
    for name, told in (("Ada", []), ("Ada B.", [("user.updated", {"changed": ["userName"]})])):
        with world.acting() as users:
            users.provision(CONNECTION, profile(name, external_id="e1"), active=False)
        assert world.told(ada, since=1) == told
    assert world.record(ada).version == 2


def test_another_connection_gets_another_user(world: World) -> None:
    """A tombstone comes back for the connection that had it, and for no other."""
    ada = world.user(external_id="e1")
    world.delete(ada)
    with world.acting() as users:
        assert users.provision("entra", profile(external_id="e1"), active=True).record.id != ada


def test_a_purge_leaves_an_id_and_nothing_else(world: World, clock: FixedClock) -> None:
    """Name, keys, document, lookups and sessions go; the trail keeps ids."""
    ada = world.user(external_id="e1", roles=("Nurse",))
    world.join(ada, "staff")
    world.sign_in(ada, "one")
    world.delete(ada)
    with pytest.raises(Refused) as refused, world.acting(OPERATOR) as users:
        users.purge(ada)
    assert refused.value.first.code == Code.PURGE_NOT_DUE
    clock.advance(days=30)
    with world.acting(OPERATOR) as users:
        assert users.due() == [ada]
        users.purge(ada)
    record = world.record(ada)
    assert (record.state, record.user_name, record.document, record.former_groups) == (State.PURGED, "", "{}", ())
    assert (record.user_name_key, record.external_id, record.display_name) == ("", None, "Deleted user")
    assert record.roles == frozenset()
    with world.acting(OPERATOR) as users:
        assert users.due() == []
