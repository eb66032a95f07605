"""Reviews of who has access."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, case, func, insert, literal, or_, select, update

from app.db.rows import ReviewedRow, ReviewRow, UserRow
from app.db.rows.reviews import UNFINISHED
from app.lifecycle.states import State

Decision: TypeAlias = Literal["keep", "deactivate"]
Standing: TypeAlias = Literal["undecided", "kept", "waiting", "refused", "deactivated", "left"]
PAGE = 100
DONE, LEFT = "deactivated", "left"


@dataclass(frozen=True, slots=True)
class Review:
    """A review as it is stored."""

    id: str
    begun_at: datetime
    begun_by: str | None
    due_at: datetime
    overdue_told_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    completed_at: datetime | None = None

    @property
    def state(self) -> Literal["open", "closed", "completed"]:
        """Tell how far it is."""
        if self.closed_at is None:
            return "open"
        return "closed" if self.completed_at is None else "completed"

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its deciding should have ended."""
        return self.closed_at is None and self.due_at <= now


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A user under review, and where the decision about it stands."""

    user_id: str
    user_name: str
    display_name: str | None
    standing: Standing
    decision: Decision | None
    reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    outcome: str | None


_REVIEW = tuple(ReviewRow.__table__.c[name] for name in Review.__slots__)
_OVER = ReviewedRow.outcome.in_((DONE, LEFT))
_ACTIVE = UserRow.state == State.ACTIVE
_STANDING = case(
    (ReviewedRow.outcome == DONE, literal("deactivated")),
    (or_(ReviewedRow.outcome == LEFT, ~_ACTIVE), literal("left")),
    (ReviewedRow.decision.is_(None), literal("undecided")),
    (ReviewedRow.decision == "keep", literal("kept")),
    (ReviewedRow.outcome.is_(None), literal("waiting")),
    else_=literal("refused"),
)
_JOINED = (UserRow.tenant_id == ReviewedRow.tenant_id) & (UserRow.id == ReviewedRow.user_id)

_REVIEWED = select(
    ReviewedRow.user_id,
    UserRow.user_name,
    UserRow.display_name,
    _STANDING,
    ReviewedRow.decision,
    ReviewedRow.reason,
    ReviewedRow.decided_at,
    ReviewedRow.decided_by,
    ReviewedRow.outcome,
).join_from(ReviewedRow, UserRow, _JOINED)


class Reviews:
    """Keep the reviews of one tenant."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def begin(self, review: Review) -> int:
        """Freeze who is active now, and return how many that are."""
        values = {name: getattr(review, name) for name in review.__slots__}
        self._connection.execute(insert(ReviewRow), {**values, "tenant_id": self._tenant_id})
        columns = (UserRow.tenant_id, literal(review.id), UserRow.id)
        active = select(*columns).where(UserRow.tenant_id == self._tenant_id, _ACTIVE)
        frozen = insert(ReviewedRow).from_select(["tenant_id", "review_id", "user_id"], active)
        return self._connection.execute(frozen, execution_options={"preserve_rowcount": True}).rowcount

    def find(self, review_id: str, *, lock: bool = False) -> Review | None:
        """Return a review, and if wanted hold it until the transaction ends."""
        query = select(*_REVIEW).where(self._is(review_id))
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else Review(*row)

    def unfinished(self) -> Review | None:
        """Return the review that is not completed."""
        query = select(*_REVIEW).where(ReviewRow.tenant_id == self._tenant_id, UNFINISHED)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Review(*row)

    def page(self, before: str | None = None, limit: int = PAGE) -> list[Review]:
        """Return some reviews, the latest first, from below an id on."""
        query = select(*_REVIEW).where(ReviewRow.tenant_id == self._tenant_id).order_by(ReviewRow.id.desc())
        query = query if before is None else query.where(ReviewRow.id < before)
        return [Review(*row) for row in self._connection.execute(query.limit(limit))]

    def counts(self, review_id: str) -> Mapping[Standing, int]:
        """Return how many users stand where."""
        where = select(_STANDING.label("standing")).join_from(ReviewedRow, UserRow, _JOINED)
        found = where.where(self._in(review_id)).subquery()
        query = select(found.c.standing, func.count()).group_by(found.c.standing)
        counts: dict[Standing, int] = {row[0]: row[1] for row in self._connection.execute(query)}
        return counts

    def users(
        self, review_id: str, standing: Collection[Standing] = (), after: str = "", limit: int = PAGE
    ) -> list[Reviewed]:
        """Return users under review who stand somewhere, or all, from behind an id on."""
        query = _REVIEWED.where(self._in(review_id), ReviewedRow.user_id > after)
        query = query.where(_STANDING.in_(standing)) if standing else query
        return [Reviewed(*row) for row in self._connection.execute(query.order_by(ReviewedRow.user_id).limit(limit))]

    def one(self, review_id: str, user_id: str) -> Reviewed | None:
        """Return one user under review."""
        query = _REVIEWED.where(self._in(review_id), UserRow.id == user_id)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Reviewed(*row)

    def decide(self, review_id: str, user_id: str, decision: Decision, **facts: datetime | str | None) -> bool:
        """Keep a decision with its ``reason``, ``decided_by`` and ``decided_at``, unless it has been carried out."""
        mine = update(ReviewedRow).where(self._in(review_id), ReviewedRow.user_id == user_id)
        open_ = mine.where(or_(ReviewedRow.outcome.is_(None), ~_OVER))
        return self._connection.execute(open_.values(decision=decision, outcome=None, **facts)).rowcount == 1

    def carried_out(self, review_id: str, user_id: str, outcome: str) -> None:
        """Keep what became of a decision to take access away: that it was done, or why not."""
        query = update(ReviewedRow).where(self._in(review_id), ReviewedRow.user_id == user_id)
        self._connection.execute(query.values(outcome=outcome))

    def mark(self, review_id: str, **facts: datetime | str | None) -> None:
        """Keep that a review is overdue, closed or completed."""
        self._connection.execute(update(ReviewRow).where(self._is(review_id)).values(**facts))

    def _is(self, review_id: str) -> ColumnElement[bool]:
        return (ReviewRow.tenant_id == self._tenant_id) & (ReviewRow.id == review_id)

    def _in(self, review_id: str) -> ColumnElement[bool]:
        return (ReviewedRow.tenant_id == self._tenant_id) & (ReviewedRow.review_id == review_id)
