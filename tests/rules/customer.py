"""A tenant under the preset of a product, seen by its identity provider, its host application and its people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.lifecycle.policy import TenantPolicy
from app.runtime import Runtime
from tests.clock import FixedClock
from tests.scim_client import ScimClient, op
from tests.service import TenantUnderTest


@dataclass(frozen=True)
class Customer:
    """The service as one product's customers meet it."""

    http: FlaskClient
    tenant: TenantUnderTest
    scim: ScimClient
    clock: FixedClock
    token: str

    @classmethod
    def start(
        cls, http: FlaskClient, runtime: Runtime, clock: FixedClock, preset: str, **overrides: object
    ) -> "Customer":
        """Create a tenant under a preset, with some knobs turned, and let in its identity provider."""
        knobs = TenantPolicy.preset(preset, overrides).model_dump()
        tenant = TenantUnderTest.create(runtime, preset, **knobs)
        scim = ScimClient(http, tenant, tenant.scim_token("strict", name="Okta"))
        return cls(http, tenant, scim, clock, tenant.api_token())

    def api(self, method: str, path: str, json: Any = None, **query: Any) -> TestResponse:
        """Call the API as the host application does."""
        headers = self.tenant.bearer(self.token)
        url = f"/t/{self.tenant.slug}/api/v1{path}"
        return self.http.open(url, method=method, headers=headers, json=json, query_string=query or None)

    def said(self, method: str, path: str, json: Any = None, status: int = 200, **query: Any) -> dict[str, Any]:
        """Return what the API says, with this status."""
        answer = self.api(method, path, json, **query)
        assert answer.status_code == status, answer.text
        return dict(answer.json or {})

    def person(self, user_name: str, role: str) -> str:
        """Return a user with a role that the identity provider may not give."""
        return self.tenant.user(user_name, roles=(role,), channel="worker")

    def state(self, user_id: str) -> str:
        """Return the state of a user."""
        return str(self.said("GET", f"/users/{user_id}")["state"])

    def deactivate(self, user_id: str, **said: Any) -> dict[str, Any]:
        """Deactivate a user through the API, confirmed."""
        return self.said("POST", f"/users/{user_id}/deactivate", {"confirm": True, **said})

    def reactivate(self, user_id: str, **said: Any) -> dict[str, Any]:
        """Reactivate a user through the API, confirmed."""
        return self.said("POST", f"/users/{user_id}/reactivate", {"confirm": True, **said})

    def switch(self, user_id: str, *, active: bool) -> TestResponse:
        """Set ``active`` as an identity provider does."""
        return self.scim.patch(f"/Users/{user_id}", op("replace", "active", active))

    def sign_in(self, user_id: str, kind: str = "local", **said: Any) -> str:
        """Register a session and return its id."""
        return str(self.said("POST", f"/users/{user_id}/sessions", {"kind": kind, **said}, 201)["sid"])

    def may_sign_in(self, user_id: str) -> bool:
        """Tell whether a new session may begin."""
        answer = self.api("POST", f"/users/{user_id}/sessions", {})
        assert answer.status_code in {201, 403}, answer.text
        return answer.status_code == 201

    def goes_on(self, sid: str) -> bool:
        """Tell whether a session may go on."""
        headers = self.tenant.bearer(self.token)
        answer = self.http.post(f"/t/{self.tenant.slug}/oauth/introspect", headers=headers, data={"token": sid})
        return bool((answer.json or {})["active"])

    def told(self, user_id: str) -> list[str]:
        """Return the types of all events about a user, in their order."""
        with self.tenant.runtime.database.reading(self.tenant.id) as work:
            return [str(row.type) for row in work.outbox.of(user_id)]

    def data(self, user_id: str, type_: str) -> list[dict[str, Any]]:
        """Return what the events of a type say about a user, but for who caused them."""
        with self.tenant.runtime.database.reading(self.tenant.id) as work:
            found = [row.payload for row in work.outbox.of(user_id) if row.type == type_]
        return [{name: value for name, value in each.items() if name not in {"id", "actor"}} for each in found]


Start: TypeAlias = Callable[..., Customer]
