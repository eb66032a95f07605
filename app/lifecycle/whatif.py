"""Say what another policy would change for the users there are, by judging the same commands under both."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from app.lifecycle.case import kept_until
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor, Command, Deactivate, Delete, Purge, Reactivate, Restore
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import UserRecord, Work
from app.lifecycle.preflight import Assessment
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State

PROVIDER = Actor("connection", None, "identity provider", "scim")
HOST = Actor("api", None, "host application", "api")
WORKER = Actor("system", None, "worker", "worker")


class Wish(NamedTuple):
    """A command that somebody might give, as it is named."""

    action: str
    channel: str
    command: Command


def _wishes(*named: tuple[str, Command]) -> tuple[Wish, ...]:
    return tuple(Wish(action, command.actor.channel, command) for action, command in named)


WISHES: Mapping[State, tuple[Wish, ...]] = MappingProxyType(
    {
        State.ACTIVE: _wishes(
            ("deactivate", Deactivate(PROVIDER)),
            ("deactivate", Deactivate(HOST, "leaver", confirmed=True)),
            ("delete", Delete(PROVIDER)),
            ("delete", Delete(HOST, "leaver", confirmed=True)),
        ),
        State.INACTIVE: _wishes(
            ("reactivate", Reactivate(PROVIDER)),
            ("reactivate", Reactivate(HOST, confirmed=True)),
            ("delete", Delete(PROVIDER)),
            ("delete", Delete(HOST, "leaver", confirmed=True)),
        ),
        State.TOMBSTONED: _wishes(
            ("restore", Restore(HOST, reinstate_groups=True, confirmed=True)),
            ("purge", Purge(WORKER)),
        ),
    }
)
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies, the one in force and another, and the users to judge under both; nothing is written."""

    work: Work
    clock: Clock
    before: TenantPolicy
    after: TenantPolicy

    def of(self, records: Sequence[UserRecord]) -> Told:
        """Return the users for whom something differs, and how many refusals each guard has for all of them."""
        judges = [self._judge(policy) for policy in (self.before, self.after)]
        found = {record.id: [_prospects(record, judge) for judge in judges] for record in records}
        differing = [record for record in records if found[record.id][0] != found[record.id][1]]
        users = [_user(record, *found[record.id]) for record in differing]
        return {"users": users, "refusals": _counted(list(found.values()))}

    def _judge(self, policy: TenantPolicy) -> Lifecycle:
        """Return what judges by a policy; the host application is not asked, since nobody leaves."""
        return Lifecycle(self.work, self.clock, WORKER).under(policy.turned({"precheck": {"on": []}}))


class Prospects(NamedTuple):
    """What would happen to a user under a policy: its dates, what it holds, and each command that might come."""

    dates: Told
    holds: list[Told]
    actions: list[Told]


def _prospects(record: UserRecord, judge: Lifecycle) -> Prospects:
    actions = [
        {"action": wish.action, "channel": wish.channel, **_shown(judge.assess(record, wish.command))}
        for wish in WISHES[record.state]
    ]
    return Prospects(_dates(record, judge.policy), judge.holds(record), actions)


def _shown(assessment: Assessment) -> Told:
    due: datetime | None = assessment.verdict.changes.get("purge_after")
    return {
        "allowed": assessment.verdict.allowed,
        "refusals": [{"code": str(each.code), "guard": each.guard} for each in assessment.blockers],
        "held": [{"code": str(each.code), "guard": each.guard} for each in assessment.verdict.held],
        "effects": list(assessment.effects),
        "purge_after": due and iso(due),
    }


def _dates(record: UserRecord, policy: TenantPolicy) -> Told:
    """Return until when a user who is inactive may come back, and from when on it may be deleted."""
    since, window = record.deactivated_at, policy.reactivate.window_days
    if since is None or record.state is not State.INACTIVE:
        return {}
    deletable = None if policy.delete.mode == "never" else iso(kept_until(policy, since))
    return {
        "deletable_from": deletable,
        "reactivable_until": iso(since + timedelta(days=window)) if window else None,
    }


def _user(record: UserRecord, before: Prospects, after: Prospects) -> Told:
    """Return what differs for a user, and nothing else."""
    told: Told = {"id": record.id, "state": record.state.value}
    for name in ("dates", "holds"):
        if getattr(before, name) != getattr(after, name):
            told[name] = {"before": getattr(before, name), "after": getattr(after, name)}
    told["actions"] = list(_actions(before.actions, after.actions))
    return told


def _actions(before: list[Told], after: list[Told]) -> Iterator[Told]:
    for old, new in zip(before, after, strict=True):
        if old != new:
            named = {name: old[name] for name in ("action", "channel")}
            yield {**named, "before": _unnamed(old), "after": _unnamed(new)}


def _unnamed(action: Told) -> Told:
    return {name: value for name, value in action.items() if name not in {"action", "channel"}}


def _counted(found: Sequence[Sequence[Prospects]]) -> list[Told]:
    """Count the refusals of each guard under both policies, where the numbers differ."""
    counts = [Counter(_refusals(pair[place] for pair in found)) for place in (0, 1)]
    return [
        {"action": key[0], "channel": key[1], "guard": key[2], "before": counts[0][key], "after": counts[1][key]}
        for key in sorted(counts[0] | counts[1])
        if counts[0][key] != counts[1][key]
    ]


def _refusals(prospects: Iterator[Prospects]) -> Iterator[tuple[str, str, str]]:
    for each in prospects:
        for action in each.actions:
            yield from ((action["action"], action["channel"], refusal["guard"]) for refusal in action["refusals"])
