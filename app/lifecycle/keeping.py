"""Say what the service needs of what keeps data, and of what is left to be done."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from app.lifecycle.effects import Owe


class Holds(Protocol):
    """The legal holds of the tenant."""

    def standing(self, user_id: str) -> bool:
        """Tell whether the data of a user has to stay."""

    def forget(self, user_id: str) -> int:
        """Erase what the holds on a user refer to, and return how many did."""


class Approvals(Protocol):
    """Who agreed to which purge."""

    def of(self, user_id: str, since: datetime) -> tuple[str, ...]:
        """Return who approved since the user was deleted, each person once."""


class Deliveries(Protocol):
    """What was told to whom."""

    def redact(self, user_id: str) -> int:
        """Erase what receivers answered to events about a user, and return how many answers that were."""


class Obligations(Protocol):
    """What somebody still has to do, because an identity provider was not refused for it."""

    def open(self, user_id: str, owed: Sequence[Owe], at: datetime) -> list[str]:
        """Keep obligations of a user in sight, each code once, and return those that are new."""

    def settle(self, user_id: str, at: datetime, codes: Collection[str] | None = None) -> list[str]:
        """Close open obligations of a user, of these codes or all of them, and return their codes."""
