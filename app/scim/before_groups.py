"""Hold users before the group that they come into or leave, as whoever deletes a user does: users, then groups."""

from __future__ import annotations

from collections.abc import Mapping

from app.db.records import Member
from app.db.work import Work
from app.lifecycle.policy import TenantPolicy
from app.scim.roster import Named, Roster


def held(work: Work, policy: TenantPolicy, group_id: str, roster: Roster) -> Mapping[str, Member]:
    """Hold, in the order of their ids, users whom a change of a group concerns; return who exists to be put in.

    An empty roster stands for a change of the group itself, which may concern all of its members.
    """
    if _changes_users(policy):
        _hold_all(work, policy, group_id, roster)
    wanted = roster.added
    if wanted and roster.cleared and group_id:
        wanted = named_anew(wanted, work.memberships.shown(group_id))
    return work.memberships.resolve(wanted) if wanted else {}


def _hold_all(work: Work, policy: TenantPolicy, group_id: str, roster: Roster) -> None:
    """Hold whoever may change with the group, and the tenant where a command on a user does, before or after it."""
    if policy.protect_last.groups:
        work.lock()
    whole = group_id and (roster.cleared or not roster)
    present = work.memberships.of_group(group_id) if whole else ()
    work.access.hold({*roster.added, *roster.dropped, *(member.id for member in present)})
    if any(pool.capacity is not None or pool.last_in_scope is not None for pool in policy.entitlements.values()):
        work.lock()


def named_anew(members: Named, present: Mapping[str, str | None]) -> Named:
    """Return those of the members who are not there yet, or get another name."""
    return {id_: name for id_, name in members.items() if id_ not in present or (name and name != present[id_])}


def _changes_users(policy: TenantPolicy) -> bool:
    """Tell whether users change when their groups do."""
    assigned = any(pool.assigned_by == "groups" for pool in policy.entitlements.values())
    return assigned or "groups" in policy.sessions.end_on
