"""Perform a transcript: what a client sends, step by step, beside what it is to be answered.

A step either sends a request (``send``, ``body``) and states the status (``answers``, 200 if not said) and what the
answer shows (``shows``: a part of the body; null for what is absent), keeping parts of it under a name (``keeps``);
or lets a user sign in at the host application (``signs_in``, ``as``); or says whether a session may go on.
``{name}`` stands for what was kept.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from tests.service import TenantUnderTest

KEPT = re.compile(r"\{(\w+)\}")


@dataclass
class Performance:
    """One transcript on its way through one tenant."""

    http: FlaskClient
    tenant: TenantUnderTest
    script: dict[str, Any]
    kept: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, http: FlaskClient, tenant: TenantUnderTest) -> "Performance":
        """Read a transcript."""
        return cls(http, tenant, json.loads(path.read_text(encoding="utf-8")))

    def play(self) -> list[str]:
        """Perform all steps and return a line for each that was answered differently."""
        token = self.tenant.scim_token(self.script["dialect"])
        shown = token if self.script.get("bare") else f"Bearer {token}"
        headers = {**self.script["headers"], "Authorization": shown}
        return [line for step in self.script["steps"] for line in self._step(self._filled(step), headers)]

    def _step(self, step: dict[str, Any], headers: dict[str, str]) -> list[str]:
        if "signs_in" in step:
            return self._sign_in(step["signs_in"], step["as"])
        if "session" in step:
            alive = self._host("POST", "/oauth/introspect", data={"token": step["session"]})["active"]
            return [] if alive is step["alive"] else [f"the session is {'alive' if alive else 'dead'}: {step}"]
        return self._request(step, headers)

    def _request(self, step: dict[str, Any], headers: dict[str, str]) -> list[str]:
        method, path = step["send"].split(" ", 1)
        data = json.dumps(step["body"]) if "body" in step else None
        kind = {"Content-Type": "application/scim+json; charset=utf-8"} if data else {}
        base = f"/t/{self.tenant.slug}/scim/v2"
        answer = self.http.open(f"{base}{path}", method=method, data=data, headers={**headers, **kind})
        body = json.loads(answer.data) if answer.data else {}
        if answer.status_code != step.get("answers", 200):
            return [f"{step['does']}: {answer.status_code} {answer.text}"]
        for name, source in step.get("keeps", {}).items():
            self.kept[name] = json.dumps(body) if source == "$" else body[source]
        return [f"{step['does']}: {line}" for line in differences(step.get("shows", {}), body)]

    def _sign_in(self, user_id: str, name: str) -> list[str]:
        self.kept[name] = self._host("POST", f"/api/v1/users/{user_id}/sessions")["sid"]
        return []

    def _host(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        headers = self.tenant.bearer(self.tenant.api_token())
        answer = self.http.open(f"/t/{self.tenant.slug}{path}", method=method, headers=headers, **body)
        said: dict[str, Any] = answer.get_json()
        return said

    def _filled(self, value: Any) -> Any:
        """Return a step with what was kept in place of its name."""
        if isinstance(value, str):
            return KEPT.sub(lambda found: self.kept.get(found[1], found[0]), value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        return value


def differences(wanted: Any, got: Any, place: str = "$") -> list[str]:
    """Return a line for each part that is not as wanted; what is not mentioned may be anything."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [line for name, item in wanted.items() for line in differences(item, got.get(name), f"{place}.{name}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        pairs = enumerate(zip(wanted, got, strict=True))
        return [line for number, (item, other) in pairs for line in differences(item, other, f"{place}[{number}]")]
    same = type(wanted) is type(got) and wanted == got
    return [] if same else [f"{place} is {got!r}, not {wanted!r}"]
