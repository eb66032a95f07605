"""Say what the service needs to know, and to have done, of what users hold and own at the host application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.lifecycle.commands import Command
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
        self,
        record: UserRecord | None,
        profile: Profile | None,
        pools: Mapping[str, Entitlement],
        commands: Sequence[Command] = (),
    ) -> Holdings:
        """Return what of these pools concerns commands on a user, and let nobody else count or take meanwhile.

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the host application is asked: whether an action on a user, in this version, is all right."""

    user_id: str
    version: int
    action: str


class AnswerNeeded(Exception):  # noqa: N818
    """Break off: the host application has to be asked first, while nothing is locked."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        super().__init__(f"{asked.action} of {asked.user_id} needs an answer of the host application.")


class Precheck(Protocol):
    """Whoever knows what the host application said of the last moment."""

    def ask(self, record: UserRecord, action: str) -> Answer | None:
        """Return whether something stands in the way, None where nobody is asked; raise AnswerNeeded to ask first."""


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
