"""Answer whether a session or credential may go on (RFC 7662)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.db.access import Admission
from app.db.sessions import Standing
from app.db.work import Work
from app.identity.tokens import token_hash
from app.lifecycle.states import State
from app.sessions.registry import is_sid, is_token, sought
from app.sessions.standing import alive, unseen

DEAD = {"active": False}
"""All that is said of a session that is dead, or that was never one (RFC 7662 §2.2)."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What the host application issued by itself to a user, such as a JWT, and when: seconds since 1970."""

    user_id: str
    issued_at: int


def introspect(work: Work, token: str, issuer: str, now: datetime) -> dict[str, Any]:
    """Return what RFC 7662 §2.2 says of a token or a session id; times are in seconds since 1970."""
    standing = sought(work, token)
    if standing is None or not alive(standing, now):
        return DEAD
    _note(work, [standing], now)
    return _claims(standing, issuer, token)


def introspect_all(work: Work, asked: Sequence[str | Issued], issuer: str, now: datetime) -> list[dict[str, Any]]:
    """Answer several questions, of tokens and of what was issued; three statements however many they are."""
    tokens = {question for question in asked if isinstance(question, str)}
    found: dict[str, Standing] = work.sessions.by_ids([token for token in tokens if is_sid(token)])
    hashes = {token_hash(token): token for token in tokens - found.keys()}
    found |= {hashes[hash_]: standing for hash_, standing in work.sessions.by_hashes(hashes).items()}
    users = work.access.find({question.user_id for question in asked if isinstance(question, Issued)})

    def answer(question: str | Issued) -> dict[str, Any]:
        if isinstance(question, Issued):
            return _issued(question, users.get(question.user_id), issuer)
        standing = found.get(question)
        return _claims(standing, issuer, question) if standing is not None and alive(standing, now) else DEAD

    _note(work, [standing for standing in found.values() if alive(standing, now)], now)
    return [answer(question) for question in asked]


def _note(work: Work, standings: Sequence[Standing], now: datetime) -> None:
    """Note which sessions are in use; what a busy database refuses is noted with the next question."""
    sids = [standing.session.id for standing in standings if unseen(standing.session, now)]
    if sids:
        with suppress(SQLAlchemyError), work.transaction():
            work.sessions.seen(sids, now)


def introspect_issued(work: Work, issued: Issued, issuer: str) -> dict[str, Any]:
    """Answer for what the host application issued to a user at a moment."""
    return _issued(issued, work.access.find([issued.user_id]).get(issued.user_id), issuer)


def _issued(issued: Issued, user: Admission | None, issuer: str) -> dict[str, Any]:
    """Answer by the user's epoch; what was issued in the second of a revocation may have come before it."""
    if user is None or user.state is not State.ACTIVE:
        return DEAD
    if user.tokens_valid_after is not None and issued.issued_at <= int(user.tokens_valid_after.timestamp()):
        return DEAD
    return {
        "active": True,
        "iss": issuer,
        "sub": user.user_id,
        "username": user.user_name,
        "iat": issued.issued_at,
    }


def _claims(standing: Standing, issuer: str, token: str) -> dict[str, Any]:
    session = standing.session
    claims = {
        "active": True,
        "iss": issuer,
        "sub": session.user_id,
        "username": standing.user_name,
        "sid": session.id,
        "client_id": session.client,
        "token_type": "Bearer" if is_token(token) else None,
        "iat": int(session.created_at.timestamp()),
        "exp": int(session.expires_at.timestamp()) if session.expires_at else None,
    }
    return {name: value for name, value in claims.items() if value is not None}
