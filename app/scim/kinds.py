"""The resource types as they are served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim2_models import Resource

from app.scim.constraints import Constraints

Model = type[Resource[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type: its name, its endpoint without slash, its model, and what an operator demands of it."""

    name: str
    endpoint: str
    model: Model
    constraints: Constraints
