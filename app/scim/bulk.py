"""Bulk requests: each operation as the single request it stands for; one that fails is undone alone (RFC 7644 §3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scim2_models import (
    Error,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    ResourceType,
)
from scim2_server.bulk import BulkStep
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target

from app.db.collisions import collided
from app.db.records import View
from app.lifecycle.estate import AnswerNeeded
from app.lifecycle.refusals import Refused
from app.scim.bulk_plan import BulkEntry, Outcome, Plan, may_refer
from app.scim.errors import refusal_body
from app.scim.preconditions import Conditions
from app.scim.render import etag

if TYPE_CHECKING:
    from app.scim.handler import Handler

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
METHODS = {
    "POST": (Operation.create, HTTPStatus.CREATED),
    "PUT": (Operation.replace, HTTPStatus.OK),
    "PATCH": (Operation.patch, HTTPStatus.OK),
    "DELETE": (Operation.delete, HTTPStatus.NO_CONTENT),
}


class BulkRun:
    """One bulk request on its way through its operations."""

    def __init__(self, handler: Handler, request: ScimRequest) -> None:
        """Let ``handler`` carry out the operations of ``request``."""
        self._handler = handler
        self._request = request
        self._rules = handler.service

    def answer(self) -> ScimResponse:
        """Run the operations until too many have failed, and return what became of each."""
        entries, tolerated = self._entries()
        self._handler.foresee(
            [entry.data for entry in entries if entry.method == "POST" and isinstance(entry.data, dict)]
        )
        plan = self._unbroken(entries, tolerated) or self._step_by_step(entries, tolerated)
        self._handler.indexes = sorted(plan.results)
        return ScimResponse(
            HTTPStatus.OK, {"schemas": [RESPONSE], "Operations": [_shown(each) for each in plan.outcomes()]}
        )

    def _unbroken(self, entries: list[BulkEntry], tolerated: int | None) -> Plan | None:
        """Run all operations without looking back; if any fails, undo them all and return None."""
        plan = self._plan(entries, tolerated)
        try:
            with self._handler.work.savepoint(patient=True):
                for turn in plan.turns():
                    self._carry_out(plan, turn, [])
        except Exception as exception:
            if _concerns_all(exception):
                raise
            # whatever it is comes again, and is told then
            self._handler.tolerances.clear()
            self._handler.work.held.clear()
            return None
        return plan

    def _step_by_step(self, entries: list[BulkEntry], tolerated: int | None) -> Plan:
        """Run each turn in a savepoint, so that one that fails leaves the others as they are."""
        plan = self._plan(entries, tolerated)
        for turn in plan.turns():
            self._run(plan, turn)
        return plan

    def _plan(self, entries: list[BulkEntry], tolerated: int | None) -> Plan:
        return Plan(entries, tolerated, refers=may_refer(self._request.body))

    def _entries(self) -> tuple[list[BulkEntry], int | None]:
        self._rules.ensure_bulk_payload_size(len(self._request.body))
        payload = self._rules.payload(self._request)
        operations, tolerated = payload.get("Operations"), payload.get("failOnErrors")
        schemas = payload.get("schemas")
        if not isinstance(schemas, list) or REQUEST not in schemas or not isinstance(operations, list):
            raise InvalidSyntaxException(detail=f"A bulk request needs the schema {REQUEST} and an array Operations.")
        limit = self._rules.settings.bulk_max_operations
        if len(operations) > limit:
            raise PayloadTooLargeException(detail=f"A bulk request takes at most {limit} operations (maxOperations).")
        return [BulkEntry.of(entry) for entry in operations], _number_of_errors(tolerated)

    def _run(self, plan: Plan, turn: Sequence[BulkStep]) -> None:
        """Run what stands or falls together; of what fell, the others then fail by what they refer to."""
        begun: list[Outcome] = []
        try:
            with self._handler.work.savepoint():
                self._carry_out(plan, turn, begun)
        except Exception as exception:
            if _concerns_all(exception):
                raise
            plan.undo(turn)
            error, failed = self._rules.error_of(exception), BulkStep(turn[len(begun) - 1].index)
            told = begun[-1] if len(turn) == 1 else _without_place(begun[-1])
            plan.record(failed, {**told, "status": error.status, "response": self._told(exception, error)}, None)
            for other in sorted({step.index for step in turn} - {failed.index}):
                if not plan.stopped:
                    self._run(plan, [BulkStep(other)])

    def _carry_out(self, plan: Plan, turn: Sequence[BulkStep], begun: list[Outcome]) -> None:
        """Carry out one operation after the other, and note in ``begun`` what is becoming of each."""
        for step in turn:
            operation = plan.operations[step.index]
            begun.append({"method": operation.method, "bulk_id": operation.bulk_id})
            view = self._carried_out(plan, step, begun[-1])
            plan.record(step, begun[-1], view)

    def _told(self, exception: Exception, error: Error) -> dict[str, Any]:
        """Return the error body of the single request that an operation stands for."""
        if isinstance(exception, Refused):
            return refusal_body(exception, self._request.base_url)
        return error.model_dump()

    def _carried_out(self, plan: Plan, step: BulkStep, outcome: Outcome) -> View | None:
        """Carry an operation out, and note in ``outcome`` what became of it."""
        operation: Any = plan.operation(step)
        resource_type, target = self._target(operation.method, operation.path)
        outcome |= self._place(resource_type, target)
        resolved = plan.resolve(step)
        if resolved.path != operation.path:
            _, target = self._target(resolved.method, resolved.path)
            outcome |= self._place(resource_type, target)
        self._rules.authorize(self._request, target, resource_type)
        view = self._apply(resource_type, target, resolved)
        outcome["status"] = METHODS[resolved.method][1]
        if view is not None:
            outcome["location"] = self._handler.location(resource_type, view.id)
            outcome["version"] = etag(view.version)
        return view

    def _place(self, resource_type: ResourceType, target: Target) -> Outcome:
        """Say where the resource of an operation is, once that is known (RFC 7644 §3.7)."""
        id_ = target.resource_id
        return {} if not id_ or id_.startswith("bulkId:") else {"location": self._handler.location(resource_type, id_)}

    def _target(self, method: Any, path: Any) -> tuple[ResourceType, Target]:
        """Route an operation as the single request it stands for."""
        if not isinstance(method, str) or method not in METHODS or not isinstance(path, str):
            raise InvalidSyntaxException(detail="An operation needs a method (POST, PUT, PATCH or DELETE) and a path.")
        target = self._rules.target(method, path)
        if target.me or target.operation is not METHODS[method][0]:
            raise InvalidValueException(detail=f"{method} {path} is not possible in a bulk request.")
        return self._rules.resource_type_at(str(target.endpoint)), target

    def _apply(self, resource_type: ResourceType, target: Target, operation: BulkEntry) -> View | None:
        handler, id_ = self._handler, str(target.resource_id)
        conditions = Conditions(if_match=operation.version)
        if target.operation is Operation.delete:
            handler.deleted(resource_type, id_, conditions)
            return None
        data = operation.data
        if not isinstance(data, dict):
            raise InvalidSyntaxException(detail=f"A {operation.method} needs data: the body of the single request.")
        if target.operation is Operation.create:
            if operation.bulk_id is None:
                raise InvalidSyntaxException(detail="A POST in a bulk request needs a bulkId.")
            return handler.created(resource_type, data)
        change = handler.replaced if target.operation is Operation.replace else handler.patched
        return change(resource_type, id_, data, conditions)


def _concerns_all(exception: Exception) -> bool:
    """Tell whether the whole request is to be attempted anew; else one failed operation must not undo the others."""
    return isinstance(exception, AnswerNeeded) or collided(exception)


def _without_place(outcome: Outcome) -> Outcome:
    return {name: value for name, value in outcome.items() if name != "location"}


def _shown(outcome: Outcome) -> Outcome:
    named = {"bulkId" if name == "bulk_id" else name: value for name, value in outcome.items() if value is not None}
    return {**named, "status": str(int(outcome["status"]))}


def _number_of_errors(said: Any) -> int | None:
    """Return after how many errors to stop, None to never do so; JSON knows no difference between 1 and 1.0."""
    if said is not None and (isinstance(said, bool) or not isinstance(said, int | float) or said < 0 or said % 1):
        raise InvalidValueException(detail="failOnErrors must be a whole number of errors; 0 never stops.")
    return int(said) if said else None
