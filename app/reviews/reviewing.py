"""Begin a review, take decisions, and close it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.db.reviews import Decision, Review
from app.db.work import Work
from app.lifecycle.case import Case
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor, Deactivate
from app.lifecycle.guards.acting import permitted
from app.lifecycle.journal import Journal
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import (
    Refused,
    invalid_state,
    review_undecided,
    review_unfinished,
    unknown_review,
    unknown_user,
)
from app.lifecycle.service import policy_of
from app.lifecycle.subject import Subject

SUBJECT = "Review"


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided about a user."""

    user_id: str
    decision: Decision
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Review who has access, in one unit of work."""

    work: Work
    clock: Clock
    actor: Actor

    def is_due(self) -> bool:
        """Tell whether the time has come for the next review, counted from the last one or from the first policy."""
        every = self._policy().review.every_days
        if every is None or self.work.reviews.unfinished() is not None:
            return False
        latest = self.work.reviews.page(limit=1)
        first = self.work.policies.find(1)
        since = latest[0].begun_at if latest else None if first is None else first.created_at
        return since is not None and since + timedelta(days=every) <= self.clock.now()

    def begin(self) -> Review:
        """Freeze who has access now, to be decided about."""
        self.work.lock()
        if self.work.reviews.unfinished() is not None:
            raise Refused([review_unfinished()])
        now = self.clock.now()
        due = now + timedelta(days=self._policy().review.days_to_decide)
        review = Review(self.work.new_id(), now, self._who, due)
        population = self.work.reviews.begin(review)
        self._tell(SUBJECT, review.id, "review.begun", {"due": iso(due), "population": population})
        return review

    def decide(self, review_id: str, decisions: Sequence[Decided]) -> None:
        """Keep decisions, all of them or none; one that was carried out stays as it is."""
        review = self._found(review_id)
        if review.completed_at is not None:
            raise Refused([invalid_state("This review is completed; begin another.", "completed", "begin_review")])
        for each in decisions:
            self._decide(review_id, each)

    def close(self, review_id: str) -> Review:
        """End the deciding, once there is a decision about everybody who still has access."""
        review, now = self._found(review_id), self.clock.now()
        if review.closed_at is not None:
            return review
        undecided = self.work.reviews.counts(review_id).get("undecided", 0)
        if undecided:
            raise Refused([review_undecided(undecided)])
        self.work.reviews.mark(review_id, closed_at=now, closed_by=self._who)
        self._tell(SUBJECT, review_id, "review.closed", {})
        return self._found(review_id)

    def complete(self, review_id: str) -> bool:
        """End a closed review in which nothing waits any more; tell whether it ended here."""
        review, counts = self._found(review_id), self.work.reviews.counts(review_id)
        if review.closed_at is None or review.completed_at is not None or {"waiting", "refused"} & counts.keys():
            return False
        self.work.reviews.mark(review_id, completed_at=self.clock.now())
        told = {name: counts.get(name, 0) for name in ("kept", "deactivated", "left")}
        self._tell(SUBJECT, review_id, "review.completed", told)
        return True

    def tell_overdue(self, review_id: str) -> bool:
        """Tell once that decisions are late; tell whether it was told."""
        review, now = self._found(review_id), self.clock.now()
        if review.overdue_told_at is not None or not review.is_overdue(now):
            return False
        self.work.reviews.mark(review_id, overdue_told_at=now)
        undecided = self.work.reviews.counts(review_id).get("undecided", 0)
        self._tell(SUBJECT, review_id, "review.overdue", {"undecided": undecided})
        return True

    def _found(self, review_id: str) -> Review:
        review = self.work.reviews.find(review_id, lock=True)
        if review is None:
            raise Refused([unknown_review()])
        return review

    def _decide(self, review_id: str, decided: Decided) -> None:
        record, known = self.work.users.find(decided.user_id), self.work.reviews.one(review_id, decided.user_id)
        if record is None or known is None:
            raise Refused([unknown_user(decided.user_id)])
        if decided.decision == "deactivate":
            self._require_permitted(record)
        facts = {"reason": decided.reason, "decided_by": self._who, "decided_at": self.clock.now()}
        same = (known.decision, known.reason) == (decided.decision, decided.reason)
        if not same and self.work.reviews.decide(review_id, decided.user_id, decided.decision, **facts):
            told = {"review": review_id, "decision": decided.decision, "reason": decided.reason}
            self._tell("User", decided.user_id, "review.decided", told)

    def _require_permitted(self, record: UserRecord) -> None:
        """Refuse whoever may not deactivate this user to have it deactivated later, by the service itself."""
        subject = Subject(record.id, record.state, roles=record.roles)
        refusal = permitted(Case(Deactivate(self.actor), subject, self._policy(), self.clock.now()))
        if refusal is not None:
            raise Refused([refusal], record.id)

    @property
    def _who(self) -> str | None:
        return self.actor.user_id or self.actor.id

    def _tell(self, subject_type: str, subject_id: str, event: str, told: dict[str, Any]) -> None:
        journal = Journal(self.work, self.actor, self.clock.now(), self.work.policies.current()[0])
        journal.record(subject_type, subject_id, [(event, told)])

    def _policy(self) -> TenantPolicy:
        return policy_of(self.work.policies.current()[1])
