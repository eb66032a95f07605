"""Tell streams: choose the signals, build the SET, sign it for each try, push it (RFC 8935)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.db.deliveries import Delivery
from app.db.endpoints import ENABLED, Endpoint
from app.db.relay import Placed
from app.db.work import Work
from app.events.catalogue import SCIM
from app.events.channel import Parcel
from app.events.fate import Outcome, judge
from app.events.streams.sets import TYP, claims
from app.events.streams.signals import MEMBER, OF_RECEIVER, forms
from app.identity.signing import Signing
from app.identity.vault import Vault
from app.lifecycle.clock import parse_iso

PUSH, POLL = "ssf-push", "ssf-poll"
KINDS = (PUSH, POLL)
SUBJECT = "Stream"
REQUESTED = "requested"
SIGNAL = "signal"
"""The cause of what another transmitter wanted."""
GRACE = timedelta(days=1)
"""For how long security is still told of a user whom a receiver does not want to hear of (SSF 1.0 §9.3)."""
PASSING = frozenset({"invalid_key", "authentication_failed", "access_denied"})
"""Refusals of RFC 8935 §2.4 that somebody mends, without the SET being wrong."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The channel of streams; ``public_url`` is where this server is."""

    vault: Vault
    public_url: str
    signing: Signing
    pushes: bool
    retries: int | None = None

    def forms(self, work: Work, endpoint: Endpoint, event: Placed) -> Sequence[str]:
        """Return the signals of an event that a stream wants; one that is disabled hears nothing (SSF 1.0 §8.1.2)."""
        if event.subject_type == SUBJECT:
            mine = event.subject_id == endpoint.id and not switched_off(endpoint)
            wanted: Sequence[str] = (*OF_RECEIVER, *endpoint.types) if mine else ()
        else:
            wanted = () if switched_off(endpoint) or _echoes(endpoint, event) else endpoint.types
        told = forms(work, wanted, event.type, event.payload) if wanted else ()
        return [form for form in told if not _unwanted(endpoint, event, form)]

    def parcel(self, work: Work, tenant: str, endpoint: Endpoint, delivery: Delivery, _now: datetime) -> Parcel:
        """Return the SET and what goes with it (RFC 8935 §2.1)."""
        headers = {"Content-Type": f"application/{TYP}", "Accept": "application/json"}
        if endpoint.sealed:
            headers["Authorization"] = self.vault.open(endpoint.sealed, context(work.tenant_id, endpoint.id))
        return Parcel(headers, self.signed(work, tenant, endpoint, delivery).encode())

    def signed(self, work: Work, tenant: str, endpoint: Endpoint, delivery: Delivery) -> str:
        """Return the SET of a delivery."""
        return self.signing.sign_in(work, claims(work, f"{self.public_url}/t/{tenant}", endpoint, delivery), TYP)

    def judge(
        self, status: int, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[Outcome, timedelta | None]:
        """Judge by the error code too: not all that is answered with 400 will be so tomorrow (RFC 8935 §2.4)."""
        if status == 400 and _code(body) in PASSING:
            return Outcome.FAILED, None
        return judge(status, headers, now)

    def notice(self, reason: str) -> tuple[str, tuple[str, dict[str, Any]]]:
        """Tell that a stream has stopped; its receiver learns of it once it is there again."""
        return SUBJECT, ("stream.disabled", {"reason": reason})


def context(tenant_id: int, stream_id: str) -> str:
    """Return whose secret it is, for the vault."""
    return f"endpoints/{tenant_id}/{stream_id}"


def switched_off(endpoint: Endpoint) -> bool:
    """Tell whether the receiver wants nothing; what failed by itself is held for it instead."""
    return endpoint.state != ENABLED and endpoint.options["status"] == "disabled"


def _echoes(endpoint: Endpoint, event: Placed) -> bool:
    """Tell whether an event came from the one it would be told to."""
    origin = event.payload["actor"]["id"] if event.payload.get("cause") == SIGNAL else None
    return origin is not None and origin in {endpoint.options["client"], endpoint.options["peer"]}


def _unwanted(endpoint: Endpoint, event: Placed, form: str) -> bool:
    """Tell whether the receiver removed the user from the stream, for security long enough ago."""
    signal, _, member = form.partition(MEMBER)
    since = endpoint.options["excluded"].get(member or event.subject_id)
    if since is None or signal in OF_RECEIVER:
        return False
    return signal.startswith(SCIM) or event.created_at >= parse_iso(since) + GRACE


def _code(body: bytes) -> Any:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = document.get("err") if isinstance(document, dict) else None
    return code if isinstance(code, str) else None
