"""Say what the service needs of sessions, and of what decides whether users may go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Ended(NamedTuple):
    """How many sessions ended, and how many will when they expire."""

    now: int
    deferred: int = 0


class Sessions(Protocol):
    """The sessions of the tenant's users."""

    def end_all(
        self, user_id: str, at: datetime, cause: str, deferred: tuple[str, ...] = (), spared: tuple[str, ...] = ()
    ) -> Ended:
        """End the sessions of a user; those of some kinds are deferred to their expiry, those of others left alone."""

    def end_of(self, user_ids: Sequence[str], at: datetime, cause: str, spared: tuple[str, ...]) -> Mapping[str, int]:
        """End the sessions of several users but for some kinds, and return how many of each were open."""

    def forget(self, user_id: str) -> int:
        """Erase what is kept of a user's sessions, and return how many that were."""


class Access(Protocol):
    """What decides whether the users of the tenant may go on."""

    def revoke(self, user_ids: Sequence[str], at: datetime) -> list[str]:
        """Let nothing that began before be good any more, and return which of the users are there."""
