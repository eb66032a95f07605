"""Suspend and resume the directory of the tenant, and tell which it is."""

from flask import Response

from app.api.door import answer, caller
from app.api.requests import Said, said_in_body
from app.identity.scopes import CONNECTIONS
from app.identity.suspending import Suspending
from app.runtime import runtime


class Resumption(Said):
    """Why, in one word."""

    reason: str


class Suspension(Resumption):
    """Why, in one word, and whether all sessions are ended for good as well."""

    end_sessions: bool = False


def show() -> Response:
    """Return whether the directory is active or suspended."""
    return answer(200, {"state": _suspending().state})


def suspend() -> Response:
    """Refuse identity providers and sessions until the directory is resumed."""
    suspending, said = _suspending(), said_in_body(Suspension)
    changed = suspending.suspend(said.reason, ends_sessions=said.end_sessions)
    return answer(200, {"state": suspending.state, "changed": changed})


def resume() -> Response:
    """Let everything be as it was before."""
    suspending, said = _suspending(), said_in_body(Resumption)
    changed = suspending.resume(said.reason)
    return answer(200, {"state": suspending.state, "changed": changed})


def _suspending() -> Suspending:
    principal, here = caller(CONNECTIONS), runtime()
    return Suspending(here.database, here.clock, principal.actor("api"), principal.tenant_id, principal.tenant)
