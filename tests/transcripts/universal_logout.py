"""What the pack of Okta Universal Logout must be lent: tokens that Okta signs, and an application to sign in to."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from tests.identity.oauth_clients import signed

PACK = "okta_universal_logout"
ORG, CLIENT_ID = "https://acme.okta.com", "0oa1universal"
SUBJECT, EMAIL = "00uadele", "adele@acme.example"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": EMAIL,
    "externalId": SUBJECT,
    "emails": [{"value": EMAIL, "primary": True}],
}
PROBE = "http://application.example/probe"
"""Stands for a page of the host application, which asks whether the session may go on."""
TYP = "global-token-revocation+jwt"
Send = Callable[[str, str, dict[str, str], bytes | None], tuple[int, dict[str, str], bytes]]


def known(tenant_url: str, token: str, sid: str, now: int) -> dict[str, str]:
    """Return the variables of the pack."""
    endpoint, numbers = f"{tenant_url}/global-token-revocation", count(1)

    def made(typ: str = TYP, **changed: Any) -> str:
        times = {"iat": now, "nbf": now - 300, "exp": now + 300, "jti": f"{uuid4()}-{next(numbers)}"}
        return signed({"iss": ORG, "sub": CLIENT_ID, "aud": endpoint, **times, **changed}, typ=typ)

    good = {name: made() for name in ("gtr_jwt", *(f"gtr_jwt_{number}" for number in range(2, 7)))}
    bad = {
        "gtr_jwt_wrong_typ": made("JWT"),
        "gtr_jwt_wrong_aud": made(aud="https://other.example/"),
        "gtr_jwt_tenant_b": made(iss="https://globex.okta.com"),
    }
    named = {"gtr_url": endpoint, "gtr_email": EMAIL, "okta_org": ORG, "okta_user_sub": SUBJECT}
    probe = {"session_probe_url": PROBE, "gtr_user_session": sid}
    return {"token": token, "run": uuid4().hex[:12], **good, **bad, **named, **probe}


def probing(send: Send, ask: Callable[[str], Mapping[str, Any]]) -> Send:
    """Let the application answer at its probe: 200 while the session is good, else 401."""

    def sent(method: str, url: str, headers: dict[str, str], data: bytes | None) -> tuple[int, dict[str, str], bytes]:
        if url != PROBE:
            return send(method, url, headers, data)
        return (200 if ask(headers["Authorization"].removeprefix("Bearer "))["active"] else 401), {}, b""

    return sent
