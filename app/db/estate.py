"""What users hold and own, as the guards ask for it: in few statements, and under a lock where it is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection

from app.db.entitlements import Entitlements, Place, Taken
from app.db.memberships import Memberships
from app.db.precheck import Prechecking
from app.db.tenants import Tenants
from app.db.work_items import WorkItems
from app.lifecycle.assigning import assigned, scope_of
from app.lifecycle.commands import Assign, Change, Command, Deactivate, Delete, Purge, Release, Restore
from app.lifecycle.estate import Holdings
from app.lifecycle.policy import Entitlement
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.states import State
from app.lifecycle.subject import Held, Wanted, WorkCount

Pools = Mapping[str, Entitlement]
Document = Mapping[str, Any]
TAKING = Deactivate, Delete, Purge, Release


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the entitlements of one user: what it is and was assigned, and by which commands."""

    record: UserRecord | None
    before: Document
    after: Document
    pools: Pools
    commands: Sequence[Command]
    groups: frozenset[str] = frozenset()

    @property
    def former(self) -> dict[str, str | None]:
        """Return what was assigned until now."""
        changes = [each for each in self.commands if isinstance(each, Change)]
        joined = frozenset(key for each in changes for key in each.joined)
        left = frozenset(key for each in changes for key in each.left)
        return assigned(self.before, self.pools, (self.groups - joined) | left)

    @property
    def present(self) -> dict[str, str | None]:
        """Return what is assigned from now on."""
        return assigned(self.after, self.pools, self.groups)

    def leaving(self, held: Place) -> bool:
        """Tell whether an entitlement is no longer assigned, or not in this scope."""
        name, scope = held
        pool = self.pools.get(name)
        if self.record is None or pool is None:
            return False
        return (name in self.former and name not in self.present) or self._moves(pool, scope)

    def wanted(self, held: Sequence[Place]) -> list[Place]:
        """Return what is to be given: to an active user what is newly assigned, to others all."""
        former = self.former if self.record is not None and self.record.state is State.ACTIVE else {}
        fresh = [each for each in self.present.items() if each[0] not in former or former[each[0]] != each[1]]
        moved = [(name, self._scope(name)) for name, scope in held if self._moves(self.pools.get(name), scope)]
        asked = [(each.pool, self._scope(each.pool)) for each in self.commands if isinstance(each, Assign)]
        known = [place for place in (*fresh, *moved, *asked) if place[0] in self.pools and place not in held]
        return list(dict.fromkeys(known))

    def _moves(self, pool: Entitlement | None, scope: str | None) -> bool:
        if pool is None or pool.scope_by is None or self.before is self.after:
            return False
        return scope == scope_of(self.before, pool) != scope_of(self.after, pool)

    def _scope(self, name: str) -> str | None:
        return scope_of(self.after, self.pools[name]) if name in self.pools else None


