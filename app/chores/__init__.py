"""List what is due by time: each is done for every tenant, by one worker at a time."""

from __future__ import annotations

from datetime import timedelta

from app.chores.actor import SELF
from app.chores.leaving import deactivate_due, leave
from app.chores.reviewing import review_access
from app.chores.watching import alert_mass_change
from app.db.records import Obligation
from app.db.work import Work
from app.events.chore import Chore
from app.events.prechecks import Answers, answered
from app.lifecycle.commands import Actor, Release
from app.lifecycle.handover import Handover
from app.lifecycle.refusals import Code, Refused
from app.lifecycle.scheduling import OVERDUE
from app.lifecycle.service import Lifecycle
from app.lifecycle.states import State
from app.runtime import Runtime

SEALED_AT_ONCE = 500
PAGE = 200


def purge(runtime: Runtime, tenant_id: int, actor: Actor = SELF) -> tuple[int, int]:
    """Erase the users whose retention has run out, one transaction each; return how many, and how many were kept."""
    seen: dict[str, bool] = {}
    while batch := _due(runtime, tenant_id, actor, max(seen, default="")):
        seen |= {user_id: _purge_one(runtime, tenant_id, actor, user_id) for user_id in batch}
    if any(seen.values()):
        runtime.database.scrub()
    return sum(seen.values()), len(seen) - sum(seen.values())


def purge_due(runtime: Runtime, tenant_id: int) -> int:
    """Erase the users whose retention has run out."""
    return purge(runtime, tenant_id)[0]


def forget_events(runtime: Runtime, tenant_id: int) -> int:
    """Delete what was told so long ago that nobody may ask for it again."""
    before = runtime.clock.now() - timedelta(days=runtime.settings.event_retention_days)
    with runtime.database.unit_of_work(tenant_id) as work:
        return work.deliveries.forget(before)


def forget_jtis(runtime: Runtime, tenant_id: int) -> int:
    """Delete the ids of tokens that were good for one use and have expired since."""
    with runtime.database.unit_of_work(tenant_id) as work:
        return work.seen_jtis.forget(runtime.clock.now())


def forget_requests(runtime: Runtime, tenant_id: int) -> int:
    """Delete what was asked so long ago that nobody looks for it any more."""
    before = runtime.clock.now() - timedelta(days=runtime.settings.request_log_days)
    with runtime.database.unit_of_work(tenant_id) as work:
        return work.request_log.forget(before)


def clear_obligations(runtime: Runtime, tenant_id: int) -> int:
    """Carry out what was only waiting for an obstacle that is gone, and close the obligation."""
    cleared, after = 0, ""
    while page := _open(runtime, tenant_id, after):
        cleared += sum(_clear_one(runtime, tenant_id, each) for each in page)
        after = page[-1].id
    return cleared


def seal_audit(runtime: Runtime, tenant_id: int) -> int:
    """Seal the audit entries that wait, a batch a transaction, so that nobody who writes has to wait for long."""
    return sum(iter(lambda: _seal_some(runtime, tenant_id), 0))


CHORES = (
    Chore("seal_audit", timedelta(minutes=1), seal_audit),
    Chore("deactivate_due", timedelta(minutes=1), deactivate_due),
    Chore("alert_mass_change", timedelta(minutes=1), alert_mass_change),
    Chore("review_access", timedelta(minutes=5), review_access),
    Chore("purge", timedelta(minutes=15), purge_due),
    Chore("clear_obligations", timedelta(minutes=5), clear_obligations),
    Chore("forget_events", timedelta(hours=6), forget_events),
    Chore("forget_jtis", timedelta(hours=1), forget_jtis),
    Chore("forget_requests", timedelta(hours=6), forget_requests),
)


def _seal_some(runtime: Runtime, tenant_id: int) -> int:
    with runtime.database.reading(tenant_id) as work:
        if not work.audit_chain.waiting():
            return 0
        with work.transaction():
            return work.audit_chain.seal(SEALED_AT_ONCE, runtime.clock.now())


def _open(runtime: Runtime, tenant_id: int, after: str) -> list[Obligation]:
    with runtime.database.reading(tenant_id) as work:
        return work.obligations.page(after, PAGE)


def _clear_one(runtime: Runtime, tenant_id: int, owed: Obligation) -> int:
    if owed.code == OVERDUE:
        return leave(runtime, tenant_id, owed.user_id)
    try:
        with runtime.database.unit_of_work(tenant_id) as work:
            if owed.code == Code.OWNED_WORK:
                return Handover(work, work.work_items, runtime.clock, SELF).settle(owed.user_id)
            return _let_go(work, runtime, owed) if owed.code == Code.LAST_ENTITLEMENT_IN_SCOPE else 0
    except Refused:
        return 0


def _let_go(work: Work, runtime: Runtime, owed: Obligation) -> int:
    """Take what an inactive user kept only because it was the last of its scope."""
    users = Lifecycle(work, runtime.clock, SELF)
    record = users.find(owed.user_id)
    if record.state is not State.INACTIVE:
        return 0
    for pool in {name for name, _ in work.entitlements.held(record.id)}:
        if pool in users.policy.entitlements and users.policy.entitlements[pool].last_in_scope:
            users.carry_out(record, Release(SELF, pool, confirmed=True))
    codes = work.obligations.settle(record.id, users.now, [owed.code])
    users.journal.record("User", record.id, [("obligation.settled", {"code": code}) for code in codes])
    return len(codes)


def _due(runtime: Runtime, tenant_id: int, actor: Actor, after: str) -> list[str]:
    with runtime.database.reading(tenant_id) as work:
        return Lifecycle(work, runtime.clock, actor).due(after)


def _purge_one(runtime: Runtime, tenant_id: int, actor: Actor, user_id: str) -> bool:

    def attempt(answers: Answers) -> None:
        with runtime.database.unit_of_work(tenant_id) as work:
            work.answers = answers
            Lifecycle(work, runtime.clock, actor).purge(user_id)

    try:
        answered(runtime, tenant_id, attempt)
    except Refused:
        return False
    return True
