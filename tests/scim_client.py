"""Speak SCIM to the application as an identity provider does, and look at what it left in the database."""

import json
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, func, select
from werkzeug.test import TestResponse

from app.db.rows import Row, TenantRow
from tests.service import ISSUER, TenantUnderTest

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIFECYCLE = "urn:scim-lifecycle:params:scim:schemas:extension:lifecycle:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
POLICY_ERROR = "urn:scim-lifecycle:params:scim:api:messages:2.0:PolicyError"
PROSE = re.compile(
    r"Input should|validation error|Traceback|pydantic|sqlalchemy|psycopg|sqlite|Exception|<class|NoneType|"
    r"object has no|Value error|\bNone\b|\bTrue\b|\bFalse\b|PatchOperation|\[type=|errors\.|model_",
)
"""What an administrator must never read in a detail."""


@dataclass(frozen=True)
class ScimClient:
    """One connection of one tenant."""

    http: FlaskClient
    tenant: TenantUnderTest
    token: str

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> TestResponse:
        """Send a request; a body of bytes goes as it is, any other as JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = self.tenant.bearer(self.token)
        if data is not None:
            sent["Content-Type"] = "application/scim+json"
        return self.http.open(
            f"/t/{self.tenant.slug}/scim/v2{path}",
            method=method,
            data=data,
            headers={**sent, **(headers or {})},
            query_string=query or None,
        )

    def get(self, path: str, **asked: Any) -> TestResponse:
        """Read."""
        return self.send("GET", path, **asked)

    def post(self, path: str, body: Any, **asked: Any) -> TestResponse:
        """Create."""
        return self.send("POST", path, body, **asked)

    def put(self, path: str, body: Any, **asked: Any) -> TestResponse:
        """Replace."""
        return self.send("PUT", path, body, **asked)

    def patch(self, path: str, *operations: Any, **asked: Any) -> TestResponse:
        """Modify by these operations."""
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **asked)

    def delete(self, path: str, **asked: Any) -> TestResponse:
        """Delete."""
        return self.send("DELETE", path, **asked)

    def bulk(self, *operations: Any, **envelope: Any) -> TestResponse:
        """Send a bulk request."""
        return self.post("/Bulk", {"schemas": [BULK], "Operations": list(operations), **envelope})

    def user(self, user_name: str, **attributes: Any) -> str:
        """Create a user and return its id."""
        return created(self.post("/Users", user(user_name, **attributes)))

    def group(self, display_name: str, *members: str, **attributes: Any) -> str:
        """Create a group of these members and return its id."""
        return created(self.post("/Groups", group(display_name, *members, **attributes)))

    def user_view(self, user_id: str) -> dict[str, Any]:
        """Return what is served of a user."""
        return body_of(self.get(f"/Users/{user_id}"))

    def members(self, group_id: str) -> list[str]:
        """Return the ids of the members of a group, in order."""
        return [entry["value"] for entry in body_of(self.get(f"/Groups/{group_id}")).get("members", [])]


def user(user_name: str, **attributes: Any) -> dict[str, Any]:
    """Return the body of a user."""
    return {"schemas": [USER], "userName": user_name, **attributes}


def group(display_name: str, *members: str, **attributes: Any) -> dict[str, Any]:
    """Return the body of a group."""
    entries = {"members": [{"value": id_} for id_ in members]} if members else {}
    return {"schemas": [GROUP], "displayName": display_name, **entries, **attributes}


def op(name: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    """Return a PATCH operation; without a value it has none."""
    said = {"op": name} if path is None else {"op": name, "path": path}
    return {**said, "value": value[0]} if value else said


def titled(id_: str, title: str = "Chief") -> dict[str, Any]:
    """Return an operation of a bulk request that gives a user a title."""
    data = {"schemas": [PATCH], "Operations": [op("replace", "title", title)]}
    return {"method": "PATCH", "path": f"/Users/{id_}", "data": data}


def body_of(response: TestResponse, status: int = 200) -> dict[str, Any]:
    """Return the body of an answer of that status."""
    assert response.status_code == status, response.text
    assert response.content_type.startswith("application/scim+json")
    body: dict[str, Any] = json.loads(response.data)
    return body


def created(response: TestResponse) -> str:
    """Return the id of a resource that was created."""
    return str(body_of(response, 201)["id"])


def location(path: str, tenant: str = "acme") -> str:
    """Return the URL of a path below the base URL."""
    return f"{ISSUER}/t/{tenant}/scim/v2{path}"


def refused(response: TestResponse, status: int, scim_type: str | None = None) -> dict[str, Any]:
    """Return the body of a SCIM error of that status, written for an administrator (RFC 7644 §3.12)."""
    assert response.status_code == status, response.text
    assert response.content_type.startswith("application/scim+json")
    body: dict[str, Any] = json.loads(response.data)
    assert ERROR in body["schemas"]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type, body
    assert body["detail"].strip()
    assert len(body["detail"]) < 1000
    assert not PROSE.search(body["detail"]), body["detail"]
    return body


def tables(tenant: TenantUnderTest) -> dict[str, list[Any]]:
    """Return all rows of all tables, of every tenant: row-level security shows one at a time."""
    engine = create_engine(tenant.runtime.database.engine.url, poolclass=NullPool)
    with engine.connect() as connection:
        ids = list(connection.scalars(select(TenantRow.id)))
        rows: dict[str, set[tuple[str, ...]]] = {table.name: set() for table in Row.metadata.sorted_tables}
        for id_ in ids:
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.set_config("scim_lifecycle.tenant", str(id_), True)))
            for table in Row.metadata.sorted_tables:
                rows[table.name].update(tuple(map(repr, row)) for row in connection.execute(select(table)))
    return {name: sorted(found) for name, found in rows.items()}
