"""Serve the application over TLS, and speak to it as a receiver does."""

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.config import Settings
from app.events.channels import channels
from app.events.engine import Engine
from app.events.streams.office import StreamOffice
from app.identity.connecting import Connecting
from app.identity.proofs import Proof
from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from tests.cli.servers import free_port
from tests.outbound.servers import HERE, Authority, Receiver, receiving
from tests.service import TenantUnderTest, settings_of

OPERATOR = Actor("operator", None, "test", "cli")
PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
NUMBERS = count(1)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Web:
    """The way to a server whose certificate is trusted."""

    base: str
    context: ssl.SSLContext

    def ask(self, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; text goes as it is, all else as JSON without a type, as the samples of SSF do."""
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = url if url.startswith("https://") else self.base + url
        request = urllib.request.Request(url, data, named, method=method)  # noqa: S310 - our own server
        try:
            answer = urllib.request.urlopen(request, context=self.context, timeout=20)  # noqa: S310
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            is_json = content and "json" in answer.headers.get("Content-Type", "")
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, found, json.loads(content) if is_json else content)


@dataclass(frozen=True)
class Party:
    """A receiver of signals of one tenant, with an access token."""

    web: Web
    tenant: TenantUnderTest
    engine: Engine
    client_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    def renewed(self) -> "Party":
        """Return the same with a new access token, bought over HTTP."""
        basic = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        granted = self.web.ask(
            "POST",
            f"/t/{self.tenant.slug}/oauth/token",
            "grant_type=client_credentials",
            Authorization=f"Basic {basic}",
            Content_Type="application/x-www-form-urlencoded",
        )
        assert granted.status == 200, granted
        return replace(self, token=granted.body["access_token"])

    @property
    def issuer(self) -> str:
        """Return who signs."""
        return f"{self.web.base}/t/{self.tenant.slug}"

    @property
    def office(self) -> StreamOffice:
        """Return what the operator has in hand."""
        return StreamOffice.of(self.tenant.runtime, self.tenant.id, self.tenant.slug, OPERATOR)

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """Ask the transmitter."""
        url = path if path.startswith("https://") else f"/t/{self.tenant.slug}/ssf/{path}"
        return self.web.ask(method, url, body, Authorization=f"Bearer {token or self.token}")

    def stream(self, **said: Any) -> dict[str, Any]:
        """Create a stream."""
        answer = self.ask("POST", "streams", said)
        assert answer.status == 201, answer
        created: dict[str, Any] = answer.body
        return created

    def poll(self, stream: dict[str, Any], **said: Any) -> Answer:
        """Poll a stream, at once unless said otherwise."""
        return self.ask("POST", stream["delivery"]["endpoint_url"], {"returnImmediately": True, **said})

    def tell(self) -> None:
        """Push what is due."""
        self.engine.relay(self.tenant.id)
        for waiting in self.engine.waiting(self.tenant.id):
            self.engine.drain(self.tenant.id, waiting.id)

    def deactivate(self, user_id: str) -> None:
        """End the access of a user."""
        with self.tenant.runtime.database.unit_of_work(self.tenant.id) as work:
            lifecycle = Lifecycle(work, self.tenant.runtime.clock, OPERATOR)
            lifecycle.deactivate(lifecycle.find(user_id), "leaver")


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return the settings of a server that is reached on this machine, and may speak to receivers on it."""
    public_url = f"https://127.0.0.1:{free_port()}"
    return settings_of(database_url, public_url=public_url, outbound_allow=HERE, delivery_timeout_s=2)


@pytest.fixture
def web(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Web]:
    """Serve the application over TLS with a certificate of an authority of our own."""
    authority = Authority(tmp_path)
    port = int(settings.public_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=authority.serving("127.0.0.1"))
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Web(settings.public_url, authority.trusting())
    server.shutdown()
    thread.join()
    server.server_close()


def party(web: Web, tenant: TenantUnderTest, scopes: str = "ssf.manage ssf.read") -> Party:
    """Register a receiver, which buys its access token."""
    connecting = Connecting.of(tenant.runtime, OPERATOR, tenant.id)
    connected = connecting.create(f"receiver-{next(NUMBERS)}", "strict", scopes.split(), Proof("client-secret"))
    engine = Engine.of(tenant.runtime, channels(tenant.runtime))
    return Party(web, tenant, engine, connected.connection.id, connected.token).renewed()


@pytest.fixture
def receiver(web: Web, acme: TenantUnderTest) -> Party:
    """Return a receiver of a tenant."""
    return party(web, acme)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """Run the endpoint that a receiver is pushed to."""
    with receiving(lambda _: (202, {}, b"")) as running:
        yield running
