"""Change a user's state: load, decide, apply. Nothing else does."""

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from app.lifecycle.access import Ended
from app.lifecycle.clock import Clock
from app.lifecycle.commands import (
    Actor,
    Change,
    Command,
    Deactivate,
    Delete,
    Provision,
    Purge,
    Reactivate,
    Restore,
    Schedule,
)
from app.lifecycle.consent import UNASKED, Consent, revision
from app.lifecycle.decide import Verdict, decide, decide_all
from app.lifecycle.deeds import Deeds
from app.lifecycle.effects import EndAccess, ForgetGroups, LeaveGroups, LoseRoles, ReinstateGroups
from app.lifecycle.erasing import erase
from app.lifecycle.estate import Estate
from app.lifecycle.facts import Facts
from app.lifecycle.journal import SESSIONS_REVOKED, Journal, changed_names
from app.lifecycle.newcomers import namesake_among, newcomer, predecessor_among, rewritten
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Profile, UserRecord, Work
from app.lifecycle.preflight import Assessment, assess
from app.lifecycle.refusals import Refused, unknown_user
from app.lifecycle.refusals import changed as changed_since
from app.lifecycle.scheduling import announced, told
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Subject

PURGE_BATCH = 100


@lru_cache(maxsize=256)
def policy_of(document: str) -> TenantPolicy:
    """Read a stored policy document; the same text is read once."""
    return TenantPolicy.load(document)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The user as a command leaves it; ``created`` is false where one came back under its old id."""

    record: UserRecord
    changed: bool
    created: bool = False


class Lifecycle:
    """Carry out commands on the users of one tenant, inside one unit of work."""

    def __init__(
        self,
        work: Work,
        clock: Clock,
        actor: Actor,
        *,
        consent: Consent = UNASKED,
        estate: Estate | None = None,
    ) -> None:
        """Act for ``actor`` in the transaction of ``work``, under the policy in force now.

        ``consent`` says whether the command is meant; ``estate`` is what users hold and own, as ``work`` knows it.
        """
        self._work = work
        self._actor = actor
        self._consent = consent
        self.now = clock.now()
        version, document = work.policies.current()
        self.policy = policy_of(document)
        self.policy_version = version
        self.journal = Journal(work, actor, self.now, version)
        estate = work.estate if estate is None else estate
        self._facts = Facts(work, self.policy, self.now, estate)
        self._deeds = Deeds(work, estate, self.now)

    def provision(
        self, connection_id: str, profile: Profile, *, active: bool, schedule: Schedule | None = None
    ) -> Outcome:
        """Create a user, or bring back the one this connection had under the same identity."""
        active = active and not (schedule and schedule.due(self.now))
        relatives = self._work.users.relatives(profile.external_id, profile.user_name_key)
        predecessor = predecessor_among(relatives, connection_id, profile, self.policy)
        if predecessor is not None:
            changed, commands = _changed(predecessor, profile), [Restore(self._actor, active)]
            return self._run(predecessor, commands, profile if changed else None, changed, schedule)
        command = Provision(self._actor, active, profile.roles)
        subject = self._facts.of_newcomer(profile, namesake_among(relatives, profile), command)
        verdict = decide(command, subject, self.policy, self.now).require()
        facts = {**verdict.changes, "deactivate_at": schedule.at if schedule else None}
        record = newcomer(self._work.new_id(), connection_id, profile, self.now, facts)
        self._work.users.add(record, profile)
        happened = [*self._deeds.carry_out(record.id, verdict), *told(schedule, self.now)]
        self.journal.user_changed(record, verdict, changed=(), ended=None, further=happened)
        return Outcome(record, changed=True, created=True)

    def find(self, user_id: str) -> UserRecord:
        """Return a live user and hold its row, or refuse as unknown."""
        record = self.any(user_id)
        if record.state not in VISIBLE:
            raise Refused([unknown_user(user_id)])
        return record

    def change(
        self,
        record: UserRecord,
        *,
        profile: Profile | None = None,
        active: bool | None = None,
        changed: Sequence[str] = (),
        schedule: Schedule | None = None,
    ) -> Outcome:
        """Write a new profile; access follows a ``schedule`` that has come, else ``active``; None says nothing."""
        commands: list[Command] = []
        if profile is not None or schedule is not None:
            commands.append(Change(self._actor, None if profile is None else profile.roles))
        if schedule and schedule.due(self.now):
            commands.append(Deactivate(self._actor, "scim" if active is False else "scheduled", self._confirmed))
        elif active is not None:
            commands.append(
                Reactivate(self._actor, self._confirmed)
                if active
                else Deactivate(self._actor, confirmed=self._confirmed)
            )
        return self._run(record, commands, profile, changed, schedule)

    def deactivate(self, record: UserRecord, reason: str) -> Outcome:
        """End access for a reason of an operator's or of the host application's."""
        return self._run(record, [Deactivate(self._actor, reason, self._confirmed)])

    def delete(self, record: UserRecord, reason: str | None = None, legal_basis: str | None = None) -> Outcome:
        """Tombstone a user."""
        return self._run(record, [Delete(self._actor, reason, legal_basis, self._confirmed)])

    def restore(self, user_id: str, *, active: bool = True) -> Outcome:
        """Bring a tombstoned user back, groups included."""
        command = Restore(self._actor, active, reinstate_groups=True, confirmed=self._confirmed)
        return self._run(self.any(user_id), [command])

    def purge(self, user_id: str) -> Outcome:
        """Erase a tombstoned user for good."""
        return self._run(self.any(user_id), [Purge(self._actor, self._confirmed)])

    def assess(self, record: UserRecord, command: Command) -> Assessment:
        """Say what a command would do, and what stands in its way; nothing is changed."""
        subject = self._facts.of(record, None, [command], thorough=True)
        token = revision([command], subject, record.version, self.policy_version)
        return assess([command], subject, self.policy, self.now, token)

    def under(self, policy: TenantPolicy) -> "Lifecycle":
        """Return the same under another policy, to assess what that would change."""
        other = copy(self)
        other.policy, other._facts = policy, replace(self._facts, policy=policy)  # noqa: SLF001
        return other

    def replacing(self) -> "Lifecycle":
        """Return the same for a PUT, which says what a user is."""
        other = copy(self)
        other.journal = replace(self.journal, replaces=True)
        return other

    def holds(self, record: UserRecord) -> list[dict[str, Any]]:
        """Return the entitlements that a user holds of the pools that rows are kept of."""
        return [{"pool": held.pool, "scope": held.scope} for held in self._facts.held(record)]

    def carry_out(self, record: UserRecord, command: Command) -> Outcome:
        """Carry out any command on a user that is there."""
        return self._run(record, [command])

    @property
    def _confirmed(self) -> bool:
        """Tell whether somebody has confirmed, or has seen in a preflight what is going to happen."""
        return self._consent.confirmed or self._consent.revision is not None

    def _still_as_seen(self, record: UserRecord, commands: Sequence[Command], subject: Subject) -> None:
        """Refuse a command that was bound to a preflight once anything that counted there has changed."""
        wanted = self._consent.revision
        if wanted is not None and wanted != revision(commands, subject, record.version, self.policy_version):
            raise Refused([changed_since()], record.id)

    def due(self, after: str = "") -> list[str]:
        """Return the ids of some users whose time to be purged has come, from behind an id on."""
        return self._work.users.due(self.now, PURGE_BATCH, after)

    def any(self, user_id: str) -> UserRecord:
        """Return a user in whatever state and hold its row, or refuse as unknown."""
        if self.policy.protect_last.groups:
            # before the row, since whoever changes such a group locks the tenant first too
            self._work.lock()
        record = self._work.users.lock(user_id)
        if record is None:
            raise Refused([unknown_user(user_id)])
        return record

    def _run(
        self,
        record: UserRecord,
        commands: Sequence[Command],
        profile: Profile | None = None,
        changed: Sequence[str] = (),
        schedule: Schedule | None = None,
    ) -> Outcome:
        """Decide on all commands before the first write, then write row, effects, audit and events."""
        subject = self._facts.of(record, profile, commands)
        self._still_as_seen(record, commands, subject)
        verdict = decide_all(commands, subject, self.policy, self.now).require(record.id)
        ended, further = self._end_access(record, verdict), announced(self._work, record, schedule, self.now)
        facts = {**verdict.changes, **self._regroup(record, verdict)}
        if schedule and schedule.at != record.deactivate_at:
            facts["deactivate_at"], changed = schedule.at, [*changed, "deactivateAt"]
        if facts or profile is not None:
            record = self._write(record, facts, profile, verdict)
        happened = [*self._deeds.carry_out(record.id, verdict), *further]
        verdict = erase(self._work, record, verdict)
        if verdict.transition is not None or facts or changed or any(ended or ()) or happened:
            self.journal.user_changed(record, verdict, changed=changed, ended=ended, further=happened)
        return Outcome(record, changed=bool(facts) or profile is not None)

    def end_access(self, user_ids: Sequence[str], cause: str, *, spared: tuple[str, ...] = ()) -> list[str]:
        """Let users sign in anew, who stay as active as before; return which of them there are.

        However many they are, the number of statements stays the same.
        """
        found = self._work.access.revoke(user_ids, self.now)
        ended = self._work.sessions.end_of(found, self.now, cause, spared) if found else {}
        for user_id in found:
            told = {"sessions_ended": ended.get(user_id, 0), "cause": cause}
            self.journal.record("User", user_id, [(SESSIONS_REVOKED, told)])
        return found

    def _end_access(self, record: UserRecord, verdict: Verdict) -> Ended | None:
        """End sessions if the verdict says so, and return how many; None where access had ended before."""
        effect = _ending(verdict)
        if effect is None:
            return None
        ended = Ended(0)
        if record.signed_in is not False:
            ended = self._work.sessions.end_all(record.id, self.now, effect.cause, effect.deferred, effect.spared)
        return ended if record.state is State.ACTIVE or any(ended) else None

    def _regroup(self, record: UserRecord, verdict: Verdict) -> dict[str, Any]:
        """Leave or rejoin groups if the verdict says so, and return what the row remembers of it."""
        for effect in verdict.effects:
            if isinstance(effect, LeaveGroups):
                return {"former_groups": tuple(self._work.memberships.leave_all(record.id))}
            if isinstance(effect, ReinstateGroups):
                self._work.memberships.rejoin(record.id, record.shown_as, record.former_groups)
            if isinstance(effect, ForgetGroups):
                self._work.memberships.leave_all(record.id)
        return {}

    def _write(
        self, record: UserRecord, facts: dict[str, Any], profile: Profile | None, verdict: Verdict
    ) -> UserRecord:
        ends = _ending(verdict)
        facts = {**facts, "version": record.version + 1, "updated_at": self.now}
        if ends is not None:
            none_left = record.signed_in is False or not (ends.deferred or ends.spared)
            facts |= {"session_epoch": record.session_epoch + 1, "signed_in": False if none_left else None}
        self._work.users.update(record.id, facts, profile, record)
        for effect in verdict.effects:
            if isinstance(effect, LoseRoles) and profile is None:
                record = replace(record, document=self._work.users.lose_roles(record.id), roles=frozenset())
        if profile is not None and profile.shown_as != record.shown_as:
            self._work.memberships.rename(record.id, profile.shown_as)
        return rewritten(record, facts, profile)


def _changed(record: UserRecord, profile: Profile) -> list[str]:
    """Return the names of the attributes that differ."""
    names = changed_names(json.loads(record.document), json.loads(profile.document))
    return names if record.active_assigned is profile.active_assigned else sorted([*names, "active"])


def _ending(verdict: Verdict) -> EndAccess | None:
    """Return how access ends; of a change and a deactivation together, the latter says."""
    ends = [effect for effect in verdict.effects if isinstance(effect, EndAccess)]
    return ends[-1] if ends else None
