"""Perform a transcript: what a client sends, step by step, beside what it is to be answered.

A step either sends a request (``send``, ``body``) and states the status (``answers``, 200 if not said) and what the
answer shows (``shows``: a part of the body; null for what is absent), keeping parts of it under a name (``keeps``);
or lets a user sign in at the host application (``signs_in``, ``as``); or says whether a session may go on; or has the
identity provider revoke all tokens of a user (``revokes``), by a JWT with some claims changed (``token``), which may be
kept (``as``) and shown once more (``shown``).
``{name}`` stands for what was kept.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from app.identity.proofs import SignOnWish
from tests.identity.oauth_clients import NUMBERS, connecting, public, rsa, signed
from tests.service import ISSUER, TenantUnderTest

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
        token = self.tenant.scim_token(self.script["dialect"], name=self.script["client"])
        if "sign_on" in self.script:
            self._believe(self.script["sign_on"])
        shown = token if self.script.get("bare") else f"Bearer {token}"
        headers = {**self.script["headers"], "Authorization": shown}
        return [line for step in self.script["steps"] for line in self._step(self._filled(step), headers)]

    def _step(self, step: dict[str, Any], headers: dict[str, str]) -> list[str]:
        if "signs_in" in step:
            return self._sign_in(step["signs_in"], step["as"])
        if "revokes" in step:
            return self._revoke(step)
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

    def _believe(self, provider: dict[str, str]) -> None:
        """Let the tenant believe the identity provider about sign-outs."""
        office = connecting(self.tenant)
        connection = office.by_name(self.script["client"])
        office.sign_on(connection.id, SignOnWish(provider["issuer"], provider["client_id"], jwks=public(rsa())))

    def _revoke(self, step: dict[str, Any]) -> list[str]:
        endpoint = f"/t/{self.tenant.slug}/global-token-revocation"
        provider, now = self.script["sign_on"], int(self.tenant.runtime.clock.now().timestamp())
        changed = {"typ": "global-token-revocation+jwt", **step.get("token", {})}
        claims = {"iss": provider["issuer"], "sub": provider["client_id"], "aud": f"{ISSUER}{endpoint}", "iat": now}
        claims |= {"nbf": now - 300, "exp": now + 300, "jti": f"{self.tenant.slug}-{next(NUMBERS)}"}
        typ = changed.pop("typ")
        token = self.kept[step["shown"]] if "shown" in step else signed({**claims, **changed}, typ=typ)
        self.kept[step.get("as", "last")] = token
        headers = self.tenant.bearer(token)
        answer = self.http.post(endpoint, headers=headers, json={"sub_id": step["revokes"]})
        same = answer.status_code == step["answers"]
        return [] if same else [f"{step['does']}: {answer.status_code} {answer.text}"]

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
