"""A tenant that lives by the rules of a product, as its identity provider and its host application see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.lifecycle.policy import TenantPolicy
from app.runtime import EXTENSION
from tests.scim_client import POLICY_ERROR, ScimClient, body_of, op, refused
from tests.service import TenantUnderTest

ENTITLED = [{"value": "sales"}]


@dataclass(frozen=True)
class Product:
    """A tenant under a preset."""

    tenant: TenantUnderTest
    http: FlaskClient
    scim: ScimClient
    headers: dict[str, str]

    @classmethod
    def of(cls, app: Flask, preset: str, slug: str = "acme", **overrides: Any) -> "Product":
        """Begin a tenant with a preset, some of whose knobs are turned."""
        policy = TenantPolicy.preset(preset, overrides).model_dump(mode="json")
        tenant = TenantUnderTest.create(app.extensions[EXTENSION], slug, **policy)
        http = app.test_client()
        scim = ScimClient(http, tenant, tenant.scim_token("strict", name="Okta"))
        return cls(tenant, http, scim, tenant.bearer(tenant.api_token()))

    def call(self, method: str, path: str, body: Any = None, **query: str) -> TestResponse:
        """Call the lifecycle API."""
        form = {} if body is None else {"json": body}
        return self.http.open(
            f"/t/{self.tenant.slug}/api/v1{path}",
            method=method,
            headers=self.headers,
            query_string=query or None,
            **form,
        )

    def said(self, method: str, path: str, body: Any = None, status: int | None = None, **query: Any) -> Any:
        """Return the JSON of an answer of this status, or of any that is no refusal."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code == status if status else answer.status_code < 300, answer.text
        return answer.json

    def refused(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Return the JSON of a refusal."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return answer.json

    def seller(self, name: str, country: str = "ES") -> str:
        """Create a user with a sales licence of a country."""
        address = [{"country": country, "type": "work"}]
        return self.scim.user(name, entitlements=ENTITLED, addresses=address)

    def active(self, user_id: str, *, active: bool) -> TestResponse:
        """Let the identity provider deactivate or reactivate a user."""
        return self.scim.patch(f"/Users/{user_id}", op("replace", "active", active))

    def own(self, owner: str | None, type_: str, *ids: str, **facts: Any) -> None:
        """Register work of a user."""
        items = [{"type": type_, "id": id_, "owner": owner, **facts} for id_ in ids]
        assert self.said("POST", "/work", {"items": items}) == {"registered": len(ids)}

    def work(self, type_: str, id_: str) -> Any:
        """Return a thing that somebody owns."""
        return self.said("GET", f"/work/{type_}/{id_}")

    def taken(self, pool: str) -> dict[str | None, int]:
        """Return how much of each scope of a pool is given out."""
        pools = self.said("GET", "/entitlements")["entitlements"]
        return {each["scope"]: each["taken"] for entry in pools if entry["pool"] == pool for each in entry["scopes"]}

    def holders(self, pool: str) -> list[str]:
        """Return the ids of those who hold an entitlement."""
        return [each["user"] for each in self.said("GET", f"/entitlements/{pool}/holders")["holders"]]

    def state(self, user_id: str) -> str:
        """Return the state of a user."""
        return str(self.said("GET", f"/users/{user_id}")["state"])

    def told(self, user_id: str, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the events about a user of some kinds, without who caused them."""
        with self.tenant.runtime.database.reading(self.tenant.id) as work:
            events = [each for each in work.outbox.of(user_id) if each.type.partition(".")[0] in kinds]
        return [
            (each.type, {name: value for name, value in each.payload.items() if name not in {"id", "actor"}})
            for each in events
        ]

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Collect the statements that run within a block."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        engine = self.tenant.runtime.database.engine
        event.listen(engine, "before_cursor_execute", note)
        yield seen
        event.remove(engine, "before_cursor_execute", note)


def policy_error(answer: TestResponse) -> Any:
    """Return what a refusal on SCIM says to machines."""
    return refused(answer, answer.status_code)[POLICY_ERROR]


def shown(answer: TestResponse) -> dict[str, Any]:
    """Return the resource of an answer."""
    return body_of(answer)
