"""The service asks the guards before it writes, about facts that nobody can change meanwhile."""

from typing import Any

import pytest

from app.lifecycle.refusals import Code, Refused
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from tests.lifecycle.worlds import Memory, World, profile, writes

REFUSED: list[tuple[str, Any, Code]] = [
    ("sole owner leaves", lambda users, ada: users.change(users.find(ada), active=False), Code.LAST_OWNER),
    ("sole owner is deactivated", lambda users, ada: users.deactivate(users.find(ada), "leaver"), Code.LAST_OWNER),
    ("sole owner is deleted", lambda users, ada: users.delete(users.find(ada)), Code.LAST_OWNER),
    (
        "sole owner loses the role",
        lambda users, ada: users.change(users.find(ada), profile=profile("Ada"), changed=["roles"]),
        Code.LAST_OWNER,
    ),
    (
        "name of another, and out",
        lambda users, ada: users.change(users.find(ada), profile=profile("Eve", roles=("Owner",)), changed=["x"]),
        Code.USER_NAME_TAKEN,
    ),
    (
        "name of another at creation",
        lambda users, _: users.provision("x", profile("Eve"), active=True),
        Code.USER_NAME_TAKEN,
    ),
    ("purge of the living", lambda users, ada: users.purge(ada), Code.INVALID_STATE),
    ("nobody", lambda users, _: users.purge("nobody"), Code.UNKNOWN_USER),
]


@pytest.mark.parametrize(("_name", "deed", "code"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_guards_come_before_the_first_write(remembered: World, _name: str, deed: Any, code: Code) -> None:
    """A refusal leaves no trace: the service has written nothing when it raises."""
    ada = remembered.user("Ada", roles=("Owner",))
    remembered.user("Eve")
    remembered.sign_in(ada, "one")
    with pytest.raises(Refused) as refused, remembered.acting() as users:
        deed(users, ada)
    assert refused.value.first.code == code
    assert writes(remembered) == []


def gain_and_leave(users: Lifecycle, user_id: str) -> None:
    """Become Owner and inactive in one request."""
    users.change(users.find(user_id), profile=profile("Ada", roles=("Owner",)), active=False, changed=["roles"])


def test_becoming_owner_and_leaving_at_once_is_leaving_as_owner(world: World) -> None:
    """A role gained in the request is guarded as one held before: nobody else would have it."""
    ada = world.user("Ada")
    with pytest.raises(Refused) as refused, world.acting() as users:
        gain_and_leave(users, ada)
    assert refused.value.first.code == Code.LAST_OWNER
    assert world.record(ada).version == 1
    world.user("Eve", roles=("Owner",))
    with world.acting() as users:
        gain_and_leave(users, ada)
    assert world.record(ada).state is State.INACTIVE


def test_who_touches_a_protected_role_locks_the_tenant(remembered: World) -> None:
    """Two owners who leave at once must not both see the other stay; all else goes on in parallel."""
    ada, eve = remembered.user("Ada", roles=("Owner",)), remembered.user("Eve", roles=("Owner",))
    bob = remembered.user("Bob")
    locks = []
    for user_id in (ada, bob):
        with remembered.acting() as users:
            users.change(users.find(user_id), active=False)
        assert isinstance(remembered.store, Memory)
        locks.append(remembered.store.work.locks)
    assert locks == [1, 0]
    with pytest.raises(Refused):
        remembered.deactivate(eve)
