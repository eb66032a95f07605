"""Sign messages as Standard Webhooks 1.0.0 says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.events.webhooks.secrets import Secret


def signed(id_: str, secrets: Sequence[Secret], body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that prove a message, one signature for each secret."""
    moment = int(now.timestamp())
    content = f"{id_}.{moment}.".encode() + body
    signatures = " ".join(secret.signature(content) for secret in secrets)
    return {"webhook-id": id_, "webhook-timestamp": str(moment), "webhook-signature": signatures}
