"""Guard each command: one small function a rule, which returns a refusal or None; their order is the contract's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias, get_args

from app.lifecycle.case import Case
from app.lifecycle.commands import Assign, Change, Command, Deactivate, Delete, Purge, Reactivate, Release, Restore
from app.lifecycle.guards.acting import confirmed, managed_here, operator_deactivation, permitted, reason_given
from app.lifecycle.guards.deletion import (
    approved,
    deletion_supported,
    few_enough,
    inactive_first,
    legal_hold,
    purge_due,
    retained,
)
from app.lifecycle.guards.owners import last_owner
from app.lifecycle.guards.owning import assignable, capacity_left, last_in_scope, owned_work, prechecked, separable
from app.lifecycle.guards.standing import exists, possible, user_name_free, window_open
from app.lifecycle.refusals import Refusal

Guard: TypeAlias = Callable[[Case], Refusal | None]

GUARDS: tuple[Guard, ...] = (
    exists,
    possible,
    managed_here,
    permitted,
    operator_deactivation,
    deletion_supported,
    legal_hold,
    last_owner,
    inactive_first,
    retained,
    purge_due,
    approved,
    window_open,
    assignable,
    separable,
    last_in_scope,
    owned_work,
    prechecked,
    capacity_left,
    user_name_free,
    reason_given,
    confirmed,
    few_enough,
)

ONLY: Mapping[Guard, tuple[type[Command], ...]] = MappingProxyType(
    {
        operator_deactivation: (Reactivate, Restore),
        deletion_supported: (Delete,),
        legal_hold: (Delete, Purge),
        last_owner: (Change, Deactivate, Delete),
        inactive_first: (Delete,),
        retained: (Delete,),
        purge_due: (Purge,),
        approved: (Purge,),
        assignable: (Assign,),
        separable: (Release,),
        owned_work: (Deactivate, Delete, Purge),
        prechecked: (Deactivate, Delete, Purge),
        reason_given: (Delete,),
        few_enough: (Delete,),
    }
)
"""What some guards are about; they have nothing to say of other commands, and are not asked."""


GUARDS_OF: Mapping[type[Command], tuple[Guard, ...]] = MappingProxyType(
    {
        command: tuple(guard for guard in GUARDS if guard not in ONLY or command in ONLY[guard])
        for command in get_args(Command)
    }
)
"""The guards of each command, in their order."""

__all__ = ["GUARDS", "GUARDS_OF", "Guard"]
