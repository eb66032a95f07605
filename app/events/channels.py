"""List the kinds of endpoints that are told."""

from __future__ import annotations

from collections.abc import Mapping

from app.events.channel import Channel
from app.events.logouts.channel import KIND as LOGOUT
from app.events.logouts.channel import Logouts
from app.events.streams.channel import POLL, PUSH, Streams
from app.events.webhooks.channel import KIND, Webhooks
from app.identity.signing import Signing
from app.identity.vault import Vault
from app.runtime import Runtime


def channels(runtime: Runtime) -> Mapping[str, Channel]:
    """Return the channels of a process, by the kind of endpoint."""
    vault, public_url, signing = Vault(runtime.settings.secret_keys), runtime.settings.public_url, Signing.of(runtime)
    return {
        KIND: Webhooks(vault, public_url),
        PUSH: Streams(vault, public_url, signing, pushes=True),
        POLL: Streams(vault, public_url, signing, pushes=False),
        LOGOUT: Logouts(public_url, signing),
    }
