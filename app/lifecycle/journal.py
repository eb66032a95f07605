"""Write what happened beside the change: audit entries for people, events for machines, never personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.lifecycle.access import Ended
from app.lifecycle.commands import Actor
from app.lifecycle.decide import Verdict
from app.lifecycle.effects import Emit
from app.lifecycle.ports import AuditEntry, Event, UserRecord, Work

SESSIONS_REVOKED = "user.sessions_revoked"
VERSIONED = frozenset({"user.created", "user.updated", "user.deactivated", "user.reactivated", "user.restored"})
"""What leaves a user in another version, which those who are told can compare with what they read."""


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the attributes in which two documents differ, in a stable order."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


@dataclass(frozen=True, slots=True)
class Journal:
    """Record the changes of one actor at one moment, all under the transaction id of the unit of work.

    ``replaces`` tells whether a PUT says what the resource is, and not only what is to differ.
    """

    work: Work
    actor: Actor
    now: datetime
    policy_version: int | None
    replaces: bool = False

    def user_changed(
        self,
        user: UserRecord,
        verdict: Verdict,
        *,
        changed: Sequence[str],
        ended: Ended | None,
        further: Sequence[Emit] = (),
    ) -> None:
        """Record a verdict that left a user like this; ``ended`` is None where access was not touched."""
        happened = [(effect.type, dict(effect.data)) for effect in verdict.effects if isinstance(effect, Emit)]
        happened.extend((told.type, dict(told.data)) for told in further)
        if changed:
            happened.append(("user.updated", {"changed": list(changed)}))
        if verdict.transition is None and "reason" in verdict.changes:
            happened.append(("user.updated", {"changed": ["reason"], "reason": verdict.changes["reason"]}))
        if ended is not None:
            deferred = {"sessions_deferred": ended.deferred} if ended.deferred else {}
            happened.append((SESSIONS_REVOKED, {"sessions_ended": ended.now, **deferred}))
        made = self.made(user.version)
        self.record("User", user.id, [(type_, data | made if type_ in VERSIONED else data) for type_, data in happened])

    def made(self, version: int) -> dict[str, Any]:
        """Return what is told of how a resource was written."""
        return {"version": version, "replaced": True} if self.replaces else {"version": version}

    def record(self, subject_type: str, subject_id: str, happened: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Append an audit entry and an event for each ``(type, data)``."""
        self.work.audit.add([self._entry(subject_type, subject_id, *what) for what in happened])
        self.work.outbox.add([self._event(subject_type, subject_id, *what) for what in happened])

    def _entry(self, subject_type: str, subject_id: str, action: str, data: dict[str, Any]) -> AuditEntry:
        return AuditEntry(
            at=self.now,
            txn=self.work.txn,
            actor_type=self.actor.kind,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            reason=data.get("reason"),
            policy_version=self.policy_version,
            detail={**data, "acting_user": self.actor.user_id} if self.actor.user_id else data,
        )

    def _event(self, subject_type: str, subject_id: str, type_: str, data: dict[str, Any]) -> Event:
        actor = {"type": self.actor.kind, "id": self.actor.id}
        if self.actor.user_id is not None:
            actor["user_id"] = self.actor.user_id
        return Event(
            created_at=self.now,
            txn=self.work.txn,
            type=type_,
            subject_type=subject_type,
            subject_id=subject_id,
            payload={"id": subject_id, "actor": actor, **data},
        )
