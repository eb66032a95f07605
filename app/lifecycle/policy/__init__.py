"""The policy of a tenant: its knobs, their defaults, and what is wrong with a document in plain words."""

from app.lifecycle.policy.acting import EVERYBODY, Action, Actors
from app.lifecycle.policy.document import PRESETS, SCHEMAS, Preset, TenantPolicy, differences
from app.lifecycle.policy.knobs import PolicyInvalid
from app.lifecycle.policy.leaving import Permission
from app.lifecycle.policy.owning import Entitlement, OwnedWork

__all__ = [
    "EVERYBODY",
    "PRESETS",
    "SCHEMAS",
    "Action",
    "Actors",
    "Entitlement",
    "OwnedWork",
    "Permission",
    "PolicyInvalid",
    "Preset",
    "TenantPolicy",
    "differences",
]
