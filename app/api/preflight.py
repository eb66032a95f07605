"""Say beforehand what commands would do: for one user, for many, and for a whole sync of an identity provider."""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias

from flask import Response
from pydantic import Field

from app.api.door import answer, caller
from app.api.meaning import Meant, UserId, acting
from app.api.requests import Said, said_in_body
from app.api.users import DeletionReason, LegalBasis
from app.events.prechecks import Answers, answered
from app.identity.scopes import LIFECYCLE
from app.lifecycle.commands import Actor, Command, Deactivate, Delete, Purge, Reactivate, Release, Restore
from app.lifecycle.preflight import Assessment, Remark
from app.lifecycle.refusals import Refused
from app.lifecycle.service import Lifecycle
from app.runtime import runtime

Action: TypeAlias = Literal["deactivate", "reactivate", "delete", "restore", "purge", "release"]
MOST_CHANGES = 1000


class Undone(Exception):  # noqa: N818
    """Leave nothing of what was tried."""


class Wish(Meant):
    """What somebody would do to a user; ``pool`` is that of a release."""

    action: Action
    reason: DeletionReason | None = None
    legal_basis: LegalBasis | None = None
    pool: str | None = None


class Change(Said):
    """One of many changes."""

    id: UserId
    action: Action


class Sync(Meant):
    """Many changes one after the other; ``channel`` says whether an identity provider would make them."""

    changes: Annotated[list[Change], Field(min_length=1, max_length=MOST_CHANGES)]
    channel: Literal["api", "scim"] = "api"
    reason: DeletionReason | None = None


def of_user(user_id: str) -> Response:
    """Return what a command would do to a user, and the revision that binds it."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Wish), runtime()

    def attempt(answers: Answers) -> Assessment:
        with here.database.unit_of_work(principal.tenant_id) as work:
            work.answers = answers
            actor = acting(principal, work, said)
            lifecycle = Lifecycle(work, here.clock, actor)
            command = _command(actor, said.action, said.reason, said.legal_basis, said.pool)
            return lifecycle.assess(lifecycle.any(user_id), command)

    return answer(200, _shown(answered(here, principal.tenant_id, attempt)))


def of_many() -> Response:
    """Return what many commands would do, each on what the earlier ones leave; all of it is undone."""
    principal, said, here = caller(LIFECYCLE), said_in_body(Sync), runtime()

    def attempt(answers: Answers) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        with here.database.reading(principal.tenant_id) as work, suppress(Undone), work.transaction():
            work.answers = answers
            actor = acting(principal, work, said)
            if said.channel == "scim":  # whose deletions are counted
                actor = replace(actor, kind="connection", channel="scim")
            users = Lifecycle(work, here.clock, actor)
            told.extend(_tried(users, change, _command(actor, change.action, said.reason)) for change in said.changes)
            raise Undone
        return told

    told = answered(here, principal.tenant_id, attempt)
    counts = {"allowed": sum(each["allowed"] for each in told), "blocked": sum(not each["allowed"] for each in told)}
    return answer(200, {**counts, "changes": told})


def _tried(lifecycle: Lifecycle, change: Change, command: Command) -> dict[str, Any]:
    try:
        record = lifecycle.any(change.id)
    except Refused as refused:
        first = refused.first
        remark = Remark(first.code, first.detail, first.guard)
        return {"id": change.id, "action": change.action, "allowed": False, "blockers": [_remark(remark)]}
    assessment = lifecycle.assess(record, command)
    if assessment.verdict.allowed:
        lifecycle.carry_out(record, command)
    shown = _shown(assessment)
    del shown["revision"]
    return {"id": change.id, "action": change.action, **shown}


def _command(
    actor: Actor, action: Action, reason: str | None, legal_basis: str | None = None, pool: str | None = None
) -> Command:
    if action == "deactivate":
        return Deactivate(actor, confirmed=True)
    if action == "delete":
        return Delete(actor, reason, legal_basis, confirmed=True)
    if action == "restore":
        return Restore(actor, reinstate_groups=True, confirmed=True)
    if action == "release":
        return Release(actor, pool or "", confirmed=True)
    return Reactivate(actor, confirmed=True) if action == "reactivate" else Purge(actor, confirmed=True)


def _shown(assessment: Assessment) -> dict[str, Any]:
    transition = assessment.verdict.transition
    return {
        "allowed": assessment.verdict.allowed,
        "state": transition[1] if transition else None,
        "blockers": [_remark(each) for each in assessment.blockers],
        "warnings": [_remark(each) for each in assessment.warnings],
        "effects": list(assessment.effects),
        "revision": assessment.revision,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "code": str(remark.code),
        "detail": remark.detail,
        "guard": remark.guard,
        "remedies": list(remark.remedies),
        "blocking": [dict(each) for each in remark.blocking],
    }
