"""Lend an engine, a receiver that speaks HTTP, and somebody who keeps webhooks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask

from app.config import Settings
from app.db.deliveries import Attempt, Chosen, Delivery
from app.events.channels import channels
from app.events.engine import Engine
from app.events.webhooks.office import Office, Wish
from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from app.runtime import EXTENSION, Runtime
from tests.outbound.servers import HERE, Received, Receiver, receiving
from tests.service import TenantUnderTest, settings_of

OPERATOR = Actor("operator", None, "test", "cli")
BACKOFF = (5.0, 300.0, 1800.0)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return the settings of a server that may speak to receivers on this machine, and waits for none."""
    return settings_of(database_url, outbound_allow=HERE, delivery_timeout_s=15, delivery_backoff_s=BACKOFF)


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    """Return the runtime of the application."""
    found: Runtime = app.extensions[EXTENSION]
    return found


@pytest.fixture
def engine(runtime: Runtime) -> Engine:
    """Return an engine whose jitter is none."""
    engine = Engine.of(runtime, channels(runtime))
    object.__setattr__(engine.rules, "chance", lambda: 0.5)
    return engine


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver."""
    with receiving() as running:
        yield running


@dataclass
class Desk:
    """A tenant with its webhooks, changes of users, and an engine that tells them."""

    tenant: TenantUnderTest
    engine: Engine
    names: list[str] = field(default_factory=list)

    @property
    def office(self) -> Office:
        """Return who keeps the webhooks."""
        return Office.of(self.tenant.runtime, self.tenant.id, OPERATOR)

    def webhook(self, url: str, *types: str, **form: Any) -> tuple[str, str]:
        """Create a webhook, and return its id and secret."""
        endpoint, secret = self.office.create(Wish("Host", url, types or ("user.*",), **form))
        return endpoint.id, secret

    def leaver(self) -> str:
        """Create and deactivate a user: three events."""
        user_id = self.tenant.user()
        with self.tenant.runtime.database.unit_of_work(self.tenant.id) as work:
            lifecycle = Lifecycle(work, self.tenant.runtime.clock, OPERATOR)
            lifecycle.deactivate(lifecycle.find(user_id), "leaver")
        return user_id

    def tell(self) -> None:
        """Place what is new and tell what is due."""
        self.engine.relay(self.tenant.id)
        now = self.tenant.runtime.clock.now()
        for waiting in self.engine.waiting(self.tenant.id):
            if waiting.at is None or waiting.at <= now:
                self.engine.drain(self.tenant.id, waiting.id)

    def deliveries(self, webhook_id: str, **chosen: Any) -> list[Delivery]:
        """Return what was told, the first one first."""
        return self.office.deliveries(webhook_id, Chosen(**chosen), 200)[::-1]

    def attempts(self, webhook_id: str, delivery: Delivery) -> list[Attempt]:
        """Return the tries of a delivery."""
        return self.office.delivery(webhook_id, delivery.id)[1]

    def next_in(self, webhook_id: str) -> timedelta | None:
        """Return after how long the endpoint is tried again."""
        next_at = self.office.find(webhook_id).next_at
        return None if next_at is None else next_at - self.tenant.runtime.clock.now()


@pytest.fixture
def desk(acme: TenantUnderTest, engine: Engine) -> Desk:
    """Return the desk of a tenant."""
    return Desk(acme, engine)


def told(receiver: Receiver) -> list[Any]:
    """Return the bodies that arrived."""
    return [orjson.loads(received.body) for received in receiver.received]


def answering(status: int, **headers: str) -> Callable[[Received], tuple[int, dict[str, str], bytes]]:
    """Answer with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: (status, named, b"as you say")
