"""Laws that hold through HTTP for every life of every user, under every policy that is tried."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from tests.clock import FixedClock
from tests.lifecycle.policies import policies
from tests.rules.lives import KNOWN, LIVES, NAMES, RULES, Lives
from tests.rules.products import Product

bounded = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
DOORS = st.sampled_from(["scim", "api"])


@pytest.mark.slow
@bounded
@given(life=LIVES, rules=st.sampled_from(sorted(RULES)))
def test_no_life_leaves_the_law(app: Flask, clock: FixedClock, life: list[Any], rules: str) -> None:
    """Each step is a known transition or none; a refusal changes no row; licences suffice; the trail is whole."""
    lives = Lives.under(app, clock, rules)
    states, rows = lives.states(), lives.rows()
    for step in life:
        answer = lives.take(step)
        after = lives.states()
        status = 200 if answer is None else answer.status_code
        assert status < 500, step
        assert status < 400 or lives.rows() == rows, step
        moved = {(states[id_][0] if id_ in states else None, state) for id_, (state, _) in after.items()}
        assert {each for each in moved if each[0] is not each[1]} <= KNOWN, (step, moved)
        assert owners(after) or not owners(states), step
        assert lives.overdrawn() == []
        states, rows = after, rows if status >= 400 else lives.rows()
    assert lives.flaws() == []


def owners(states: dict[str, tuple[State, frozenset[str]]]) -> list[str]:
    """Return the active users with the role that is protected."""
    return [id_ for id_, (state, roles) in states.items() if state is State.ACTIVE and "owner" in roles]


@pytest.mark.slow
@bounded
@example(roles=["Owner", "Analyst"], groups={0, 2}, leave="scim", back="api", deleted=True)
@given(
    roles=st.lists(st.sampled_from(["Owner", "Analyst", "Ärztin"]), unique=True),
    groups=st.sets(st.integers(0, 2)),
    leave=DOORS,
    back=DOORS,
    deleted=st.booleans(),
)
def test_who_comes_back_is_who_left(
    app: Flask, roles: list[str], groups: set[int], leave: str, back: str, *, deleted: bool
) -> None:
    """Roles, groups and all else that is served are the same after the way out and back, through whichever doors."""
    product = Lives.under(app, FixedClock(), "absorbing").product
    product.scim.user("keeper", roles=[{"value": "Owner"}])
    ada = product.scim.user("ada", roles=[{"value": each} for each in roles])
    names = [product.scim.group(f"Group {each}", *([ada] if each in groups else [])) for each in range(3)]
    before = shown(product, ada, names)
    if deleted:
        assert product.scim.delete(f"/Users/{ada}").status_code == 204
        product.said("POST", f"/users/{ada}/restore")
    else:
        switch(product, leave, ada, active=False)
        assert shown(product, ada, names) == {**before, "active": False}
        switch(product, back, ada, active=True)
    assert shown(product, ada, names) == before


def switch(product: Product, door: str, id_: str, *, active: bool) -> None:
    """Give or take access through a door."""
    if door == "scim":
        assert product.active(id_, active=active).status_code == 200
    else:
        product.said("POST", f"/users/{id_}/{'reactivate' if active else 'deactivate'}", {"confirm": True})


def shown(product: Product, id_: str, group_ids: list[str]) -> dict[str, Any]:
    """Return what is served of a user and of who is in the groups, without versions and times."""
    view = product.scim.user_view(id_)
    del view["meta"]
    return {**view, "members": [product.scim.members(each) for each in group_ids]}


@pytest.mark.slow
@bounded
@given(policy=policies())
def test_a_policy_is_served_as_it_was_put(app: Flask, policy: TenantPolicy) -> None:
    """Through HTTP it comes back as it went, and going back to the version before undoes it."""
    product = Lives.under(app, FixedClock(), "strict").product
    first = product.said("GET", "/policy")["policy"]
    put = change(product, "PUT", "/policy", 1, policy=policy.model_dump(mode="json"))
    assert TenantPolicy.load(put["policy"]) == policy
    assert product.said("GET", "/policy") == put
    again = change(product, "POST", "/policy/revert", put["version"], version=1)
    assert again["policy"] == first
    assert product.said("GET", f"/policy/diff?from=1&to={again['version']}") == {"knobs": {}}


def change(product: Product, method: str, path: str, seen: int, **said: Any) -> Any:
    """Change the policy, having seen a version of it."""
    headers = {**product.headers, "If-Match": f'"{seen}"'}
    body = {**said, "author": "Grace", "reason": "A law"}
    answer = product.http.open(f"/t/{product.tenant.slug}/api/v1{path}", method=method, headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_lives_that_are_tried_are_lives(app: Flask, clock: FixedClock) -> None:
    """A life that is told step by step has the steps that it seems to have."""
    lives = Lives.under(app, clock, "absorbing")
    person = {"roles": [{"value": "Owner"}], "entitlements": [{"value": "sales"}]}
    steps: list[tuple[str, int, Any]] = [
        ("create", 0, {**person, "active": True}),
        ("create", 1, {**person, "active": False}),
        ("switch", 1, True),
        ("switch", 0, False),
        ("delete", 0, None),
        ("change", 1, ("entitlements", [])),
    ]
    told = [lives.take(step) for step in steps]
    assert [each and each.status_code for each in told] == [201, 201, 403, 409, 409, 200]
    assert [state for state, _ in lives.states().values()] == [State.ACTIVE, State.INACTIVE]
    assert len(lives.ids) == 2 < len(NAMES)
    assert lives.take(("wait", 0, 1)) is lives.take(("own", 2, None)) is None
    further = [lives.take(step) for step in (("hold", 1, None), ("delete", 1, None), ("post", 1, "deactivate"))]
    assert [each and each.status_code for each in further] == [201, 204, 404]
    lives.take(("wait", 0, 40))
    assert [state for state, _ in lives.states().values()] == [State.ACTIVE, State.TOMBSTONED]
    assert lives.overdrawn() == lives.flaws() == []
