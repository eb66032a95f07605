"""Receive security event tokens of trusted transmitters, and end the sessions they speak of (RFC 8935)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Response, request

from app.bodies import read_body
from app.db.records import Trusted
from app.db.work import Work
from app.events.catalogue import CAEP, RISC
from app.events.streams.channel import SIGNAL
from app.events.streams.refusing import StreamRefused, invalid
from app.events.streams.subjects import user_named
from app.identity.jwts import LONGEST_JTI, InvalidJwt, UnknownKey
from app.identity.key_sets import KeysUnavailable
from app.identity.publishing import known
from app.identity.throttle import Throttled, throttle
from app.identity.trusting import EVENT_LIFETIME, transmitted
from app.lifecycle.commands import Actor
from app.runtime import runtime
from app.sessions import registry
from app.ssf.door import answer, issuer

ENDING = frozenset({CAEP + "session-revoked", RISC + "account-disabled", RISC + "sessions-revoked"})
MAX_BODY_BYTES = 16 * 1024
MEDIA_TYPE = "application/secevent+jwt"


def receive(tenant: str) -> Response:
    """Take a SET; 202 says that it was understood, whether or not it concerns anybody here (§2.2)."""
    here, tenant_id = runtime(), known(tenant)
    now, counts = here.clock.now(), throttle()
    try:
        counts.hold_back(tenant_id, None, now.timestamp())
        token = _token()
        with here.database.reading(tenant_id) as work:
            trusted, claims = transmitted(work, token, now)
            work.transact(partial(_act, work, tenant, trusted, claims), here.wait)
    except Throttled as throttled:
        raise StreamRefused("too_fast", str(throttled), throttled.retry_after) from throttled
    except KeysUnavailable:
        return answer(503, _told("invalid_key", "The keys of the transmitter cannot be fetched now."))
    except InvalidJwt as wrong:
        if throttled_now := counts.failed(tenant_id, now.timestamp()):
            raise StreamRefused("too_fast", str(throttled_now), throttled_now.retry_after) from wrong
        code = "invalid_key" if isinstance(wrong, UnknownKey) else "invalid_request"
        return answer(400, _told(code, str(wrong)), {"Content-Language": "en"})
    return answer(202)


def _token() -> str:
    if request.mimetype != MEDIA_TYPE:
        raise invalid(f"Send one SET as {MEDIA_TYPE}.")
    try:
        return read_body(MAX_BODY_BYTES).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise InvalidJwt("The body is no compact JWS.") from error


def _act(work: Work, tenant: str, trusted: Trusted, claims: Mapping[str, Any]) -> None:
    """End what the events say, once; a SET that comes again changes nothing."""
    jti, events = claims.get("jti"), claims.get("events")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or "\x00" in jti or not isinstance(events, dict):
        raise InvalidJwt("The token lacks one of jti and events.")
    until = datetime.fromtimestamp(int(claims["iat"]), tz=UTC) + EVENT_LIFETIME * 2
    if not work.seen_jtis.add(f"{trusted.trust.issuer} events", jti, until):
        return
    for event in [payload for name, payload in events.items() if name in ENDING]:
        subject = claims.get("sub_id") or (event.get("subject") if isinstance(event, dict) else None)
        if isinstance(subject, dict):
            _end(work, tenant, trusted, subject)


def _end(work: Work, tenant: str, trusted: Trusted, subject: Mapping[str, Any]) -> None:
    """End all sessions of a user: those of another system are not known here, so that none is left out."""
    user_id = user_named(work, issuer(tenant), {"iss": trusted.trust.issuer}, subject)
    if user_id is not None:
        connection = trusted.connection
        actor = Actor("connection", connection.id, connection.name, "api")
        registry.end_all(work, runtime().clock, actor, user_id, SIGNAL)


def _told(err: str, description: str) -> dict[str, str]:
    return {"err": err, "description": description}
