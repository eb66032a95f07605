"""Register sessions and credentials, tell whether they may go on, and end them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from uuid_utils import uuid7

from app.db.access import Admission
from app.db.sessions import Session, Standing
from app.db.work import Work
from app.identity.tokens import PREFIX, new_token, token_hash
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.ending import BROWSED, SessionKind
from app.lifecycle.journal import SESSIONS_REVOKED, Journal
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Refused, directory_suspended, not_active, sid_taken, unknown_session, unknown_user
from app.lifecycle.service import Lifecycle, policy_of
from app.lifecycle.states import State
from app.sessions.standing import alive

SIGNED_OUT = "signed_out"
MOST_AT_ONCE = 1000
SID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~:=+@-]{0,254}")
"""What the id of a session looks like, be it ours or the host application's."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the host application says of a new session or credential; without ``lifetime`` it lasts until it is ended.

    ``token_hash`` is the SHA-256 of a token of its own; ``idp_*`` is what an identity provider calls user and session.
    """

    kind: SessionKind = "local"
    client: str | None = None
    device: str | None = None
    lifetime: timedelta | None = None
    sid: str | None = None
    with_token: bool = False
    token_hash: str | None = None
    idp_iss: str | None = None
    idp_sub: str | None = None
    idp_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new session, and its opaque token if one was asked for, which is shown once and not kept."""

    session: Session
    token: str | None


def admit(work: Work, user_id: str) -> Admission:
    """Return what is known of a user who may sign in, or refuse with what stands in the way."""
    if work.suspended:
        raise Refused([directory_suspended()])
    return _admitted(user_id, work.access.find([user_id]).get(user_id))


def register(work: Work, clock: Clock, user_id: str, sign_in: SignIn) -> Registered:
    """Let a session begin, holding the user's row so that no deactivation can pass unseen."""
    (outcome,) = register_all(work, clock, [(user_id, sign_in)])
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def register_all(work: Work, clock: Clock, sign_ins: Sequence[tuple[str, SignIn]]) -> list[Registered | Refused]:
    """Let sessions begin, each on its own terms; the number of statements does not grow with theirs."""
    policy, now = policy_of(work.policies.current()[1]), clock.now()
    users = work.access.hold(user_id for user_id, _ in sign_ins)
    if work.suspended:
        raise Refused([directory_suspended()])
    taken = _taken(work, [sign_in for _, sign_in in sign_ins]) if len(sign_ins) > 1 else set[str]()
    outcomes: list[Registered | Refused] = []
    rows: list[tuple[Session, str | None]] = []
    for user_id, sign_in in sign_ins:
        try:
            user = _admitted(user_id, users.get(user_id))
            _claim(sign_in, taken)
        except Refused as refused:
            outcomes.append(refused)
            continue
        token = new_token("session") if sign_in.with_token else None
        session = _session(user, sign_in, policy, now)
        rows.append((session, token_hash(token) if token else sign_in.token_hash))
        outcomes.append(Registered(session, token))
    if rows:
        work.sessions.add_all(rows)
    return outcomes


def _admitted(user_id: str, user: Admission | None) -> Admission:
    if user is None or user.state is State.PURGED:
        raise Refused([unknown_user(user_id)])
    if user.state is not State.ACTIVE:
        raise Refused([not_active(user.state)])
    return user


def _taken(work: Work, sign_ins: Iterable[SignIn]) -> set[str]:
    """Return the ids and hashes that were used before."""
    wanted = list(sign_ins)
    sids = [sign_in.sid for sign_in in wanted if sign_in.sid]
    hashes = [sign_in.token_hash for sign_in in wanted if sign_in.token_hash]
    return {*work.sessions.by_ids(sids), *work.sessions.by_hashes(hashes)}


def _claim(sign_in: SignIn, taken: set[str]) -> None:
    """Refuse an id or hash that another has, in this batch too."""
    names = {name for name in (sign_in.sid, sign_in.token_hash) if name}
    if names & taken:
        raise Refused([sid_taken(sign_in.sid)])
    taken |= names


def _session(user: Admission, sign_in: SignIn, policy: TenantPolicy, now: datetime) -> Session:
    idle = policy.sessions.idle_minutes if sign_in.kind in BROWSED else None
    return Session(
        id=sign_in.sid or str(uuid7()),
        user_id=user.user_id,
        kind=sign_in.kind,
        client=sign_in.client,
        device=sign_in.device,
        epoch=user.epoch,
        created_at=now,
        expires_at=_expiry(sign_in, policy, now),
        idp_iss=sign_in.idp_iss,
        idp_sub=sign_in.idp_sub,
        idp_sid=sign_in.idp_sid,
        last_seen_at=now,
        idle_s=None if idle is None else idle * 60,
    )


def _expiry(sign_in: SignIn, policy: TenantPolicy, now: datetime) -> datetime | None:
    """Return when a session ends: as the host application says, but within the policy's limit."""
    limits = [] if sign_in.lifetime is None else [sign_in.lifetime]
    if sign_in.kind in BROWSED and policy.sessions.absolute_minutes is not None:
        limits.append(timedelta(minutes=policy.sessions.absolute_minutes))
    return now + min(limits) if limits else None


def is_token(text: str) -> bool:
    """Tell whether a text looks like one of our tokens; no session id may."""
    return text.startswith(PREFIX)


def is_sid(text: str) -> bool:
    """Tell whether a text can be the id of a session."""
    return SID.fullmatch(text) is not None and not is_token(text)


def sought(work: Work, token: str) -> Standing | None:
    """Return the session that a session id names, or a token: ours, or one whose hash was registered."""
    found = work.sessions.standing(sid=token) if is_sid(token) else None
    return found or work.sessions.standing(token_hash=token_hash(token))


def end(work: Work, clock: Clock, actor: Actor, standing: Standing) -> bool:
    """End one session, and tell whether it was alive; one that was not is left as it is."""
    session, now = standing.session, clock.now()
    over = session.ended_at is not None or not work.sessions.end(session.id, now, SIGNED_OUT)
    if over or not alive(standing, now):
        return False
    told = {"sessions_ended": 1, "sid": session.id, "cause": SIGNED_OUT}
    Journal(work, actor, now, policy_version=None).record("User", session.user_id, [(SESSIONS_REVOKED, told)])
    return True


def end_all(work: Work, clock: Clock, actor: Actor, user_id: str, cause: str) -> None:
    """End every session of a user, and what was issued to it, who may sign in again."""
    Lifecycle(work, clock, actor).end_access([user_id], cause)


def end_by_id(work: Work, clock: Clock, actor: Actor, sid: str, user_id: str | None = None) -> bool:
    """End the session of that id, of that user if one is named, or refuse as unknown."""
    standing = work.sessions.standing(sid=sid) if is_sid(sid) else None
    if standing is None or user_id not in {None, standing.session.user_id}:
        raise Refused([unknown_session(sid)])
    return end(work, clock, actor, standing)
