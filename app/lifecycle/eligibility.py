"""Say what a user may do now."""

from typing import get_args

from app.lifecycle.policy import Permission, TenantPolicy
from app.lifecycle.states import State

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


def may(state: State | None, permission: Permission, policy: TenantPolicy) -> bool:
    """Tell whether a user in this state, None for one that does not exist, may do something."""
    if state is State.ACTIVE:
        return True
    return state is State.INACTIVE and permission not in policy.inactive.blocks
