"""Drain the endpoints that a broker's messages name, in processes of Celery's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from celery import Celery, bootsteps, signals
from celery.worker import consumer

from app.db.doorbell import call
from app.events.broker import DRAIN, celery_app
from app.events.engine import Engine

BORN_WITHIN_S = 60.0


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Consume without the thirty queues that Celery declares for delays, which are never asked for."""

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc]
        """Leave that step out."""

        default_steps = [step for step in consumer.Consumer.Blueprint.default_steps if "DelayedDelivery" not in step]  # noqa: RUF012


@dataclass
class Executor:
    """Let processes drain; each gets an engine of its own after it was forked, and none inherits a connection."""

    hire: Callable[[], Engine]
    _engine: Engine | None = None
    _end: tuple[int, int] = field(default_factory=os.pipe)

    def run(self, broker_url: str, queues: Sequence[str], processes: int) -> int:
        """Drain until told to stop, or until the broker is lost: to start anew is safer than Celery's reconnecting."""
        app = self._app(broker_url)
        signals.worker_process_init.connect(self._begin)
        signals.setup_logging.connect(_leave_logging)
        worker = app.Worker(concurrency=processes, queues=list(queues), pool="prefork", optimization="fair", quiet=True)
        worker.start()
        return int(worker.exitcode or 0)

    def _app(self, broker_url: str) -> Celery:
        app = celery_app(broker_url, rings=False)
        app.conf.update(
            broker_connection_retry=False,
            broker_connection_retry_on_startup=True,
            broker_connection_max_retries=None,
            worker_consumer=f"{Consumer.__module__}:{Consumer.__name__}",
            worker_proc_alive_timeout=BORN_WITHIN_S,
        )
        app.task(self._drain, name=DRAIN)
        app.steps["worker"].add(self._closing_time())
        return app

    def _drain(self, tenant_id: int, endpoint_id: str) -> None:
        """Drain an endpoint, and let those who ring look at what is left."""
        if self._engine is not None:
            self._engine.drain(tenant_id, endpoint_id)
            with self._engine.database.reading(tenant_id) as work:
                call(work.connection, tenant_id)

    def _begin(self, **_: Any) -> None:
        """Open what a new process needs, and wait for the end of its parent, calm or not."""
        reading, writing = self._end
        os.close(writing)
        self._engine = self.hire()
        Thread(target=_stop_at_the_end, args=(reading, self._engine), daemon=True).start()

    def _closing_time(self) -> type[bootsteps.Step]:
        """Return a step of Celery's that tells the processes to end after what they are sending."""
        writing = self._end[1]

        class ClosingTime(bootsteps.StartStopStep):  # type: ignore[misc]
            def close(self, _worker: Any) -> None:
                os.close(writing)

        return ClosingTime


def _stop_at_the_end(reading: int, engine: Engine) -> None:
    os.read(reading, 1)
    engine.stop.set()


def _leave_logging(**_: Any) -> None:
    """Let Celery's messages go where all others go, without a line for each task."""
    logging.getLogger("celery").setLevel(logging.WARNING)
