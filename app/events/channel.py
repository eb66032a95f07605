"""Say what a kind of endpoint must know how to do; the engine knows all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.db.deliveries import Delivery
from app.db.endpoints import Endpoint
from app.db.relay import Placed
from app.db.work import Work
from app.events.fate import Outcome


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: a POST with these headers and this body."""

    headers: Mapping[str, str]
    body: bytes


class Channel(Protocol):
    """A kind of endpoint; ``pushes`` tells whether it is sent to, or asks by itself for what waits."""

    @property
    def pushes(self) -> bool:
        """Tell whether the engine has to send."""

    @property
    def retries(self) -> int | None:
        """Return how often what fails is tried again; None is as often as the settings say."""

    def forms(self, work: Work, endpoint: Endpoint, event: Placed) -> Sequence[str]:
        """Return in which forms an endpoint is told of an event: usually one, called "", or none."""

    def parcel(self, work: Work, tenant: str, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Parcel:
        """Return what to send now; it may read, and must not write."""

    def judge(
        self, status: int, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[Outcome, timedelta | None]:
        """Return what an answer means, and for how long it asks to be left alone."""

    def notice(self, reason: str) -> tuple[str, tuple[str, dict[str, Any]]]:
        """Return the subject type and the event that tells that an endpoint was disabled."""
