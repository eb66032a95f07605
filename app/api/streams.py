"""Keep streams of signals for receivers that manage none themselves, such as Okta."""

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, StringConstraints

from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body
from app.api.webhooks import Nothing, Url
from app.db.endpoints import Endpoint
from app.events.streams.channel import PUSH
from app.events.streams.office import StreamOffice
from app.events.streams.wishes import MOST_EVENTS, Delivering, Terms, Wish
from app.identity.scopes import EVENTS
from app.lifecycle.clock import iso
from app.runtime import runtime

Words = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[\x20-\x7e]+$")]


class NewStream(Said):
    """A receiver, and how it wants to be told.

    ``subject_issuer`` names users by the externalId that this issuer gave them; ``peer`` is the id of the connection
    by which the same party sends signals, lest it hear its own.
    """

    endpoint_url: Url
    aud: Words
    events_requested: Annotated[list[Words], Field(max_length=MOST_EVENTS)] | None = None
    authorization_header: Words | None = Field(default=None, repr=False)
    subject: Literal["iss_sub", "email"] = "iss_sub"
    subject_issuer: Words | None = None
    peer: Words | None = None


def create() -> Response:
    """Begin to push signals to a receiver."""
    office, said = _office(), said_in_body(NewStream)
    subject = {"format": said.subject, **({"iss": said.subject_issuer} if said.subject_issuer else {})}
    requested = None if said.events_requested is None else tuple(said.events_requested)
    wish = Wish(Delivering(PUSH, said.endpoint_url, said.authorization_header), requested)
    return answer(201, shown(office.create(wish, Terms(None, (said.aud,), subject, _known(office, said.peer)))))


def of_tenant() -> Response:
    """Return all streams, those that receivers manage too."""
    return answer(200, {"streams": [shown(stream) for stream in _office().all()]})


def show(stream_id: str) -> Response:
    """Return a stream."""
    return answer(200, shown(_office().find(stream_id)))


def delete(stream_id: str) -> Response:
    """Send a receiver nothing more."""
    _office().delete(stream_id)
    return Response(status=204)


def verify(stream_id: str) -> Response:
    """Send a verification event, soon."""
    office, _ = _office(), said_in_body(Nothing)
    office.verify(stream_id)
    return Response(status=204)


def resume(stream_id: str) -> Response:
    """Send what has waited to a receiver that failed."""
    office, _ = _office(), said_in_body(Nothing)
    return answer(200, shown(office.resume(stream_id)))


def shown(stream: Endpoint) -> dict[str, Any]:
    """Return a stream as the host application sees it; its authorization_header stays with us."""
    return {
        "id": stream.id,
        "method": "push" if stream.kind == PUSH else "poll",
        "endpoint_url": stream.url or None,
        "aud": stream.options["aud"],
        "events": list(stream.types),
        "subject": stream.options["subject"],
        "managed_by": stream.options["client"],
        "peer": stream.options["peer"],
        "state": stream.state,
        "state_reason": stream.state_reason,
        "created_at": iso(stream.created_at),
    }


def _known(office: StreamOffice, peer: str | None) -> str | None:
    """Return the connection of a peer, which has to be there."""
    with office.database.reading(office.tenant_id) as work:
        if peer is not None and work.connections.get(peer) is None:
            raise BadRequest(400, "INVALID_REQUEST", "There is no connection that peer names; give the id of one.")
    return peer


def _office() -> StreamOffice:
    principal = caller(EVENTS)
    return StreamOffice.of(runtime(), principal.tenant_id, principal.tenant, principal.actor("api"))
