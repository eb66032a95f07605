"""Show the seats and licences of a tenant, and give and take them."""

from typing import Annotated, Any, TypeAlias

from flask import Response
from pydantic import BeforeValidator, Field, StringConstraints

from app.api.door import answer, caller
from app.api.meaning import Meant, Unsaid, acting
from app.api.requests import Said, said_in_body, said_in_query
from app.db.work import Work
from app.identity.scopes import ENTITLEMENTS
from app.lifecycle.clock import iso
from app.lifecycle.commands import Actor, Assign, Command, Release
from app.lifecycle.policy import Entitlement
from app.lifecycle.refusals import Refused, unknown_pool
from app.lifecycle.service import Lifecycle, policy_of
from app.runtime import runtime

PAGE = 200


def _number(text: object) -> object:
    return int(text) if isinstance(text, str) and text.isdecimal() else text


Limit: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=1, le=1000)]


class Pages(Said):
    """Which holders to list: so many from behind one on."""

    after: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x20-\x7e]*$")] = ""
    limit: Limit = PAGE


def of_tenant() -> Response:
    """Return the pools with what of each scope is given out."""
    principal = caller(ENTITLEMENTS)
    with runtime().database.reading(principal.tenant_id) as work:
        pools = _pools(work)
        totals = work.entitlements.totals(pools)
    shown = [
        {"pool": name, "assigned_by": pool.assigned_by, "over_limit": pool.over_limit, "scopes": scopes}
        for name, pool in pools.items()
        for scopes in [[_counted(pool, scope, n) for (p, scope), n in totals.items() if p == name]]
    ]
    return answer(200, {"entitlements": shown})


def holders(pool: str) -> Response:
    """Return who holds an entitlement of a pool."""
    principal, said = caller(ENTITLEMENTS), said_in_query(Pages)
    with runtime().database.reading(principal.tenant_id) as work:
        pools = _pools(work)
        if pool not in pools:
            raise Refused([unknown_pool(pool)])
        found = work.entitlements.holders(pool, pools[pool], said.after, said.limit)
    listed = [{"user": each.user_id, "scope": each.scope, "since": each.since and iso(each.since)} for each in found]
    return answer(200, {"holders": listed, "after": found[-1].user_id if len(found) == said.limit else None})


def assign(user_id: str, pool: str) -> Response:
    """Give an entitlement to an active user; who has it keeps it."""
    return _carried_out(user_id, said_in_body(Unsaid), lambda actor: Assign(actor, pool))


def release(user_id: str, pool: str) -> Response:
    """Take an entitlement from a user, who keeps access."""
    said = said_in_query(Unsaid)
    return _carried_out(user_id, said, lambda actor: Release(actor, pool, _meant(said)))


def _carried_out(user_id: str, said: Meant, command: Any) -> Response:
    principal, here = caller(ENTITLEMENTS), runtime()
    with here.database.reading(principal.tenant_id) as work:

        def change() -> list[tuple[str, str | None]]:
            actor: Actor = acting(principal, work, said)
            wanted: Command = command(actor)
            users = Lifecycle(work, here.clock, actor, consent=said.consent())
            users.carry_out(users.find(user_id), wanted)
            return work.entitlements.held(user_id)

        held = work.transact(change, here.wait)
    return answer(200, {"user": user_id, "entitlements": [{"pool": name, "scope": scope} for name, scope in held]})


def _meant(said: Meant) -> bool:
    consent = said.consent()
    return consent.confirmed or consent.revision is not None


def _pools(work: Work) -> dict[str, Entitlement]:
    return policy_of(work.policies.current()[1]).entitlements


def _counted(pool: Entitlement, scope: str | None, taken: int) -> dict[str, Any]:
    left = None if pool.capacity is None else max(pool.capacity - taken, 0)
    return {"scope": scope, "taken": taken, "capacity": pool.capacity, "left": left}
