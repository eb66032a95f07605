"""Tell clients of sign-outs: choose which sessions were theirs, sign a token for each try, post it as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.db.deliveries import Delivery
from app.db.endpoints import Endpoint
from app.db.relay import Placed
from app.db.sessions import Session
from app.db.work import Work
from app.events.channel import Parcel
from app.events.fate import Outcome, judge
from app.identity.logout_tokens import TYP, built
from app.identity.signing import Signing
from app.lifecycle.ending import BROWSED
from app.lifecycle.journal import SESSIONS_REVOKED

KIND = "backchannel-logout"
SUBJECT = "LogoutClient"
ALL = ""
"""The form of a token without a sid; any other form is the sid."""
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Logouts:
    """The channel of sign-outs; ``public_url`` is where this server is.

    A token of yesterday must not end what began since: what fails is tried again for less than an hour.
    """

    public_url: str
    signing: Signing
    pushes: bool = True
    retries: int | None = 3

    def forms(self, work: Work, endpoint: Endpoint, event: Placed) -> Sequence[str]:
        """Return the sids to tell of; all sessions need none, unless some go on or the client wants them."""
        if event.type != SESSIONS_REVOKED:
            return ()
        sid = event.payload.get("sid")
        if sid is not None:
            standing = work.sessions.by_ids([sid]).get(sid)
            ended = [standing.session] if standing else []
        elif endpoint.options["session_required"] or "sessions_deferred" in event.payload:
            ended = work.sessions.ended(event.subject_id, event.created_at)
        else:
            return (ALL,)
        return [session.id for session in ended if _concerns(session, endpoint)]

    def parcel(self, work: Work, tenant: str, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Parcel:
        """Return a token with a jti of its own, since a client may have seen that of the last try (§2.5)."""
        subject = {"sub": delivery.subject_id} | ({"sid": delivery.form} if delivery.form != ALL else {})
        jti = f"{delivery.id}.{int(now.timestamp() * 1000)}"
        claims = built(f"{self.public_url}/t/{tenant}", endpoint.name, jti, subject, now)
        token = self.signing.sign_in(work, claims, TYP)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return Parcel(headers, urlencode({"logout_token": token}).encode())

    def judge(
        self, status: int, headers: Mapping[str, str], _body: bytes, now: datetime
    ) -> tuple[Outcome, timedelta | None]:
        """Judge by status and headers (§2.8); whoever asks for a pause gets a short one, and it counts as a try."""
        outcome, wait = judge(status, headers, now)
        return Outcome.FAILED if outcome is Outcome.THROTTLED else outcome, wait and min(wait, LONGEST_WAIT)

    def notice(self, reason: str) -> tuple[str, tuple[str, dict[str, Any]]]:
        """Tell that a client is told no more."""
        return SUBJECT, ("logout_client.disabled", {"reason": reason})


def _concerns(session: Session, endpoint: Endpoint) -> bool:
    """Tell whether a session was one of the client, or one of the host application that all its clients share."""
    return session.kind in BROWSED and session.client in {None, endpoint.name}
