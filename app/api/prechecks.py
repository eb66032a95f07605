"""Say where the host application is asked before a user leaves."""

from typing import Annotated

from flask import Response
from pydantic import StringConstraints

from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body
from app.api.webhooks import UNFIT
from app.events.prechecks import Prechecker
from app.identity.scopes import EVENTS
from app.lifecycle.clock import iso
from app.lifecycle.refusals import Refused, unknown_precheck
from app.outbound import DestinationRefusedError
from app.runtime import runtime


class Place(Said):
    """Where to ask."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


def configure() -> Response:
    """Ask there from now on; the secret that signs is shown this once."""
    principal, said = caller(EVENTS), said_in_body(Place)
    try:
        precheck, secret = Prechecker.of(runtime(), principal.tenant_id).configure(said.url, principal.actor("api"))
    except DestinationRefusedError as error:
        wrong = ({"field": "url", "detail": "leads where nobody may be asked"},)
        raise BadRequest(400, "INVALID_REQUEST", UNFIT, wrong) from error
    return answer(200, {"url": precheck.url, "updated_at": iso(precheck.updated_at), "secret": secret})


def show() -> Response:
    """Return where it is asked, without the secret."""
    principal = caller(EVENTS)
    with runtime().database.reading(principal.tenant_id) as work:
        precheck = work.prechecks.find()
    if precheck is None:
        raise Refused([unknown_precheck()])
    return answer(200, {"url": precheck.url, "updated_at": iso(precheck.updated_at)})


def remove() -> Response:
    """Ask no more."""
    principal = caller(EVENTS)
    if not Prechecker.of(runtime(), principal.tenant_id).remove(principal.actor("api")):
        raise Refused([unknown_precheck()])
    return Response(status=204)
