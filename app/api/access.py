"""Answer whether a user may do something, in the words of the AuthZEN Authorization API 1.0."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from pydantic import ConfigDict, Field, StringConstraints

from app.api import door, problems
from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body
from app.identity.principals import Principal
from app.identity.scopes import LIFECYCLE
from app.lifecycle.eligibility import PERMISSIONS, may
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.service import policy_of
from app.lifecycle.states import State
from app.runtime import runtime

blueprint = Blueprint("access", __name__, url_prefix="/t/<tenant>/access/v1")
metadata = Blueprint("access_metadata", __name__)
door.install(blueprint)
problems.install(blueprint)

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Part(Said):
    """A part of a question; what else is said in it is not looked at (§5)."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Subject(Part):
    """Whom it is about: ``type`` is ``user``, ``id`` its id."""

    type: Word
    id: Word


class Act(Part):
    """What is to be done: a permission."""

    name: Word


class Resource(Part):
    """What it would be done to, which no answer depends on."""

    type: Word
    id: Word


class Evaluation(Part):
    """One question; in a list, what it leaves out is that of the whole request (§7.1)."""

    subject: Subject | None = None
    action: Act | None = None
    resource: Resource | None = None


class Options(Part):
    """Where a list of answers ends (§7.1.2)."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class Evaluations(Evaluation):
    """Several questions."""

    evaluations: Annotated[list[Evaluation], Field(max_length=1000, default_factory=list)]
    options: Options = Options()


def evaluation() -> Response:
    """Answer one question (§6)."""
    principal, asked = caller(LIFECYCLE), said_in_body(Evaluation)
    _complete(asked)
    return answer(200, next(_decisions(principal, [asked])))


def evaluations() -> Response:
    """Answer several questions, or one where there is no list of them (§7)."""
    principal, asked = caller(LIFECYCLE), said_in_body(Evaluations)
    if not asked.evaluations:
        _complete(asked)
        return answer(200, next(_decisions(principal, [asked])))
    several = [_with_defaults(each, asked) for each in asked.evaluations]
    for each in several:
        _complete(each)
    ends = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(asked.options.evaluations_semantic)
    return answer(200, {"evaluations": list(_until(ends, _decisions(principal, several)))})


def configuration(tenant: str) -> Response:
    """Say where the questions are asked (§9)."""
    base = f"{runtime().settings.public_url}/t/{tenant}"
    return answer(
        200,
        {
            "policy_decision_point": base,
            "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        },
    )


def _with_defaults(each: Evaluation, whole: Evaluations) -> Evaluation:
    return Evaluation(
        subject=each.subject or whole.subject,
        action=each.action or whole.action,
        resource=each.resource or whole.resource,
    )


def _complete(asked: Evaluation) -> None:
    missing = [name for name in ("subject", "action", "resource") if getattr(asked, name) is None]
    if missing:
        detail = f"{' and '.join(missing)} must be given."
        errors = tuple({"field": name, "detail": "must be given"} for name in missing)
        raise BadRequest(400, "INVALID_REQUEST", detail, errors)


def _decisions(principal: Principal, asked: Sequence[Evaluation]) -> Iterator[Mapping[str, Any]]:
    """Yield the decisions, all on what was true at one moment; in a suspended directory nobody may do anything."""
    if principal.suspended:
        yield from ({"decision": False, "context": {"reason": "The directory is suspended."}} for _ in asked)
        return
    ids = [each.subject.id for each in asked if each.subject is not None and each.subject.type == "user"]
    with runtime().database.reading(principal.tenant_id) as work:
        states, policy = work.listings.states(ids), policy_of(work.policies.current()[1])
    for each in asked:
        if each.subject is not None and each.action is not None:
            state = states.get(each.subject.id) if each.subject.type == "user" else None
            yield _decision(state, each.action.name, policy)


def _decision(state: State | None, action: str, policy: TenantPolicy) -> Mapping[str, Any]:
    permission = next((each for each in PERMISSIONS if each == action), None)
    if permission is None:
        return {"decision": False, "context": {"reason": f"Actions are: {', '.join(PERMISSIONS)}."}}
    if may(state, permission, policy):
        return {"decision": True}
    known = state in {State.ACTIVE, State.INACTIVE, State.TOMBSTONED}
    return {"decision": False, "context": {"reason": f"The user is {state}." if known else "There is no such user."}}


def _until(ends: bool | None, decisions: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:  # noqa: FBT001
    for each in decisions:
        yield each
        if each["decision"] is ends:
            return


blueprint.add_url_rule("/evaluation", "evaluation", evaluation, methods=["POST"])
blueprint.add_url_rule("/evaluations", "evaluations", evaluations, methods=["POST"])
metadata.add_url_rule("/.well-known/authzen-configuration/t/<tenant>", "configuration", configuration)
