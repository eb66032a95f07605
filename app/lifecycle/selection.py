"""Say which actions are offered for users that are selected together."""

from collections.abc import Collection
from typing import Literal, TypeAlias

from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State

Offer: TypeAlias = Literal["deactivate", "reactivate", "delete"]
OFFERS: dict[State, tuple[Offer, ...]] = {
    State.ACTIVE: ("deactivate", "delete"),
    State.INACTIVE: ("reactivate", "delete"),
}


def offered(states: Collection[State], policy: TenantPolicy) -> tuple[Offer, ...]:
    """Return the actions offered for a selection of live users, by the state of each."""
    kinds = set(states)
    if policy.source_of_truth == "external" or not kinds or not _together(states, kinds, policy):
        return ()
    found = [offer for state in OFFERS if state in kinds for offer in OFFERS[state]]
    return tuple(offer for offer in dict.fromkeys(found) if offer != "delete" or _deletable(kinds, policy))


def _together(states: Collection[State], kinds: Collection[State], policy: TenantPolicy) -> bool:
    """Tell whether the policy lets these users be selected together."""
    rule = policy.bulk.selection
    return len(states) == 1 or rule == "any" or (rule == "homogeneous" and len(kinds) == 1)


def _deletable(kinds: Collection[State], policy: TenantPolicy) -> bool:
    mode = policy.delete.mode
    return mode == "any" or (mode == "inactive_only" and State.ACTIVE not in kinds)


def listed_states(policy: TenantPolicy) -> dict[str, tuple[State, ...]]:
    """Return the lists that there are, by their names, that which is shown unasked first."""
    everybody, active, inactive = (State.ACTIVE, State.INACTIVE), (State.ACTIVE,), (State.INACTIVE,)
    if policy.inactive.listing == "mixed":
        return {"all": everybody, "active": active, "inactive": inactive}
    if policy.inactive.listing == "separate":
        return {"active": active, "inactive": inactive}
    return {"active": active, "all": everybody, "inactive": inactive}
