"""The service and its peer, asked the same from the same state."""

import json
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from app.config import Settings
from app.lifecycle.clock import Clock
from tests.scim.differential.exchange import Answer, Request, divergences
from tests.scim.differential.peer import Peer
from tests.scim_client import location
from tests.service import TenantUnderTest

WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class Pair:
    """One tenant of the service on a strict connection, and the peer beside it."""

    def __init__(self, app: Flask, settings: Settings, clock: Clock, tenant: TenantUnderTest) -> None:
        """Begin with nobody."""
        self._service = app.test_client()
        self._headers = tenant.bearer(tenant.scim_token())
        self._root = f"/t/{tenant.slug}/scim/v2"
        self.peer = Peer(settings, clock, location("", tenant.slug))
        self._theirs = Client(self.peer)

    def ask(self, request: Request) -> tuple[TestResponse, list[str]]:
        """Send a request to both from the same state; return the service's answer and in what the peer's differs."""
        response, found = self.compare(request)
        writes = request.method in WRITES and not request.path.endswith(".search")
        if writes and (found or request.method == "DELETE" or request.path == "/Bulk"):
            self.level()
        return response, found

    def compare(self, request: Request) -> tuple[TestResponse, list[str]]:
        """Send a request to both; what a PATCH made is compared where only the service answers with it."""
        response = self._ours(request)
        self.peer.memory.ids.extend(_created(request, response))
        ours, theirs = Answer.of(response), Answer.of(self._sent(self._theirs, "/v2", request))
        self.peer.memory.ids.clear()
        found = divergences(ours, theirs)
        if (request.method, ours.status, theirs.status) == ("PATCH", "200", "204"):
            found += divergences(ours, Answer.of(self._sent(self._theirs, "/v2", Request("GET", request.path))))
        return response, found

    def held(self) -> list[dict[str, Any]]:
        """Return all resources that the service holds."""
        pages = [self._ours(Request("GET", path, query={"count": "1000"})) for path in ("/Users", "/Groups")]
        return [resource for page in pages for resource in json.loads(page.data)["Resources"]]

    def level(self) -> None:
        """Let both hold the same again, so that one difference does not bring about others."""
        self.peer.take_over(self.held())

    def _ours(self, request: Request) -> TestResponse:
        return self._sent(self._service, self._root, request, self._headers)

    @staticmethod
    def _sent(client: Client, root: str, request: Request, headers: dict[str, str] | None = None) -> TestResponse:
        sent = {"Content-Type": "application/scim+json"} if request.body is not None else {}
        return client.open(
            root + request.path,
            method=request.method,
            data=None if request.body is None else request.data,
            headers={**sent, **(headers or {}), **request.headers},
            query_string=dict(request.query) or None,
        )


def _created(request: Request, response: TestResponse) -> list[str]:
    """Return the ids of what the service created, in order."""
    if response.status_code == 201:
        return [json.loads(response.data)["id"]]
    if request.path != "/Bulk" or response.status_code != 200:
        return []
    done = json.loads(response.data)["Operations"]
    return [each["location"].rpartition("/")[2] for each in done if each["status"] == "201"]
