"""Keep an active member in each of the groups that the policy protects, however its members change."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.lifecycle.commands import Actor
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Work
from app.lifecycle.refusals import Refused, last_owner


@contextmanager
def guarded(work: Work, actor: Actor, policy: TenantPolicy) -> Iterator[None]:
    """Refuse a change of groups that leaves a protected one without an active member; who undoes it is the caller."""
    rules = policy.protect_last
    if not rules.groups or "deactivate" not in rules.on or (actor.channel == "scim" and not rules.scim):
        yield
        return
    work.lock()
    before = work.memberships.staffed(rules.group_keys)
    yield
    lost = before - work.memberships.staffed(rules.group_keys)
    if lost:
        raise Refused([last_owner((), rules.named(lost), rules.message)])
