"""Register the clients of the host application that are told of sign-outs (OpenID Connect Back-Channel Logout 1.0)."""

from typing import Annotated, Any, TypeAlias

from flask import Response
from pydantic import StringConstraints

from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.api.webhooks import UNFIT, Nothing, Pages, Url, told, tried
from app.db.deliveries import Chosen
from app.db.endpoints import Endpoint
from app.events.logouts.office import LogoutOffice
from app.identity.scopes import EVENTS
from app.lifecycle.clock import iso
from app.outbound import DestinationRefusedError
from app.runtime import runtime

ClientId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")]


class NewClient(Said):
    """A client as OpenID Connect registers it."""

    client_id: ClientId
    backchannel_logout_uri: Url
    backchannel_logout_session_required: bool = False


class ChangedClient(Said):
    """What shall be different."""

    backchannel_logout_uri: Url | None = None
    backchannel_logout_session_required: bool | None = None


def create() -> Response:
    """Begin to tell a client of sign-outs."""
    office, said = _office(), said_in_body(NewClient)
    required = said.backchannel_logout_session_required
    try:
        client = office.create(said.client_id, said.backchannel_logout_uri, session_required=required)
    except DestinationRefusedError as error:
        raise _unfit() from error
    return answer(201, shown(client))


def of_tenant() -> Response:
    """Return the clients."""
    return answer(200, {"logout_clients": [shown(client) for client in _office().all()]})


def show(logout_client_id: str) -> Response:
    """Return a client."""
    return answer(200, shown(_office().find(logout_client_id)))


def change(logout_client_id: str) -> Response:
    """Change where a client is told, or whether it needs a sid."""
    office, said = _office(), said_in_body(ChangedClient)
    required = said.backchannel_logout_session_required
    try:
        client = office.change(logout_client_id, said.backchannel_logout_uri, session_required=required)
    except DestinationRefusedError as error:
        raise _unfit() from error
    return answer(200, shown(client))


def delete(logout_client_id: str) -> Response:
    """Tell a client nothing more."""
    _office().delete(logout_client_id)
    return Response(status=204)


def resume(logout_client_id: str) -> Response:
    """Tell a client again that was disabled."""
    office, _ = _office(), said_in_body(Nothing)
    return answer(200, shown(office.resume(logout_client_id)))


def deliveries(logout_client_id: str) -> Response:
    """Return what a client was or is to be told, the latest first."""
    office, said = _office(), said_in_query(Pages)
    found = office.deliveries(logout_client_id, Chosen(state=said.state, before=said.before), said.limit)
    return answer(200, {"deliveries": [told(delivery) for delivery in found]})


def delivery(logout_client_id: str, delivery_id: str) -> Response:
    """Return a delivery with its tries."""
    found, attempts = _office().delivery(logout_client_id, delivery_id)
    return answer(200, {**told(found), "tries": [tried(attempt) for attempt in attempts]})


def shown(client: Endpoint) -> dict[str, Any]:
    """Return a client as the host application sees it."""
    moments = ("failing_since", "next_at", "created_at", "updated_at")
    return {
        "id": client.id,
        "client_id": client.name,
        "backchannel_logout_uri": client.url,
        "backchannel_logout_session_required": client.options["session_required"],
        "state": client.state,
        "state_reason": client.state_reason,
        **{name: moment and iso(moment) for name in moments for moment in [getattr(client, name)]},
    }


def _office() -> LogoutOffice:
    principal = caller(EVENTS)
    return LogoutOffice.of(runtime(), principal.tenant_id, principal.actor("api"))


def _unfit() -> BadRequest:
    field = {"field": "backchannel_logout_uri", "detail": "leads where nobody may be told"}
    return BadRequest(400, "INVALID_REQUEST", UNFIT, (field,))
