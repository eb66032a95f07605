"""Say what the service needs to know, and to have done, of what users hold and own at the host application."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.lifecycle.effects import OnWork
from app.lifecycle.policy import Entitlement
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.subject import Answer, Held, Wanted, WorkCount


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a user holds, and what its profile assigns beyond that."""

    held: tuple[Held, ...] = ()
    wanted: tuple[Wanted, ...] = ()


class Entitlements(Protocol):
    """The seats and licences that users hold."""

    def holdings(
        self, record: UserRecord | None, profile: Profile | None, pools: Mapping[str, Entitlement]
    ) -> Holdings:
        """Return what concerns a user, as ``profile`` leaves it, and let nobody else count or take meanwhile.

        ``record`` is None for somebody who is created, ``profile`` None where it stays as it is stored.
        """

    def take(self, user_id: str, pool: str, scope: str | None, at: datetime) -> None:
        """Give an entitlement to a user."""

    def release(self, user_id: str, pool: str, scope: str | None, at: datetime) -> None:
        """Take an entitlement from a user."""


class WorkItems(Protocol):
    """The work that users own at the host application."""

    def counts(self, user_id: str) -> tuple[WorkCount, ...]:
        """Return how much a user owns, by type, state and scope."""

    def apply(self, user_id: str, effect: OnWork, at: datetime) -> int:
        """Carry out what happens to work of a user, in a constant number of statements, and return how much it was."""


class Precheck(Protocol):
    """Whoever can ask the host application for facts of the last moment."""

    def ask(self, user_id: str, action: str) -> Answer:
        """Ask whether something stands in the way of an action; an answer that does not come was not reached."""


class Estate(Protocol):
    """What users hold and own, in the transaction that changes them, and the host application itself."""

    @property
    def entitlements(self) -> Entitlements:
        """Return the seats and licences."""

    @property
    def work_items(self) -> WorkItems:
        """Return the work."""

    @property
    def precheck(self) -> Precheck:
        """Return whoever asks the host application."""
