"""The third who takes part in the demo: a receiver of signals, which polls its stream and verifies what it is told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.cli.demo_world import Caller
from app.cli.faults import CommandError

SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
SCOPES = ("ssf.manage", "ssf.read")
PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Receiver(Caller):
    """A receiver in the sense of Shared Signals 1.0, with an access token for its stream."""

    keys: KeySet = field(default_factory=lambda: KeySet([]))

    @classmethod
    def admitted(cls, base_url: str, client_id: str, secret: str) -> Receiver:
        """Buy an access token (RFC 6749 §4.4)."""
        asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        form = urlencode(asked | {"scope": " ".join(SCOPES)})
        bought = Caller(base_url, "").call("POST", "/oauth/token", form, "application/x-www-form-urlencoded")
        if bought.status != 200:
            raise CommandError(f"The receiver gets no access token: {bought.body.get('error_description')}")
        return cls(base_url, bought.body["access_token"])

    def open_stream(self) -> str:
        """Create a stream that is polled, and return its id."""
        made = self.call("POST", "/ssf/streams", {"events_requested": [SESSION_REVOKED]})
        if made.status != 201:
            raise CommandError(f"The receiver gets no stream: {made.body.get('description')}")
        return str(made.body["stream_id"])

    def told_of(self, user_id: str, stream_id: str) -> float | None:
        """Return at which `perf_counter` it was told, by a verified SET, that the sessions of a user ended."""
        end, taken = perf_counter() + PATIENCE_S, list[str]()
        while perf_counter() < end:
            polled = self.call("POST", f"/ssf/streams/{stream_id}/poll", {"ack": taken})
            heard = perf_counter()
            sets = polled.body.get("sets", {})
            if any(self._is_about(user_id, each) for each in sets.values()):
                return heard
            taken = list(sets)
        return None

    def close_stream(self, stream_id: str) -> None:
        """Delete the stream."""
        self.call("DELETE", f"/ssf/streams?stream_id={stream_id}")

    def _is_about(self, user_id: str, token: str) -> bool:
        """Tell whether a SET says that somebody's sessions ended (CAEP §3.1); one of another signer ends the demo."""
        try:
            claims = self._claims(token)
        except JoseError as error:
            raise CommandError(f"A SET is not signed by a key of the tenant: {error}") from error
        return SESSION_REVOKED in claims["events"] and claims["sub_id"].get("sub") == user_id

    def _claims(self, token: str) -> dict[str, Any]:
        """Return what a SET claims; where its key is not known yet, the keys of the tenant are read anew."""
        with suppress(InvalidKeyIdError):
            return jwt.decode(token, self.keys, algorithms=["RS256"]).claims
        self.keys.keys[:] = KeySet.import_key_set(self.call("GET", "/jwks.json").body).keys  # type: ignore[arg-type]
        return jwt.decode(token, self.keys, algorithms=["RS256"]).claims
