"""List users as people look through them, and tell the states of many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, false, func, or_, select

from app.db.entitlements import Place
from app.db.records import Listed
from app.db.rows import SessionRow, UserRow
from app.db.rows.users import LIVE
from app.db.statements import Among
from app.lifecycle.policy import Entitlement, TenantPolicy
from app.lifecycle.states import State

_SIGNED_IN = exists().where(SessionRow.tenant_id == UserRow.tenant_id, SessionRow.user_id == UserRow.id)
_LISTED = select(
    UserRow.id,
    UserRow.user_name,
    UserRow.display_name,
    UserRow.state,
    UserRow.deactivated_at.label("since"),
    UserRow.reason,
    _SIGNED_IN.label("signed_in_before"),
).where(UserRow.tenant_id == bindparam("of_tenant"), LIVE)
_STATES = Among.of(
    select(UserRow.id, UserRow.state).where(UserRow.tenant_id == bindparam("of_tenant")),
    UserRow.id,
)
_EVER = select(SessionRow.id).where(
    SessionRow.tenant_id == bindparam("of_tenant"), SessionRow.user_id == bindparam("user_id")
)


class Listings:
    """Look through the live users of a tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def page(self, states: Collection[State], text: str, after: str, limit: int) -> list[Listed]:
        """Return users in these states whose userName or displayName starts with a text, from behind an id on."""
        query = _LISTED.where(UserRow.id > after, UserRow.state.in_(states)).order_by(UserRow.id).limit(limit)
        if text:
            key = text.casefold()
            names = (UserRow.user_name_key, func.coalesce(UserRow.display_name_key, ""))
            query = query.where(or_(*(name.startswith(key, autoescape=True) for name in names)))
        rows = self._connection.execute(query, {"of_tenant": self._tenant_id})
        return [Listed(**{**row._mapping, "state": State(row.state)}) for row in rows]  # noqa: SLF001

    def states(self, ids: Sequence[str]) -> dict[str, State]:
        """Return the state of each of these users that exists."""
        found = _STATES.rows(self._connection, ids, {"of_tenant": self._tenant_id}) if ids else ()
        return {id_: State(state) for id_, state in found}

    def forecast(self, policy: TenantPolicy, now: datetime, taken: Mapping[Place, int]) -> dict[str, Any]:
        """Count what a policy means for the users there are, in one statement; ``taken`` are entitlements by scope."""
        ended, window = UserRow.deactivated_at, policy.reactivate.window_days
        retained = now - timedelta(days=policy.delete.min_days_inactive)
        erasable = {"never": None, "inactive_only": State.INACTIVE, "any": State.ACTIVE}[policy.delete.mode]
        counts = {
            "active": UserRow.state == State.ACTIVE,
            "inactive": UserRow.state == State.INACTIVE,
            "tombstoned": UserRow.state == State.TOMBSTONED,
            "deletable_now": and_(UserRow.state == State.INACTIVE, ended <= retained) if erasable else false(),
            "deletable_while_active": UserRow.state == State.ACTIVE if erasable is State.ACTIVE else false(),
            "purgeable_now": and_(UserRow.state == State.TOMBSTONED, ended <= retained) if erasable else false(),
            "reactivation_closed": and_(UserRow.state == State.INACTIVE, ended < now - timedelta(days=window))
            if window
            else false(),
        }
        summed = [func.coalesce(func.sum(case((term, 1), else_=0)), 0).label(name) for name, term in counts.items()]
        row = self._connection.execute(select(*summed).where(UserRow.tenant_id == self._tenant_id)).one()
        users = {name: int(value) for name, value in row._mapping.items()}  # noqa: SLF001
        return {
            "users": users,
            "seats": {name: _seats(name, pool, taken) for name, pool in policy.entitlements.items()},
        }

    def signed_in_before(self, user_id: str) -> bool:
        """Tell whether a session of this user ever began."""
        parameters = {"of_tenant": self._tenant_id, "user_id": user_id}
        return self._connection.execute(_EVER.limit(1), parameters).first() is not None


def _seats(name: str, pool: Entitlement, taken: Mapping[Place, int]) -> dict[str, int | None]:
    """Return how many of a pool are given out, how many there are in a scope, and how many are beyond that."""
    counts = [count for (of, _), count in taken.items() if of == name]
    over = 0 if pool.capacity is None else sum(max(count - pool.capacity, 0) for count in counts)
    return {"taken": sum(counts), "capacity": pool.capacity, "over": over}
