"""Dispatch: see what is due as the worker does, and ring at a broker for other processes to drain it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from celery.exceptions import OperationalError

from app.db.endpoints import Waiting
from app.events.broker import Doorbells
from app.events.chore import Chore
from app.events.engine import Engine
from app.events.metrics import RINGS_REPEATED
from app.events.worker import AFTER_TROUBLE, Worker
from app.runtime import Runtime

RING_AGAIN_AFTER = timedelta(seconds=2)

log = structlog.get_logger("dispatcher")


class Dispatcher(Worker):
    """Ring once for what is due, and again where nobody came: whatever the broker forgets is only late."""

    def __init__(self, runtime: Runtime, engine: Engine, doorbells: Doorbells, chores: Sequence[Chore] = ()) -> None:
        """Ring at those doorbells; the chores are done here."""
        super().__init__(runtime, engine, chores, threads=1)
        self._doorbells = doorbells
        self._rung: dict[str, tuple[int, datetime]] = {}
        self._away_until = runtime.clock.now()

    def ring(self, tenant_id: int, waiting: Waiting) -> None:
        """Ring, unless somebody may still come: whoever came has raised the fence of the endpoint."""
        now = self._runtime.clock.now()
        fence, at = self._rung.get(waiting.id, (None, now))
        if fence == waiting.fence:
            if now < at + RING_AGAIN_AFTER:
                self.call(tenant_id, at + RING_AGAIN_AFTER)
                return
            RINGS_REPEATED.inc()
        self._doorbells.ring(tenant_id, waiting.id, failing=waiting.failing)
        self._rung[waiting.id] = waiting.fence, now
        self.call(tenant_id, now + RING_AGAIN_AFTER)

    def _visit(self, tenant_id: int) -> None:
        """Visit a tenant; where the broker is away, a little later."""
        if self._away_until > self._runtime.clock.now():
            self.call(tenant_id, self._away_until)
            return
        try:
            super()._visit(tenant_id)
        except OperationalError as error:
            log.warning("broker out of order", error=str(error))
            self._away_until = self._runtime.clock.now() + AFTER_TROUBLE
            self.call(tenant_id, self._away_until)

    def _round(self) -> None:
        """Forget whom nobody has rung at for long, and make the round."""
        long_ago = self._runtime.clock.now() - 2 * RING_AGAIN_AFTER
        self._rung = {id_: rung for id_, rung in self._rung.items() if rung[1] > long_ago}
        super()._round()
