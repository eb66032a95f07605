"""End the sessions of those whom an identity provider names, who stay as active as before."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from app.db.sign_ons import SignOn
from app.db.work import Work
from app.identity.logout_tokens import sane
from app.identity.sign_on import Vouched
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.ending import LASTING
from app.lifecycle.journal import SESSIONS_REVOKED
from app.lifecycle.service import Lifecycle

REVOKED, LOGGED_OUT = "global_token_revocation", "logged_out"
FORMATS = ("email", "iss_sub", "opaque")


class UnclearSubject(Exception):  # noqa: N818
    """The subject identifier cannot be understood (RFC 9493 §3)."""


def speaker(work: Work, sign_on: SignOn) -> Actor:
    """Return the identity provider as one who acts."""
    name = work.connections.name_of(sign_on.connection_id) or sign_on.issuer
    return Actor("connection", sign_on.connection_id, name, "api")


def named(work: Work, sub_id: Any, sign_on: SignOn | None) -> list[str]:
    """Return the users that a subject identifier names (RFC 9493); an identity provider names only its own."""
    of = sign_on.connection_id if sign_on else None
    match sub_id:
        case {"format": "email", "email": str(email)} if sane(email):
            return work.access.by_name(_folded(email), of)
        case {"format": "opaque", "id": str(id_)} if sane(id_):
            return work.access.by_id(id_, of) or work.access.by_external_id(id_, of)
        case {"format": "iss_sub", "iss": str(issuer), "sub": str(subject)} if sane(issuer) and sane(subject):
            return [] if sign_on and issuer != sign_on.issuer else at_issuer(work, issuer, subject)
    raise UnclearSubject(f"Send sub_id with one of the formats {', '.join(FORMATS)} and all of its members (RFC 9493).")


def at_issuer(work: Work, issuer: str, subject: str) -> list[str]:
    """Return the users who are that subject of an issuer: as it provisioned them, or as they signed in."""
    connections = {sign_on.connection_id for sign_on in work.sign_ons.of_issuer(issuer)}
    found = {user_id for of in connections for user_id in work.access.by_external_id(subject, of)}
    return sorted(found.union(work.access.by_subject(issuer, subject, None)))


def revoke_everything(work: Work, clock: Clock, actor: Actor, user_ids: list[str]) -> None:
    """End every session, token and key of users."""
    if user_ids:
        Lifecycle(work, clock, actor).end_access(user_ids, REVOKED)


def log_out(work: Work, clock: Clock, vouched: Vouched) -> None:
    """End what a logout token names: one session, or all of its subject (Back-Channel Logout 1.0 §2.6)."""
    issuer, sub, sid = vouched.sign_on.issuer, vouched.claims.get("sub"), vouched.claims.get("sid")
    lifecycle = Lifecycle(work, clock, speaker(work, vouched.sign_on))
    if sid is not None and _end_one(work, lifecycle, issuer, sid, sub):
        return
    users = at_issuer(work, issuer, sub) if sub is not None else []
    if users:
        everything = lifecycle.policy.sessions.logout_ends == "everything"
        lifecycle.end_access(users, LOGGED_OUT, spared=() if everything else LASTING)


def _end_one(work: Work, lifecycle: Lifecycle, issuer: str, sid: str, sub: str | None) -> bool:
    """End what began with a session at the provider; tell whether the host application ever told of that session."""
    if not work.sessions.knows_of_provider(issuer, sid):
        return False
    for user_id, ended in work.sessions.end_at_provider(issuer, sid, sub, lifecycle.now, LOGGED_OUT):
        told = {"sessions_ended": 1, "sid": ended, "cause": LOGGED_OUT}
        lifecycle.journal.record("User", user_id, [(SESSIONS_REVOKED, told)])
    return True


def _folded(text: str) -> str:
    """Return a text as userNames and addresses compare: in NFC and lower case."""
    return normalize("NFC", normalize("NFC", text).lower())
