"""Name the states of a user and the transitions that each command may make."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from app.lifecycle.commands import Change, Command, Deactivate, Delete, Provision, Purge, Reactivate, Release, Restore


class State(StrEnum):
    """Where a user stands in its life."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    TOMBSTONED = "tombstoned"
    PURGED = "purged"


Transition: TypeAlias = tuple[State | None, State]

VISIBLE = frozenset({State.ACTIVE, State.INACTIVE})

TRANSITIONS: Mapping[type[Command], frozenset[Transition]] = MappingProxyType(
    {
        Provision: frozenset({(None, State.ACTIVE), (None, State.INACTIVE)}),
        Change: frozenset(),
        Deactivate: frozenset({(State.ACTIVE, State.INACTIVE)}),
        Reactivate: frozenset({(State.INACTIVE, State.ACTIVE)}),
        Delete: frozenset({(State.ACTIVE, State.TOMBSTONED), (State.INACTIVE, State.TOMBSTONED)}),
        Restore: frozenset(
            {
                (State.TOMBSTONED, State.ACTIVE),
                (State.TOMBSTONED, State.INACTIVE),
                (State.INACTIVE, State.ACTIVE),
            }
        ),
        Purge: frozenset({(State.TOMBSTONED, State.PURGED)}),
        Release: frozenset(),
    }
)
