"""An identity provider that signs, and a host application that keeps sessions and asks about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity.logout_tokens import EVENT
from app.identity.proofs import SignOnWish
from tests.clock import START
from tests.identity.oauth_clients import connecting, public, rsa, signed
from tests.service import ISSUER, TenantUnderTest

ORG = "https://acme.okta.example"
CLIENT_ID = "0oa1universal"
NOW = int(START.timestamp())
NUMBERS = count(1)
KINDS = ("local", "sso", "refresh", "api_key", "personal_token")


@dataclass(frozen=True)
class Provider:
    """An identity provider beside the tenant that believes it."""

    http: FlaskClient
    tenant: TenantUnderTest
    token: str
    issuer: str = ORG

    @classmethod
    def of(cls, http: FlaskClient, tenant: TenantUnderTest, issuer: str = ORG, **wish: Any) -> "Provider":
        """Link a provider that provisions and signs users on."""
        office, name = connecting(tenant), f"okta-{next(NUMBERS)}"
        connected = office.create(name, "okta")
        office.sign_on(connected.connection.id, SignOnWish(issuer, CLIENT_ID, jwks=public(rsa()), **wish))
        return cls(http, tenant, connected.token, issuer)

    def user(self, name: str, **attributes: Any) -> str:
        """Provision a user by SCIM."""
        email = {"value": f"{name}@example.com", "primary": True}
        schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
        body: dict[str, Any] = {"schemas": schemas, "userName": f"{name}@example.com"}
        body |= {"externalId": f"00u{name}", "emails": [email], **attributes}
        answer = self.scim("POST", "/Users", body)
        assert answer.status_code == 201, answer.text
        return str((answer.json or {})["id"])

    def scim(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Send a SCIM request."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        return self.http.open(f"/t/{self.tenant.slug}/scim/v2{path}", method=method, headers=headers, json=body)

    def patch(self, path: str, *operations: Mapping[str, Any]) -> TestResponse:
        """Patch a resource."""
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
        return self.scim("PATCH", path, body)

    @property
    def endpoint(self) -> str:
        """Return where everything of a user is revoked."""
        return f"{ISSUER}/t/{self.tenant.slug}/global-token-revocation"

    def revocation(self, typ: str | None = "global-token-revocation+jwt", **changed: Any) -> str:
        """Return a token that asks for a revocation, some of its claims changed."""
        times = {"iat": NOW, "nbf": NOW - 300, "exp": NOW + 300, "jti": f"jti-{next(NUMBERS)}"}
        claims = {"iss": self.issuer, "sub": CLIENT_ID, "aud": self.endpoint, **times, **changed}
        return signed(claims, typ=typ)

    def revoke(self, sub_id: Any, token: str | None = None, key: str = "sub_id") -> TestResponse:
        """Ask for a revocation."""
        headers = {"Authorization": f"Bearer {token or self.revocation()}"}
        path = f"/t/{self.tenant.slug}/global-token-revocation"
        return self.http.post(path, headers=headers, json={key: sub_id})

    def logout_token(self, typ: str | None = "logout+jwt", **changed: Any) -> str:
        """Return a logout token, some of its claims changed; None leaves one out."""
        times = {"iat": NOW, "exp": NOW + 120, "jti": f"jti-{next(NUMBERS)}"}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "events": {EVENT: {}}, **times, **changed}
        return signed(claims, typ=typ)

    def log_out(self, token: str | None = None, **claims: Any) -> TestResponse:
        """Say that somebody signed out."""
        form = {"logout_token": token or self.logout_token(**claims)}
        return self.http.post(f"/t/{self.tenant.slug}/backchannel-logout", data=form)


@dataclass(frozen=True)
class HostApplication:
    """The host application of a tenant."""

    http: FlaskClient
    tenant: TenantUnderTest
    token: str

    @classmethod
    def of(cls, http: FlaskClient, tenant: TenantUnderTest) -> "HostApplication":
        """Return a host application with a token for all that it may do."""
        return cls(http, tenant, tenant.api_token())

    def call(self, method: str, path: str, **body: Any) -> TestResponse:
        """Send a request to the tenant."""
        return self.http.open(
            f"/t/{self.tenant.slug}{path}", method=method, headers=self.tenant.bearer(self.token), **body
        )

    def register(self, user_id: str, **said: Any) -> Any:
        """Register a session or credential."""
        answer = self.call("POST", f"/api/v1/users/{user_id}/sessions", json=said)
        assert answer.status_code == 201, answer.text
        return answer.json

    def sids(self, user_id: str, **said: Any) -> dict[str, str]:
        """Register one of each kind."""
        return {kind: self.register(user_id, kind=kind, **said)["sid"] for kind in KINDS}

    def alive(self, token: str) -> bool:
        """Ask whether a session may go on; no is said in one way only."""
        answer = self.call("POST", "/oauth/introspect", data={"token": token})
        assert answer.status_code == 200
        assert (answer.json or {})["active"] is True or answer.json == {"active": False}
        return bool((answer.json or {})["active"])

    def living(self, sids: Mapping[str, str]) -> set[str]:
        """Return the kinds whose credential may go on."""
        return {kind for kind, sid in sids.items() if self.alive(sid)}
