"""Build security event tokens (RFC 8417, SSF 1.0 §4): one event each, the same claims whenever they are sent."""

from __future__ import annotations

from typing import Any

from app.db.deliveries import Delivery
from app.db.endpoints import Endpoint
from app.db.work import Work
from app.events.catalogue import SCIM
from app.events.streams.provisioning import resource
from app.events.streams.signals import MEMBER, OF_RECEIVER, SESSION_REVOKED, payload
from app.events.streams.subjects import of_user

TYP = "secevent+jwt"
SUSPENDED = "directory.suspended"


def claims(work: Work, issuer: str, endpoint: Endpoint, delivery: Delivery) -> dict[str, Any]:
    """Return the claims of the SET that tells a stream of an event; it has neither ``sub`` nor ``exp``."""
    signal, about = _said(delivery)
    return {
        "iss": issuer,
        "jti": delivery.id,
        "iat": int(delivery.created_at.timestamp()),
        "aud": endpoint.options["aud"],
        "txn": _txn(delivery),
        "sub_id": _subject(work, issuer, endpoint, delivery),
        "events": {signal: payload(work, signal, about, delivery)},
    }


def _txn(delivery: Delivery) -> str:
    """Return the id of the change; each operation of a bulk request has its own outcome (RFC 9967 §2.5.1)."""
    return f"{delivery.txn}:{delivery.payload['index']}" if "index" in delivery.payload else delivery.txn


def _said(delivery: Delivery) -> tuple[str, str]:
    """Return what is told, and of whom."""
    signal, _, member = delivery.form.partition(MEMBER)
    return signal, member or delivery.payload.get("user") or delivery.subject_id


def _subject(work: Work, issuer: str, endpoint: Endpoint, delivery: Delivery) -> dict[str, Any]:
    signal, about = _said(delivery)
    if signal.startswith(SCIM):
        return resource(work, delivery, about)
    if signal in OF_RECEIVER:
        return {"format": "opaque", "id": endpoint.id}
    if delivery.type == SUSPENDED:
        return {"format": "complex", "tenant": {"format": "opaque", "id": about}}
    user = of_user(work, issuer, endpoint.options["subject"], about)
    sid = delivery.payload.get("sid") if signal == SESSION_REVOKED else None
    return {"format": "complex", "user": user, "session": {"format": "opaque", "id": sid}} if sid else user
