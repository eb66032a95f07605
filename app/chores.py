"""List what is due by time: each is done for every tenant, by one worker at a time."""

from __future__ import annotations

from datetime import timedelta

from app.events.chore import Chore
from app.events.prechecks import Answers, answered
from app.lifecycle.commands import Actor
from app.lifecycle.refusals import Refused
from app.lifecycle.service import Lifecycle
from app.runtime import Runtime

SELF = Actor("system", None, "scim-lifecycle", "worker")
SEALED_AT_ONCE = 500


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


def seal_audit(runtime: Runtime, tenant_id: int) -> int:
    """Seal the audit entries that wait, a batch a transaction, so that nobody who writes has to wait for long."""
    return sum(iter(lambda: _seal_some(runtime, tenant_id), 0))


CHORES = (
    Chore("seal_audit", timedelta(minutes=1), seal_audit),
    Chore("purge", timedelta(minutes=15), purge_due),
    Chore("forget_events", timedelta(hours=6), forget_events),
)


def _seal_some(runtime: Runtime, tenant_id: int) -> int:
    with runtime.database.reading(tenant_id) as work:
        if not work.audit_chain.waiting():
            return 0
        with work.transaction():
            return work.audit_chain.seal(SEALED_AT_ONCE, runtime.clock.now())


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
