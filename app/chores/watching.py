"""Watch over what identity providers take away."""

from __future__ import annotations

from app.chores.actor import SELF
from app.lifecycle.breaker import Breaker
from app.runtime import Runtime


def alert_mass_change(runtime: Runtime, tenant_id: int) -> int:
    """Tell that identity providers deactivate more users than usual; none of them is delayed."""
    with runtime.database.reading(tenant_id) as work:
        if not Breaker(work, runtime.clock, SELF).surging():
            return 0
        with work.transaction():
            return int(Breaker(work, runtime.clock, SELF).alert())
