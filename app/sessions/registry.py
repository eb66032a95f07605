"""Register sessions, tell whether they may go on, and end them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from uuid_utils import uuid7

from app.db.sessions import Session, Standing
from app.db.work import Work
from app.identity.tokens import PREFIX, new_token, token_hash
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import SESSIONS_REVOKED, Journal
from app.lifecycle.refusals import Refused, not_active, unknown_session, unknown_user
from app.lifecycle.states import State

SessionKind: TypeAlias = Literal["local", "sso"]

SIGNED_OUT = "signed_out"
SID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~:=+@-]{0,254}")
"""What the id of a session looks like, be it ours or the host application's."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the host application says of a new session; without ``lifetime`` it lasts until it is ended."""

    kind: SessionKind = "local"
    client: str | None = None
    device: str | None = None
    lifetime: timedelta | None = None
    sid: str | None = None
    with_token: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """A new session, and its opaque token if one was asked for, which is shown once and not kept."""

    session: Session
    token: str | None


def register(work: Work, clock: Clock, user_id: str, sign_in: SignIn) -> Registered:
    """Let a session begin, holding the user's row so that no deactivation can pass unseen."""
    user = work.users.lock(user_id)
    if user is None or user.state is State.PURGED:
        raise Refused([unknown_user(user_id)])
    if user.state is not State.ACTIVE:
        raise Refused([not_active(user.state)])
    session = _session(user_id, user.session_epoch, sign_in, clock.now())
    token = new_token("session") if sign_in.with_token else None
    work.sessions.add(session, token and token_hash(token))
    return Registered(session, token)


def _session(user_id: str, epoch: int, sign_in: SignIn, now: datetime) -> Session:
    return Session(
        id=sign_in.sid or str(uuid7()),
        user_id=user_id,
        kind=sign_in.kind,
        client=sign_in.client,
        device=sign_in.device,
        epoch=epoch,
        created_at=now,
        expires_at=now + sign_in.lifetime if sign_in.lifetime else None,
    )


def alive(standing: Standing, now: datetime) -> bool:
    """Tell whether a session may go on."""
    session = standing.session
    over = session.ended_at is not None or (session.expires_at is not None and session.expires_at <= now)
    return not over and standing.user_state == State.ACTIVE and session.epoch == standing.user_epoch


def is_token(text: str) -> bool:
    """Tell whether a text looks like one of our tokens; no session id may."""
    return text.startswith(PREFIX)


def is_sid(text: str) -> bool:
    """Tell whether a text can be the id of a session."""
    return SID.fullmatch(text) is not None and not is_token(text)


def sought(work: Work, token: str) -> Standing | None:
    """Return the session that an opaque token or a session id names."""
    if is_token(token):
        return work.sessions.standing(token_hash=token_hash(token))
    return work.sessions.standing(sid=token) if is_sid(token) else None


def end(work: Work, clock: Clock, actor: Actor, standing: Standing) -> bool:
    """End one session, and tell whether it was alive; one that was not is left as it is."""
    session, now = standing.session, clock.now()
    if not alive(standing, now) or not work.sessions.end(session.id, now, SIGNED_OUT):
        return False
    told = {"sessions_ended": 1, "sid": session.id, "cause": SIGNED_OUT}
    Journal(work, actor, now, policy_version=None).record("User", session.user_id, [(SESSIONS_REVOKED, told)])
    return True


def end_all(work: Work, clock: Clock, actor: Actor, user_id: str, cause: str) -> int:
    """End every session of a user, who may sign in again; return how many were open."""
    work.users.lock(user_id)
    now = clock.now()
    ended = work.sessions.end_all(user_id, now, cause)
    if ended:
        told = {"sessions_ended": ended, "cause": cause}
        Journal(work, actor, now, policy_version=None).record("User", user_id, [(SESSIONS_REVOKED, told)])
    return ended


def end_by_id(work: Work, clock: Clock, actor: Actor, sid: str, user_id: str | None = None) -> bool:
    """End the session of that id, of that user if one is named, or refuse as unknown."""
    standing = work.sessions.standing(sid=sid) if is_sid(sid) else None
    if standing is None or user_id not in {None, standing.session.user_id}:
        raise Refused([unknown_session(sid)])
    return end(work, clock, actor, standing)
