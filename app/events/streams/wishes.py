"""What a receiver may say of its stream (SSF 1.0 §8.1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.events.streams.channel import POLL, PUSH
from app.events.streams.refusing import invalid
from app.events.streams.signals import SUPPORTED, USUAL

MOST_EVENTS = 100
LONGEST_TEXT = 2048


@dataclass(frozen=True, slots=True)
class Delivering:
    """How a stream is delivered; a stream that is polled has neither address nor header."""

    kind: str = POLL
    url: str = ""
    authorization: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.kind == PUSH) != bool(self.url):
            raise invalid("Push (RFC 8935) needs an endpoint_url, poll (RFC 8936) is given one.")
        if self.authorization is not None and (self.kind != PUSH or not _is_header(self.authorization)):
            raise invalid("The authorization_header goes with push, and is one line of visible ASCII characters.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a receiver says of its stream; ``requested`` is None where it leaves that to us."""

    delivering: Delivering = Delivering()
    requested: tuple[str, ...] | None = None
    description: str | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Return what is asked for, which is all of security where nothing is said."""
        return USUAL if self.requested is None else self.requested

    @property
    def delivered(self) -> tuple[str, ...]:
        """Return what of it there is."""
        return tuple(signal for signal in SUPPORTED if signal in self.asked)


@dataclass(frozen=True, slots=True)
class Terms:
    """What only an operator says of a stream.

    ``client`` is the connection that manages it, None where the operator does; ``aud`` are the audiences; ``subject``
    says how users are named; ``peer`` is the connection by which the same party sends signals to us.
    """

    client: str | None
    aud: Sequence[str]
    subject: Mapping[str, str] = field(default_factory=lambda: {"format": "iss_sub"})
    peer: str | None = None

    def options(self) -> dict[str, Any]:
        """Return the same as it is stored."""
        return {
            "client": self.client,
            "aud": self.aud[0] if len(self.aud) == 1 else list(self.aud),
            "subject": dict(self.subject),
            "peer": self.peer,
            "status": "enabled",
            "excluded": {},
            "verified_at": None,
        }


def _is_header(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TEXT and text.isascii() and text.isprintable()
