"""Guard each command: one small function a rule, which returns a refusal or None; their order is the contract's."""

from collections.abc import Callable
from typing import TypeAlias

from app.lifecycle.case import Case
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

__all__ = ["GUARDS", "Guard"]
