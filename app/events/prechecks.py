"""Ask the host application whether something stands in the way of a user's leaving, while nothing is locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Self, TypeVar

import orjson
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from uuid_utils import uuid7

from app.db.collisions import repeated
from app.db.precheck import Answers, Precheck, Unanswered
from app.db.work import Database, Work
from app.events.webhooks.secrets import Secret, read, written
from app.events.webhooks.signing import signed
from app.identity.vault import Vault
from app.lifecycle.clock import Clock, iso
from app.lifecycle.commands import Actor
from app.lifecycle.estate import Asked
from app.lifecycle.journal import Journal
from app.lifecycle.subject import Answer
from app.outbound import Limits, Outbound, OutboundError
from app.runtime import Runtime

__all__ = ["Answers", "Prechecker", "answered"]

EVENT = "lifecycle.precheck"
SUBJECT = "Precheck"
LIMITS = Limits(connect=1.0, read=2.0, total=2.0, body=32 * 1024)
MOST_ROUNDS = 1_000
MOST_VERSIONS = 3
"""How often a user may change while it is asked about, before the answer counts as none."""
UNREACHED = Answer(reached=False)

T = TypeVar("T")
Word = Annotated[str, StringConstraints(max_length=100)]


class Remark(BaseModel):
    """What the host application names; it must not name persons."""

    type: Word = "precheck"
    state: Word | None = None
    scope: Word | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    detail: Annotated[str, StringConstraints(max_length=500)] | None = None


class Reply(BaseModel):
    """What the host application answers."""

    blockers: Annotated[list[Remark], Field(max_length=50)] = []
    warnings: Annotated[list[Remark], Field(max_length=50)] = []


def context(tenant_id: int) -> str:
    """Return whose secret it is, for the vault."""
    return f"prechecks/{tenant_id}"


@dataclass(frozen=True, slots=True)
class Prechecker:
    """Ask for one tenant, and keep where it is asked."""

    database: Database
    clock: Clock
    vault: Vault
    outbound: Outbound
    tenant_id: int

    @classmethod
    def of(cls, runtime: Runtime, tenant_id: int) -> Self:
        """Return the prechecker of a process."""
        vault = Vault(runtime.settings.secret_keys)
        return cls(runtime.database, runtime.clock, vault, runtime.outbound, tenant_id)

    def configure(self, url: str, actor: Actor) -> tuple[Precheck, str]:
        """Ask there from now on, signed with a new secret, which is shown this once."""
        self.outbound.check(url)
        now, secret = self.clock.now(), Secret.new("v1")
        precheck = Precheck(url, self.vault.seal(written([secret]), context(self.tenant_id)), now)
        with self.database.unit_of_work(self.tenant_id) as work:
            work.prechecks.put(precheck)
            self._record(work, actor, "precheck.configured")
        return precheck, secret.shown

    def remove(self, actor: Actor) -> bool:
        """Ask no more; tell whether it was asked."""
        with self.database.unit_of_work(self.tenant_id) as work:
            gone = work.prechecks.delete()
            if gone:
                self._record(work, actor, "precheck.removed")
        return gone

    def ask(self, asked: Asked, precheck: Precheck) -> Answer:
        """Return what the host application says, or that it was not reached."""
        now = self.clock.now()
        data = {"id": asked.user_id, "action": asked.action}
        body = orjson.dumps({"type": EVENT, "timestamp": iso(now), "data": data})
        secrets = read(self.vault.open(precheck.sealed, context(self.tenant_id)), now)
        headers = {"Content-Type": "application/json", **signed(f"msg_{uuid7()}", secrets, body, now)}
        try:
            answer = self.outbound.send("POST", precheck.url, headers=headers, body=body, limits=LIMITS)
        except OutboundError:
            return UNREACHED
        return _read(answer.body) if answer.status == 200 and answer.whole else UNREACHED

    def _record(self, work: Work, actor: Actor, deed: str) -> None:
        Journal(work, actor, self.clock.now(), policy_version=None).record(SUBJECT, "precheck", [(deed, {})])


def answered(runtime: Runtime, tenant_id: int, attempt: Callable[[Answers], T]) -> T:
    """Attempt a change, one transaction; where the host application has to be asked first, ask, and attempt it anew.

    So it is where the database undid the change because of another; what was answered stays known.
    A user that has changed meanwhile is asked about again; once it is not reached, it is asked no more.
    """
    known = _Known({})
    for _ in range(MOST_ROUNDS):
        try:
            return repeated(partial(attempt, known.answers), runtime.wait)
        except Unanswered as needed:
            known.learn(needed, Prechecker.of(runtime, tenant_id))
    raise RuntimeError("Users change faster than the application can be asked about them.")


@dataclass(slots=True)
class _Known:
    """What the host application has said to one request."""

    answers: Answers
    silent: bool = False

    def learn(self, needed: Unanswered, prechecker: Prechecker) -> None:
        """Ask, unless that is in vain."""
        asked = needed.asked
        versions = [each for each in self.answers if (each.user_id, each.action) == (asked.user_id, asked.action)]
        vain = self.silent or len(versions) >= MOST_VERSIONS
        self.answers[asked] = UNREACHED if vain else prechecker.ask(asked, needed.precheck)
        self.silent = self.silent or not self.answers[asked].reached


def _read(body: bytes) -> Answer:
    """Return an answer in the words of the domain; one that cannot be read is none."""
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError:
        return UNREACHED
    return Answer(blockers=_shown(reply.blockers), warnings=_shown(reply.warnings))


def _shown(remarks: list[Remark]) -> tuple[Mapping[str, Any], ...]:
    return tuple(each.model_dump(exclude_none=True) for each in remarks)
