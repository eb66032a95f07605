"""Register, list, ask about and end the sessions and credentials of users at the host application."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Self, TypeAlias

from flask import Response
from pydantic import AfterValidator, Field, StringConstraints

from app.api.door import LONGEST_ID, answer, caller
from app.api.problems import told_of
from app.api.requests import Said, said_in_body
from app.identity.oauth.metadata import issuer_of
from app.identity.scopes import SESSIONS
from app.lifecycle.clock import iso
from app.lifecycle.ending import SessionKind
from app.lifecycle.refusals import Refused, unknown_user
from app.lifecycle.states import State
from app.runtime import runtime
from app.sessions import Session, registry
from app.sessions.introspection import DEAD, Issued, introspect_all
from app.sessions.registry import MOST_AT_ONCE, Registered, SignIn
from app.sessions.standing import condition

Label: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
UserId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=r"^[!-~]+$")]
Sha256: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
YEAR = 366 * 24 * 60 * 60
MOST_BYTES = 1024 * 1024
LONGEST_TOKEN = 4096


def _sid(text: str) -> str:
    """Accept what can be the id of a session."""
    if not registry.is_sid(text):
        raise ValueError("must be 1 to 255 letters, digits or _ - . ~ : = + @, and must not look like a token")
    return text


Sid: TypeAlias = Annotated[str, AfterValidator(_sid)]


class AtProvider(Said):
    """What the identity provider calls the user and the session."""

    iss: Label
    sub: Label | None = None
    sid: Label | None = None

    @classmethod
    def nowhere(cls) -> Self:
        """Return what stands for a sign-in at no identity provider."""
        return cls.model_construct(iss="")


class NewSession(Said):
    """A sign-in or credential as the host application tells it; ``expires_in`` is in seconds.

    ``token`` asks for an opaque token of ours; ``token_sha256`` is the hash of one of the host application's own.
    """

    kind: SessionKind = "local"
    client: Label | None = None
    device: Label | None = None
    expires_in: Annotated[int, Field(ge=1, le=YEAR)] | None = None
    sid: Sid | None = None
    token: bool = False
    token_sha256: Sha256 | None = None
    idp: AtProvider | None = None

    def sign_in(self) -> SignIn:
        """Return the same in the words of the registry."""
        lifetime = timedelta(seconds=self.expires_in) if self.expires_in else None
        idp = self.idp or AtProvider.nowhere()
        return SignIn(
            self.kind,
            self.client,
            self.device,
            lifetime,
            self.sid,
            self.token,
            None if self.token else self.token_sha256,
            idp.iss or None,
            idp.sub,
            idp.sid,
        )


class OfUser(NewSession):
    """A sign-in of a user that is named."""

    user_id: UserId


class Batch(Said):
    """Several sign-ins."""

    sessions: Annotated[list[OfUser], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Question(Said):
    """A token or session id, or what was issued to a user in some second since 1970."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TOKEN)] | None = None
    user_id: UserId | None = None
    issued_at: Annotated[int, Field(ge=0, lt=10**12)] | None = None

    def asked(self) -> str | Issued:
        """Return the same in the words of introspection; a question that is none is about nothing."""
        if self.token is None and self.user_id is not None and self.issued_at is not None:
            return Issued(self.user_id, self.issued_at)
        return self.token or ""


class Questions(Said):
    """Several questions."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=MOST_AT_ONCE)]


def register(user_id: str) -> Response:
    """Let a session begin, or refuse it to anyone who is not active."""
    principal, said, here = caller(SESSIONS), said_in_body(NewSession), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        registered = registry.register(work, here.clock, user_id, said.sign_in())
    return answer(201, _created(registered))


def register_all() -> Response:
    """Let sessions begin, and say of each what came of it, in the order given."""
    principal, said, here = caller(SESSIONS), said_in_body(Batch, MOST_BYTES), runtime()
    sign_ins = [(session.user_id, session.sign_in()) for session in said.sessions]
    with here.database.reading(principal.tenant_id) as work:
        outcomes = work.transact(partial(registry.register_all, work, here.clock, sign_ins), here.wait)
    return answer(200, {"sessions": [_outcome(outcome) for outcome in outcomes]})


def check(user_id: str) -> Response:
    """Say whether a user may sign in now, without letting anything begin."""
    principal, here = caller(SESSIONS), runtime()
    with here.database.reading(principal.tenant_id) as work:
        user = registry.admit(work, user_id)
    return answer(200, {"user_id": user.user_id, "may_sign_in": True})


def introspect() -> Response:
    """Answer as RFC 7662 does, for up to a thousand tokens, in the order given."""
    principal, said, here = caller(SESSIONS), said_in_body(Questions, MOST_BYTES), runtime()
    issuer, asked = issuer_of(here.settings.public_url, principal.tenant), [each.asked() for each in said.questions]
    if principal.suspended:
        return answer(200, {"answers": [DEAD] * len(asked)})
    with here.database.reading(principal.tenant_id) as work:
        return answer(200, {"answers": introspect_all(work, asked, issuer, here.clock.now())})


def of_user(user_id: str) -> Response:
    """Return the sessions and credentials of a user that are not over, and how it is about each."""
    principal, here = caller(SESSIONS), runtime()
    now = here.clock.now()
    with here.database.reading(principal.tenant_id) as work:
        user = work.users.find(user_id)
        if user is None or user.state is State.PURGED:
            raise Refused([unknown_user(user_id)])
        sessions = work.sessions.of(user_id, now)
    states = [(session, condition(session, user.state, user.session_epoch, now)) for session in sessions]
    return answer(200, {"sessions": [{**_shown(session), "state": how} for session, how in states if how != "over"]})


def end(sid: str, user_id: str | None = None) -> Response:
    """End a session; one that is over already stays over."""
    principal, here = caller(SESSIONS), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        registry.end_by_id(work, here.clock, principal.actor("api"), sid, user_id)
    return Response(status=204)


def _outcome(outcome: Registered | Refused) -> Mapping[str, Any]:
    if isinstance(outcome, Refused):
        return told_of(outcome)
    return {"status": 201, **_created(outcome)}


def _created(registered: Registered) -> dict[str, Any]:
    shown = {**_shown(registered.session), "state": "alive"}
    return shown if registered.token is None else {**shown, "token": registered.token}


def _shown(session: Session) -> dict[str, Any]:
    idp = {"iss": session.idp_iss, "sub": session.idp_sub, "sid": session.idp_sid}
    return {
        "sid": session.id,
        "kind": session.kind,
        "client": session.client,
        "device": session.device,
        "idp": idp if session.idp_iss else None,
        "created_at": iso(session.created_at),
        "expires_at": session.expires_at and iso(session.expires_at),
        "last_seen_at": session.last_seen_at and iso(session.last_seen_at),
    }
