"""Run the engine: hear the doorbell, look now and then, drain many endpoints at once, and do the chores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Event as Flag
from threading import Lock, Thread

import structlog

from app.db.doorbell import listen
from app.db.endpoints import Waiting
from app.events.chore import Chore
from app.events.engine import Engine
from app.events.metrics import BACKLOG, OLDEST
from app.runtime import Runtime

ROUND_EVERY = timedelta(seconds=10)
AFTER_TROUBLE = timedelta(seconds=1)
LONGEST_NAP_S = 1.0
CHORE_LEASE = timedelta(minutes=15)
FAILING_SHARE = 4
THREADS = 32

log = structlog.get_logger("worker")


class Worker:
    """Tell events and do chores until told to stop; as many as you like may work on one database."""

    def __init__(self, runtime: Runtime, engine: Engine, chores: Sequence[Chore] = (), threads: int = THREADS) -> None:
        """Work with so many threads; failing endpoints share a quarter of them, so that they hold up no healthy one."""
        self._runtime = runtime
        self._engine = engine
        self._chores = {chore.name: chore for chore in chores}
        self._healthy = ThreadPoolExecutor(threads, "deliver")
        self._failing = ThreadPoolExecutor(max(threads // FAILING_SHARE, 1), "retry")
        self._aside = ThreadPoolExecutor(1, "chores")
        self._lock = Lock()
        self._wake = Flag()
        self._due: dict[int, datetime] = {}
        self._busy: set[tuple[int, str]] = set()
        self._next_round = runtime.clock.now()

    def run(self) -> None:
        """Work until told to stop; what is being sent then is sent to its end."""
        stop = self._engine.stop
        bell = Thread(target=listen, args=(self._runtime.database.engine, self.call, stop), daemon=True)
        bell.start()
        try:
            while not stop.is_set():
                self._wake.wait(self._nap())
                self._wake.clear()
                self.look()
        finally:
            stop.set()
            for pool in (self._healthy, self._failing, self._aside):
                pool.shutdown(wait=True, cancel_futures=True)
            bell.join()

    def stop(self) -> None:
        """Let the work end."""
        self._engine.stop.set()
        self._wake.set()

    def call(self, tenant_id: int, at: datetime | None = None) -> None:
        """Let a tenant be visited, now or at a moment."""
        at = at or self._runtime.clock.now()
        with self._lock:
            self._due[tenant_id] = min(at, self._due.get(tenant_id, at))
        self._wake.set()

    def ring(self, tenant_id: int, waiting: Waiting) -> None:
        """Let an endpoint be drained, unless that is being done here."""
        pool = self._failing if waiting.failing else self._healthy
        self._once(pool, (tenant_id, waiting.id), partial(self._engine.drain, tenant_id, waiting.id))

    def look(self) -> None:
        """Visit the tenants whose time has come; every few seconds, all of them."""
        now = self._runtime.clock.now()
        if now >= self._next_round:
            self._next_round = now + ROUND_EVERY
            self._careful(self._round, None)
        with self._lock:
            due = [tenant_id for tenant_id, at in self._due.items() if at <= now]
            for tenant_id in due:
                del self._due[tenant_id]
        for tenant_id in due:
            self._careful(partial(self._visit, tenant_id), tenant_id)

    def _visit(self, tenant_id: int) -> None:
        """Place what is new, ring where something is due, and remember when something will be."""
        self._engine.relay(tenant_id)
        now = self._runtime.clock.now()
        for waiting in self._engine.waiting(tenant_id):
            if waiting.at is None or waiting.at <= now:
                self.ring(tenant_id, waiting)
            else:
                self.call(tenant_id, waiting.at)

    def _round(self) -> None:
        """Look at every tenant: a bell may have been missed, a worker may have died, chores may be due."""
        database, now = self._runtime.database, self._runtime.clock.now()
        with database.tenants(reading=True) as tenants:
            ids = [tenant.id for tenant in tenants.all()]
        count, oldest = 0, now
        for tenant_id in ids:
            with database.reading(tenant_id) as work:
                pending, since = work.deliveries.backlog()
                due = work.chores.due(list(self._chores), now)
            count, oldest = count + pending, min(oldest, since or oldest)
            for name in due:
                self._once(self._aside, (tenant_id, name), partial(self._do, tenant_id, name))
            self.call(tenant_id)
        BACKLOG.set(count)
        OLDEST.set((now - oldest).total_seconds())

    def _do(self, tenant_id: int, name: str) -> None:
        """Do a chore, unless another worker is at it."""
        chore, database, now = self._chores[name], self._runtime.database, self._runtime.clock.now()
        with database.unit_of_work(tenant_id) as work:
            fence = work.chores.claim(name, now, now + CHORE_LEASE)
        if fence is None:
            return
        try:
            if done := chore.do(self._runtime, tenant_id):
                log.info("chore done", chore=name, count=done)
        finally:
            with database.unit_of_work(tenant_id) as work:
                work.chores.done(name, fence, self._runtime.clock.now() + chore.every)

    def _once(self, pool: ThreadPoolExecutor, key: tuple[int, str], job: Callable[[], None]) -> None:
        with self._lock:
            if key in self._busy or self._engine.stop.is_set():
                return
            self._busy.add(key)
        pool.submit(self._finished, key, job)

    def _finished(self, key: tuple[int, str], job: Callable[[], None]) -> None:
        """Do a job, and look at its tenant again: somebody may have called while it was being done."""
        done = self._careful(job, key[0])
        with self._lock:
            self._busy.discard(key)
        if done:
            self.call(key[0])

    def _careful(self, job: Callable[[], None], tenant_id: int | None) -> bool:
        """Do a job; trouble is noted, and tried again a little later."""
        try:
            job()
        except Exception:
            log.exception("work failed", tenant_id=tenant_id)
            if tenant_id is not None:
                self.call(tenant_id, self._runtime.clock.now() + AFTER_TROUBLE)
            return False
        return True

    def _nap(self) -> float:
        """Return for how long nothing is due."""
        with self._lock:
            first = min([self._next_round, *self._due.values()])
        return min(max((first - self._runtime.clock.now()).total_seconds(), 0.0), LONGEST_NAP_S)
