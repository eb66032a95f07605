"""A tenant under the preset of a product, seen by its identity provider, its host application and its people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask import Flask

from tests.clock import FixedClock
from tests.rules.products import Product


@dataclass(frozen=True)
class Customer(Product):
    """The service as one product's customers meet it."""

    clock: FixedClock

    @classmethod
    def start(cls, app: Flask, clock: FixedClock, preset: str, **overrides: object) -> "Customer":
        """Begin a tenant of a preset's name under it, with some knobs turned."""
        begun = Product.of(app, preset, preset, **overrides)
        return cls(begun.tenant, begun.http, begun.scim, begun.headers, clock)

    def person(self, user_name: str, role: str) -> str:
        """Return a user with a role that the identity provider may not give."""
        return self.tenant.user(user_name, roles=(role,), channel="worker")

    def deactivate(self, user_id: str, **said: Any) -> Any:
        """Deactivate a user through the API, confirmed."""
        return self.said("POST", f"/users/{user_id}/deactivate", {"confirm": True, **said})

    def reactivate(self, user_id: str, **said: Any) -> Any:
        """Reactivate a user through the API, confirmed."""
        return self.said("POST", f"/users/{user_id}/reactivate", {"confirm": True, **said})

    def sign_in(self, user_id: str, kind: str = "local", **said: Any) -> str:
        """Register a session and return its id."""
        return str(self.said("POST", f"/users/{user_id}/sessions", {"kind": kind, **said})["sid"])

    def may_sign_in(self, user_id: str) -> bool:
        """Tell whether a new session may begin."""
        answer = self.call("POST", f"/users/{user_id}/sessions", {})
        assert answer.status_code in {201, 403}, answer.text
        return answer.status_code == 201

    def goes_on(self, sid: str) -> bool:
        """Tell whether a session may go on."""
        path = f"/t/{self.tenant.slug}/oauth/introspect"
        answer = self.http.post(path, headers=self.headers, data={"token": sid})
        return bool((answer.json or {})["active"])

    def types(self, user_id: str) -> list[str]:
        """Return the types of all events about a user, in their order."""
        with self.tenant.runtime.database.reading(self.tenant.id) as work:
            return [str(row.type) for row in work.outbox.of(user_id)]

    def data(self, user_id: str, type_: str) -> list[dict[str, Any]]:
        """Return what the events of a type say about a user, but for who caused them."""
        with self.tenant.runtime.database.reading(self.tenant.id) as work:
            found = [row.payload for row in work.outbox.of(user_id) if row.type == type_]
        return [{name: value for name, value in each.items() if name not in {"id", "actor"}} for each in found]


Start: TypeAlias = Callable[..., Customer]
