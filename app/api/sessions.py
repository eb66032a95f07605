"""Register, list and end the sessions of users at the host application."""

from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from flask import Response
from pydantic import AfterValidator, Field, StringConstraints

from app.api.door import answer, caller
from app.api.requests import Said, said_in_body
from app.identity.scopes import SESSIONS
from app.lifecycle.clock import iso
from app.lifecycle.refusals import Refused, unknown_user
from app.lifecycle.states import State
from app.runtime import runtime
from app.sessions import Session, registry
from app.sessions.registry import Registered, SessionKind, SignIn

Label: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
YEAR = 366 * 24 * 60 * 60


def _sid(text: str) -> str:
    """Accept what can be the id of a session."""
    if not registry.is_sid(text):
        raise ValueError("must be 1 to 255 letters, digits or _ - . ~ : = + @, and must not look like a token")
    return text


Sid: TypeAlias = Annotated[str, AfterValidator(_sid)]


class NewSession(Said):
    """A sign-in as the host application tells it; ``expires_in`` is in seconds."""

    kind: SessionKind = "local"
    client: Label | None = None
    device: Label | None = None
    expires_in: Annotated[int, Field(ge=1, le=YEAR)] | None = None
    sid: Sid | None = None
    token: bool = False

    def sign_in(self) -> SignIn:
        """Return the same in the words of the registry."""
        lifetime = timedelta(seconds=self.expires_in) if self.expires_in else None
        return SignIn(self.kind, self.client, self.device, lifetime, self.sid, self.token)


def register(user_id: str) -> Response:
    """Let a session begin, or refuse it to anyone who is not active."""
    principal, said, here = caller(SESSIONS), said_in_body(NewSession), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        registered = registry.register(work, here.clock, user_id, said.sign_in())
    return answer(201, _created(registered))


def of_user(user_id: str) -> Response:
    """Return the sessions of a user that are alive."""
    principal, here = caller(SESSIONS), runtime()
    with here.database.reading(principal.tenant_id) as work:
        user = work.users.find(user_id)
        if user is None or user.state is State.PURGED:
            raise Refused([unknown_user(user_id)])
        sessions = work.sessions.of(user_id, here.clock.now())
    return answer(200, {"sessions": [_shown(session) for session in sessions]})


def end(sid: str, user_id: str | None = None) -> Response:
    """End a session; one that is over already stays over."""
    principal, here = caller(SESSIONS), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        registry.end_by_id(work, here.clock, principal.actor("api"), sid, user_id)
    return Response(status=204)


def _created(registered: Registered) -> dict[str, Any]:
    shown = _shown(registered.session)
    return shown if registered.token is None else {**shown, "token": registered.token}


def _shown(session: Session) -> dict[str, Any]:
    return {
        "sid": session.id,
        "kind": session.kind,
        "client": session.client,
        "device": session.device,
        "created_at": iso(session.created_at),
        "expires_at": session.expires_at and iso(session.expires_at),
    }
