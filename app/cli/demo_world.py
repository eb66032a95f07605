"""Those who take part in the demo over HTTP: an identity provider and the host application."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import urllib3

from app.cli.faults import CommandError

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Operations: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, its JSON, and after how many milliseconds."""

    status: int
    body: dict[str, Any]
    ms: float


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls a base URL with a bearer token."""

    base_url: str
    token: str = field(repr=False)
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=30))

    def call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answer:
        """Send a request; no answer at all ends the demo."""
        headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        sent = body if isinstance(body, str) or body is None else json.dumps(body)
        began = perf_counter()
        try:
            response = self.pool.request(method, self.base_url + path, body=sent, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise CommandError(
                f"No server answers at {self.base_url}; start one with: scim-lifecycle quickstart, "
                "or name another with --base-url."
            ) from error
        ms = (perf_counter() - began) * 1000
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(response.status, response.json() if is_json and response.data else {}, ms)


class Okta(Caller):
    """An identity provider that pushes users the way Okta does."""

    def find(self, user_name: str) -> Answer:
        """Look whether the user is there already."""
        return self.call("GET", "/Users?filter=" + quote(f'userName eq "{user_name}"') + "&startIndex=1&count=100")

    def create(self, kind: str, document: dict[str, Any]) -> Answer:
        """Create a user or a group."""
        return self.call("POST", f"/{kind}", document, "application/scim+json")

    def patch(self, kind: str, resource_id: str, operations: Operations) -> Answer:
        """Change a user or a group."""
        document = {"schemas": [PATCH], "Operations": operations}
        return self.call("PATCH", f"/{kind}/{resource_id}", document, "application/scim+json")

    def get(self, kind: str, resource_id: str) -> Answer:
        """Read a user or a group."""
        return self.call("GET", f"/{kind}/{resource_id}")

    def delete(self, kind: str, resource_id: str) -> Answer:
        """Delete a user or a group."""
        return self.call("DELETE", f"/{kind}/{resource_id}")


class HostApplication(Caller):
    """The product that people sign in to; it registers their sessions and asks about them."""

    def sign_in(self, user_id: str, device: str) -> Answer:
        """Register a session, for which the answer carries a token."""
        wish = {"kind": "sso", "client": "demo", "device": device, "token": True}
        return self.call("POST", f"/api/v1/users/{user_id}/sessions", wish)

    def ask(self, session_token: str) -> Answer:
        """Ask whether a session may go on (RFC 7662)."""
        form = urlencode({"token": session_token})
        return self.call("POST", "/oauth/introspect", form, "application/x-www-form-urlencoded")
