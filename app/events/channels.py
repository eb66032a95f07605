"""List the kinds of endpoints that are told by POST."""

from __future__ import annotations

from collections.abc import Mapping

from app.events.channel import Channel
from app.events.webhooks.channel import KIND, Webhooks
from app.identity.vault import Vault
from app.runtime import Runtime


def channels(runtime: Runtime) -> Mapping[str, Channel]:
    """Return the channels of a process, by the kind of endpoint."""
    return {KIND: Webhooks(Vault(runtime.settings.secret_keys), runtime.settings.public_url)}
