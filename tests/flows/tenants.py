"""Take in a tenant on a database that a real server serves, and speak to that server for it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from app.db.engine import open_engine
from app.db.work import Database
from app.identity.onboarding import Onboarding
from app.lifecycle.clock import SystemClock
from app.lifecycle.commands import Actor
from app.lifecycle.policy import TenantPolicy
from tests.flows.server import Answer, Line

DEAD = {"active": False}
USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class TenantServed:
    """A tenant with the tokens of its identity provider and of its host application."""

    slug: str
    id: int
    scim_token: str
    api_token: str

    @contextmanager
    def directory(self, port: int) -> Iterator["Directory"]:
        """Open a line as the identity provider."""
        with Line(port, {"Authorization": f"Bearer {self.scim_token}"}) as line:
            yield Directory(line, f"/t/{self.slug}/scim/v2")

    @contextmanager
    def host(self, port: int) -> Iterator["Host"]:
        """Open a line as the host application."""
        with Line(port, {"Authorization": f"Bearer {self.api_token}"}) as line:
            yield Host(line, f"/t/{self.slug}")


@dataclass(frozen=True)
class Directory:
    """The identity provider."""

    line: Line
    base: str

    def create(self, user_name: str, **attributes: Any) -> Answer:
        """Create a user."""
        email = {"value": f"{user_name}@example.com", "type": "work", "primary": True}
        body = {"schemas": [USER_SCHEMA], "userName": user_name, "emails": [email], **attributes}
        return self.line.ask("POST", f"{self.base}/Users", body)

    def patch(self, user_id: str, **values: Any) -> Answer:
        """Replace attributes of a user."""
        return self.operate("Users", user_id, *({"op": "replace", "path": k, "value": v} for k, v in values.items()))

    def operate(self, endpoint: str, id_: str, *operations: dict[str, Any]) -> Answer:
        """Patch any resource."""
        return self.line.ask(
            "PATCH", f"{self.base}/{endpoint}/{id_}", {"schemas": [PATCH_SCHEMA], "Operations": operations}
        )

    def create_group(self, name: str, *members: str) -> Answer:
        """Create a group."""
        body = {"schemas": [GROUP_SCHEMA], "displayName": name, "members": [{"value": id_} for id_ in members]}
        return self.line.ask("POST", f"{self.base}/Groups", body)

    def delete(self, user_id: str) -> Answer:
        """Delete a user."""
        return self.line.ask("DELETE", f"{self.base}/Users/{user_id}")


@dataclass(frozen=True)
class Host:
    """The host application."""

    line: Line
    base: str

    def sign_in(self, user_id: str, **said: Any) -> Answer:
        """Register a session."""
        return self.line.ask("POST", f"{self.base}/api/v1/users/{user_id}/sessions", said)

    def introspect(self, sid: str) -> Answer:
        """Ask whether a session may go on."""
        return self.line.ask("POST", f"{self.base}/oauth/introspect", form={"token": sid})

    def sign_in_together(self, user_id: str, number: int) -> list[str]:
        """Register several sessions at once, and return their ids."""
        wanted = [{"user_id": user_id}] * number
        answer = self.line.ask("POST", f"{self.base}/api/v1/sessions", {"sessions": wanted})
        return [session["sid"] for session in answer.body["sessions"]]

    def introspect_together(self, sids: list[str]) -> list[Any]:
        """Ask about several sessions at once."""
        questions = {"questions": [{"token": sid} for sid in sids]}
        answers: list[Any] = self.line.ask("POST", f"{self.base}/api/v1/sessions/introspect", questions).body["answers"]
        return answers

    def alive(self, sid: str) -> bool:
        """Tell whether a session may go on; no is said in one way only."""
        answer = self.introspect(sid)
        assert answer.status == 200, answer
        assert answer.body["active"] is True or answer.body == DEAD
        return bool(answer.body["active"])


def take_in(database_url: str, slug: str = "acme", **knobs: Any) -> TenantServed:
    """Create a tenant with a strict connection and a host application."""
    clock = SystemClock()
    with closing(Database(open_engine(database_url))) as database:
        office = Onboarding(database, clock, Actor("operator", None, "test", "cli"))
        tenant = office.create_tenant(slug)
        if knobs:
            policy = TenantPolicy.load(knobs).model_dump_json()
            with database.unit_of_work(tenant.id) as work:
                work.policies.add(2, policy, author="test", reason=None, created_at=clock.now())
        scim = office.connect(tenant, "directory", "strict").token
        api = office.create_api_token(tenant, "Host application").token
    return TenantServed(slug, tenant.id, scim, api)
