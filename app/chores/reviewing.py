"""Begin reviews when they are due, tell which are late, and do what was decided."""

from __future__ import annotations

from app.chores.actor import SELF
from app.reviews.carrying_out import carry_out
from app.reviews.reviewing import Reviewing
from app.runtime import Runtime


def review_access(runtime: Runtime, tenant_id: int) -> int:
    """Do what is due about the reviews of a tenant, and return how much that was."""
    with runtime.database.reading(tenant_id) as work:
        due, unfinished = Reviewing(work, runtime.clock, SELF).is_due(), work.reviews.unfinished()
    if unfinished is not None and unfinished.closed_at is not None:
        return carry_out(runtime, tenant_id, unfinished.id, SELF)
    late = unfinished is not None and unfinished.overdue_told_at is None and unfinished.due_at <= runtime.clock.now()
    if not due and not late:
        return 0
    with runtime.database.unit_of_work(tenant_id) as work:
        reviewing = Reviewing(work, runtime.clock, SELF)
        if unfinished is not None:
            return int(reviewing.tell_overdue(unfinished.id))
        work.lock()
        if not reviewing.is_due():
            return 0
        reviewing.begin()
        return 1
