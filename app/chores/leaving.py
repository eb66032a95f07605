"""End the access of those whose moment has come."""

from __future__ import annotations

from app.chores.actor import SELF
from app.db.work import Work
from app.events.prechecks import Answers, answered
from app.lifecycle.commands import Schedule
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import Refused
from app.lifecycle.scheduling import OVERDUE, owed
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from app.runtime import Runtime

BATCH = 100


def deactivate_due(runtime: Runtime, tenant_id: int) -> int:
    """End the access of users whose moment has come, one transaction each; what is in the way stays open to be seen."""
    done, after = 0, ""
    while batch := _due(runtime, tenant_id, after):
        done += sum(leave(runtime, tenant_id, user_id) for user_id in batch)
        after = batch[-1]
    return done


def leave(runtime: Runtime, tenant_id: int, user_id: str) -> bool:
    """End the access of a user if it is due and nobody has ended it; tell whether it was ended here."""

    def attempt(answers: Answers) -> bool:
        with runtime.database.unit_of_work(tenant_id) as work:
            work.answers = answers
            return _ended(work, runtime, user_id)

    try:
        return answered(runtime, tenant_id, attempt)
    except Refused as refused:
        with runtime.database.unit_of_work(tenant_id) as work:
            _leave_open(work, runtime, user_id, refused)
        return False


def _due(runtime: Runtime, tenant_id: int, after: str) -> list[str]:
    with runtime.database.reading(tenant_id) as work:
        return work.users.leaving(runtime.clock.now(), BATCH, after)


def _ended(work: Work, runtime: Runtime, user_id: str) -> bool:
    users = Lifecycle(work, runtime.clock, SELF)
    record = users.any(user_id)
    wanted = _overdue(record, users)
    if wanted:
        users.change(record, schedule=Schedule(record.deactivate_at))
    closed = work.obligations.settle(user_id, users.now, [OVERDUE])
    users.journal.record("User", user_id, [("obligation.settled", {"code": code}) for code in closed])
    return wanted


def _leave_open(work: Work, runtime: Runtime, user_id: str, refused: Refused) -> None:
    """Keep in sight what is in the way; it is tried again with the other obligations."""
    users = Lifecycle(work, runtime.clock, SELF)
    record = users.any(user_id)
    if not _overdue(record, users):
        return
    opened = work.obligations.open(user_id, [owed(refused.refusals, record.deactivate_at)], users.now)
    users.journal.record("User", user_id, [("obligation.opened", {"code": code}) for code in opened])


def _overdue(record: UserRecord, users: Lifecycle) -> bool:
    return record.state is State.ACTIVE and Schedule(record.deactivate_at).due(users.now)