class HeldEntitlements:
    """Answer what the guards ask of entitlements, and carry out what they allow."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._rows = Entitlements(connection, tenant_id)
        self._work = WorkItems(connection, tenant_id)
        self._common: set[str] = set()

    def holdings(
        self, record: UserRecord | None, profile: Profile | None, pools: Pools, commands: Sequence[Command] = ()
    ) -> Holdings:
        """Return what concerns commands on a user; whoever counts with it waits until the transaction ends."""
        self._common |= {name for name, pool in pools.items() if pool.assigned_by == "everyone"}
        after = orjson.loads(profile.document) if profile is not None else None
        before = orjson.loads(record.document) if record is not None else after or {}
        asked = Question(record, before, after or before, pools, commands, self._groups(record, pools, commands))
        held = self._held(record, pools)
        wanted = asked.wanted(held)
        guarded = [each for each in held if self._is_guarded(asked, each)]
        limited = [each for each in wanted if pools[each[0]].capacity is not None]
        if guarded or limited:
            Tenants(self._connection).lock(self._tenant_id)
        counted = self._counted([*guarded, *limited], record, pools)
        return Holdings(
            tuple(self._as_held(each, asked, counted if each in guarded else {}) for each in held),
            tuple(Wanted(*each, taken=counted.get(each, Taken()).count) for each in wanted),
        )

    def take(self, user_id: str, pool: str, scope: str | None, at: datetime) -> None:
        """Give an entitlement to a user."""
        if pool not in self._common:
            self._rows.take(user_id, pool, scope, at)

    def release(self, user_id: str, pool: str, scope: str | None, at: datetime) -> None:  # noqa: ARG002
        """Take an entitlement from a user."""
        self._rows.release(user_id, pool, scope)

    def _groups(self, record: UserRecord | None, pools: Pools, commands: Sequence[Command]) -> frozenset[str]:
        """Return the names of the groups that a user is in, or will be in again once it is restored."""
        if record is None or not any(pool.assigned_by == "groups" for pool in pools.values()):
            return frozenset()
        memberships = Memberships(self._connection, self._tenant_id)
        if record.state is State.TOMBSTONED and any(isinstance(c, Restore) and c.reinstate_groups for c in commands):
            names = memberships.names_of(record.former_groups)
        else:
            names = [display for _, display in memberships.groups_of(record.id)[0]]
        return frozenset(name.casefold() for name in names)

    def _held(self, record: UserRecord | None, pools: Pools) -> list[Place]:
        if record is None:
            return []
        common = [(name, None) for name, pool in pools.items() if pool.assigned_by == "everyone"]
        has = [(name, scope) for name, scope in common if _has(record, pools[name])]
        own = len(common) < len(pools)
        return [*has, *(self._rows.held(record.id) if own else [])]

    def _is_guarded(self, asked: Question, held: Place) -> bool:
        pool = asked.pools.get(held[0])
        taking = any(isinstance(each, TAKING) for each in asked.commands)
        return pool is not None and pool.last_in_scope is not None and (taking or asked.leaving(held))

    def _counted(self, places: Sequence[Place], record: UserRecord | None, pools: Pools) -> dict[Place, Taken]:
        common = {place for place in places if pools[place[0]].assigned_by == "everyone"}
        rows = self._rows.taken([place for place in places if place not in common], record.id if record else None)
        empty = {place: Taken() for place in places}
        return {**empty, **rows, **{place: Taken(self._rows.everybody(pools[place[0]])) for place in common}}

    def _as_held(self, place: Place, asked: Question, counted: Mapping[Place, Taken]) -> Held:
        alone = place in counted and counted[place].others == 0
        blocked = self._blocked(asked.pools[place[0]], place[1]) if alone else ()
        return Held(*place, alone=alone, blocked_by=blocked, leaving=asked.leaving(place))

    def _blocked(self, pool: Entitlement, scope: str | None) -> tuple[WorkCount, ...]:
        rule = pool.last_in_scope
        return () if rule is None else self._work.in_scope(rule.blocked_by.type, rule.blocked_by.states, scope)


def _has(record: UserRecord, pool: Entitlement) -> bool:
    """Tell whether a user holds what everybody active holds."""
    kept = pool.on_deactivate == "hold" and record.state is State.INACTIVE and record.reason != "staged"
    return record.state is State.ACTIVE or kept


class TenantEstate:
    """What users hold and own, in one transaction."""

    def __init__(self, connection: Connection, tenant_id: int, precheck: Prechecking) -> None:
        """Work on ``connection`` for one tenant; ``precheck`` knows what the host application has answered."""
        self._connection = connection
        self._tenant_id = tenant_id
        self.precheck = precheck

    @cached_property
    def entitlements(self) -> HeldEntitlements:
        """Return the seats and licences."""
        return HeldEntitlements(self._connection, self._tenant_id)

    @cached_property
    def work_items(self) -> WorkItems:
        """Return the work."""
        return WorkItems(self._connection, self._tenant_id)
