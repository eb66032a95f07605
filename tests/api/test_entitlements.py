"""Entitlements are counted right whoever races, and never given out beyond the capacity."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.products import Product
from tests.scim_client import user
from tests.service import NUMBERS

RACERS = 32
CAPACITY = 3


def limited(app: Flask, **pool: Any) -> Product:
    """Begin a tenant with a pool that has a capacity."""
    return Product.of(app, "default", entitlements={"seat": {"capacity": CAPACITY, **pool}}, confirm=[])


def test_of_32_clients_racing_for_the_last_seat_one_gets_it(app: Flask) -> None:
    """All others are refused, and the count is the capacity."""
    tenant = limited(app)
    for name in ("ada", "bob"):
        tenant.scim.user(name)
    clients = [Product(tenant.tenant, app.test_client(), tenant.scim, tenant.headers) for _ in range(RACERS)]

    def create(racer: int) -> int:
        scim = type(tenant.scim)(clients[racer].http, tenant.tenant, tenant.scim.token)
        return scim.post("/Users", user(f"racer-{racer}")).status_code

    with ThreadPoolExecutor(RACERS) as threads:
        statuses = sorted(threads.map(create, range(RACERS)))
    assert statuses == [201] + [403] * (RACERS - 1)
    assert tenant.taken("seat") == {None: CAPACITY}


def test_of_32_users_given_the_last_licence_one_gets_it(app: Flask) -> None:
    """The same holds for what the API gives out of a pool with rows."""
    tenant = limited(app, assigned_by="api", separable=True)
    ids = [tenant.tenant.user() for _ in range(RACERS + CAPACITY - 1)]
    for user_id in ids[RACERS:]:
        tenant.said("PUT", f"/users/{user_id}/entitlements/seat", {})

    def take(user_id: str) -> int:
        http = app.test_client()
        return Product(tenant.tenant, http, tenant.scim, tenant.headers).call(
            "PUT", f"/users/{user_id}/entitlements/seat", {}
        ).status_code  # fmt: skip

    with ThreadPoolExecutor(RACERS) as threads:
        statuses = sorted(threads.map(take, ids[:RACERS]))
    assert statuses == [200] + [403] * (RACERS - 1)
    assert len(tenant.holders("seat")) == CAPACITY


def test_of_two_who_claim_one_task_one_wins(app: Flask) -> None:
    """The other is told that somebody owns it."""
    tenant = limited(app, capacity=None)
    ids = [tenant.tenant.user() for _ in range(8)]
    tenant.own(None, "task", "t1")

    def claim(user_id: str) -> int:
        http = app.test_client()
        mine = Product(tenant.tenant, http, tenant.scim, tenant.headers)
        return mine.call("POST", "/work/task/t1/claim", {"user": user_id}).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(claim, ids))
    assert statuses == [200] + [409] * 7


STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "leave", "return", "delete", "give", "take"]), st.integers(0, 5)), max_size=25
)


@pytest.mark.parametrize("assigned_by", ["everyone", "api"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_more_is_given_out_than_there_is(app: Flask, assigned_by: str, steps: list[tuple[str, int]]) -> None:
    """Whatever is done in whatever order, the count is that of the holders, and within the capacity."""
    pool = {"capacity": CAPACITY, "assigned_by": assigned_by, "separable": True}
    tenant = Product.of(
        app, "default", f"tenant-{next(NUMBERS)}", entitlements={"seat": pool}, confirm=[], delete={"mode": "any"}
    )
    ids: list[str] = []
    for step, place in steps:
        _step(tenant, step, ids, place)
        holders = tenant.holders("seat")
        assert len(holders) <= CAPACITY
        assert sum(tenant.taken("seat").values()) == len(holders)


def _step(tenant: Product, step: str, ids: list[str], place: int) -> None:
    if step == "create":
        answer = tenant.scim.post("/Users", user(f"user-{len(ids)}-{place}"))
        ids += [(answer.json or {})["id"]] if answer.status_code == 201 else []
    elif ids:
        user_id = ids[place % len(ids)]
        seat = f"/users/{user_id}/entitlements/seat"
        deeds: dict[str, tuple[str, str, Any]] = {
            "leave": ("POST", f"/users/{user_id}/deactivate", {}),
            "return": ("POST", f"/users/{user_id}/reactivate", {}),
            "delete": ("DELETE", f"/users/{user_id}", None),
            "give": ("PUT", seat, {}),
            "take": ("DELETE", seat, None),
        }
        assert tenant.call(*deeds[step]).status_code in {200, 400, 403, 404, 409}
