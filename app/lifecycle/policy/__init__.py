"""The policy of a tenant: its knobs, their defaults, and what is wrong with a document in plain words."""

from app.lifecycle.policy.document import PRESETS, SCHEMAS, Preset, TenantPolicy
from app.lifecycle.policy.knobs import PolicyInvalid

__all__ = ["PRESETS", "SCHEMAS", "PolicyInvalid", "Preset", "TenantPolicy"]
