"""Keep webhooks: who is told of what, what became of it, and telling it once more."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from flask import Response
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.db.deliveries import DEAD, Attempt, Chosen, Delivery
from app.db.endpoints import Endpoint
from app.events.catalogue import known_types
from app.events.webhooks.modes import Mode
from app.events.webhooks.office import LONGEST_OVERLAP, Office, Wish
from app.events.webhooks.secrets import Scheme
from app.identity.scopes import EVENTS
from app.lifecycle.clock import iso, parse_iso
from app.outbound import DestinationRefusedError
from app.runtime import runtime

PAGE = 50
MOST_TYPES = 100
UNFIT = "The address must be https, on a port that is allowed here, and must not name an address that is not public."


def _types(types: list[str]) -> list[str]:
    known_types(types)
    return types


def _moment(text: object) -> object:
    return parse_iso(text) if isinstance(text, str) else text


def _number(text: object) -> object:
    return int(text) if isinstance(text, str) and text.isdecimal() else text


Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Url: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Types: TypeAlias = Annotated[list[str], Field(min_length=1, max_length=MOST_TYPES), AfterValidator(_types)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
Id: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class NewWebhook(Said):
    """Who wants to be told of what, in which form."""

    name: Name
    url: Url
    types: Types = ["*"]  # noqa: RUF012 - pydantic copies it
    mode: Mode = "standard"
    signature: Scheme = "v1"
    cloudevents: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.mode != "standard" and (self.cloudevents or self.signature != "v1"):
            raise ValueError("cloudevents and signature v1a go with mode standard alone")
        return self


class ChangedWebhook(Said):
    """What shall be different."""

    name: Name | None = None
    url: Url | None = None
    types: Types | None = None


class Rotation(Said):
    """For how many seconds the old secret signs beside the new one."""

    overlap: Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = 86_400


class Nothing(Said):
    """A command that is said by its address alone."""


class Replay(Said):
    """What to tell once more: one delivery, all of a window, or all that were given up."""

    delivery: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    dead: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum([self.delivery is not None, self.since is not None, self.dead]) != 1:
            raise ValueError("say one of delivery, since (with or without until) and dead")
        return self

    def chosen(self) -> Chosen:
        """Return the same in the words of the office."""
        return Chosen(self.delivery, DEAD if self.dead else None, self.since, self.until)


class Pages(Said):
    """Which deliveries to list; ``before`` is the ``seq`` at which the last page ended."""

    state: Literal["pending", "delivered", "dead"] | None = None
    before: Annotated[int, BeforeValidator(_number), Field(ge=1)] | None = None
    limit: Annotated[int, BeforeValidator(_number), Field(ge=1, le=200)] = PAGE


def create() -> Response:
    """Begin to tell an endpoint what happens; its secret is shown this once."""
    office, said = _office(), said_in_body(NewWebhook)
    wish = Wish(said.name, said.url, tuple(said.types), said.mode, said.signature, said.cloudevents)
    try:
        endpoint, secret = office.create(wish)
    except DestinationRefusedError as error:
        raise _unfit() from error
    return answer(201, {**shown(endpoint), "secret": secret})


def of_tenant() -> Response:
    """Return the webhooks."""
    return answer(200, {"webhooks": [shown(endpoint) for endpoint in _office().all()]})


def show(webhook_id: str) -> Response:
    """Return a webhook, without its secret."""
    return answer(200, shown(_office().find(webhook_id)))


def change(webhook_id: str) -> Response:
    """Change name, url or types."""
    office, said = _office(), said_in_body(ChangedWebhook)
    given = {name: value for name, value in said.model_dump().items() if value is not None}
    try:
        return answer(200, shown(office.change(webhook_id, **given)))
    except DestinationRefusedError as error:
        raise _unfit() from error


def delete(webhook_id: str) -> Response:
    """Tell an endpoint nothing more."""
    _office().delete(webhook_id)
    return Response(status=204)


def rotate(webhook_id: str) -> Response:
    """Give an endpoint a new secret, which is shown this once."""
    office, said = _office(), said_in_body(Rotation)
    endpoint, secret = office.rotate(webhook_id, timedelta(seconds=said.overlap))
    return answer(200, {**shown(endpoint), "secret": secret})


def pause(webhook_id: str) -> Response:
    """Let events wait."""
    office, _ = _office(), said_in_body(Nothing)
    return answer(200, shown(office.pause(webhook_id)))


def resume(webhook_id: str) -> Response:
    """Tell what has waited."""
    office, _ = _office(), said_in_body(Nothing)
    return answer(200, shown(office.resume(webhook_id)))


def test(webhook_id: str) -> Response:
    """Send a test event, soon."""
    office, _ = _office(), said_in_body(Nothing)
    office.test(webhook_id)
    return answer(202, {"type": "webhook.test"})


def deliveries(webhook_id: str) -> Response:
    """Return what was or is to be told, the latest first."""
    office, said = _office(), said_in_query(Pages)
    found = office.deliveries(webhook_id, Chosen(state=said.state, before=said.before), said.limit)
    return answer(200, {"deliveries": [told(delivery) for delivery in found]})


def delivery(webhook_id: str, delivery_id: str) -> Response:
    """Return a delivery with its tries."""
    found, attempts = _office().delivery(webhook_id, delivery_id)
    return answer(200, {**told(found), "tries": [tried(attempt) for attempt in attempts]})


def replay(webhook_id: str) -> Response:
    """Tell once more what was told or given up."""
    office, said = _office(), said_in_body(Replay)
    return answer(202, {"deliveries": office.replay(webhook_id, said.chosen())})


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """Return a webhook as the host application sees it."""
    moments = ("failing_since", "next_at", "created_at", "updated_at")
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "mode": endpoint.options["mode"],
        "signature": endpoint.options["scheme"],
        "cloudevents": endpoint.options["cloudevents"],
        "state": endpoint.state,
        "state_reason": endpoint.state_reason,
        **{name: moment and iso(moment) for name in moments for moment in [getattr(endpoint, name)]},
    }


def told(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as the host application sees it."""
    return {
        "id": delivery.id,
        "seq": delivery.position,
        "event": delivery.event_id,
        "type": delivery.type,
        "subject": delivery.subject_id,
        "txn": delivery.txn,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": iso(delivery.created_at),
        "settled_at": delivery.settled_at and iso(delivery.settled_at),
    }


def tried(attempt: Attempt) -> dict[str, Any]:
    """Return a try as the host application sees it."""
    return {
        "at": iso(attempt.at),
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
        "answer": attempt.answer,
    }


def _office() -> Office:
    principal = caller(EVENTS)
    return Office.of(runtime(), principal.tenant_id, principal.actor("api"))


def _unfit() -> BadRequest:
    return BadRequest(400, "INVALID_REQUEST", UNFIT, ({"field": "url", "detail": "leads where nobody may be told"},))
