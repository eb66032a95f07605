"""Tell webhooks: choose by type, write in the mode of the endpoint, sign for each try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.db.deliveries import Delivery
from app.db.endpoints import Endpoint
from app.db.relay import Placed
from app.db.work import Work
from app.events.catalogue import covers
from app.events.channel import Parcel
from app.events.fate import Outcome, judge
from app.events.webhooks.modes import body_of, cloud_event, forms, message_id, standard
from app.events.webhooks.secrets import Secret, read
from app.events.webhooks.signing import signed
from app.identity.vault import Vault

KIND = "webhook"
SUBJECT = "Webhook"
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The channel of webhooks; ``public_url`` is where this server is."""

    vault: Vault
    public_url: str
    pushes: bool = True
    retries: int | None = None

    def forms(self, _work: Work, endpoint: Endpoint, event: Placed) -> Sequence[str]:
        """Return the forms of an event that an endpoint asked for; a test is for the one that is tried."""
        if event.type == TEST:
            wanted = event.subject_id == endpoint.id
        else:
            wanted = any(covers(pattern, event.type) for pattern in endpoint.types)
        return forms(endpoint.options["mode"], event) if wanted else ()

    def parcel(self, work: Work, tenant: str, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Parcel:
        """Return the message, signed at this moment with every secret that still holds."""
        secrets = read(self.vault.open(endpoint.sealed or "", context(work.tenant_id, endpoint.id)), now)
        mode, media = endpoint.options["mode"], "application/json"
        if mode != "standard":
            body = orjson.dumps(body_of(mode, work, tenant, delivery))
        elif endpoint.options.get("cloudevents"):
            media = "application/cloudevents+json"
            body = orjson.dumps(cloud_event(f"{self.public_url}/t/{tenant}", tenant, delivery))
        else:
            body = orjson.dumps(standard(tenant, delivery))
        headers = {"Content-Type": media, **signed(message_id(delivery), secrets, body, now)}
        return Parcel({**headers, **_stamped(mode, secrets[0], body, now)}, body)

    def judge(
        self, status: int, headers: Mapping[str, str], _body: bytes, now: datetime
    ) -> tuple[Outcome, timedelta | None]:
        """Judge by status and headers alone."""
        return judge(status, headers, now)

    def notice(self, reason: str) -> tuple[str, tuple[str, dict[str, Any]]]:
        """Tell that an endpoint was disabled."""
        return SUBJECT, ("webhook.disabled", {"reason": reason})


def context(tenant_id: int, endpoint_id: str) -> str:
    """Return whose secret it is, for the vault."""
    return f"endpoints/{tenant_id}/{endpoint_id}"


def _stamped(mode: str, secret: Secret, body: bytes, now: datetime) -> dict[str, str]:
    """Return the header of the product whose form is spoken."""
    milliseconds = int(now.timestamp() * 1000)
    if mode == "workos":
        return {"WorkOS-Signature": f"t={milliseconds}, v1={secret.stamp(milliseconds, body)}"}
    if mode == "polis":
        return {"BoxyHQ-Signature": f"t={milliseconds},s={secret.stamp(milliseconds, body)}"}
    return {}
