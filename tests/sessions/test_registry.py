"""What the host application registers, in one request or in a thousand, and how long it lasts."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.lifecycle.ending import LASTING
from tests.clock import FixedClock
from tests.service import TenantUnderTest
from tests.sessions.providers import KINDS, HostApplication, Provider

NOW = 1795424400  # 2026-11-23T09:00:00Z
REPLACE_INACTIVE = {"op": "replace", "path": "active", "value": False}
REPLACE_ACTIVE = {"op": "replace", "path": "active", "value": True}


def tenant_of(provider: Provider, slug: str, **knobs: Any) -> tuple[Provider, HostApplication]:
    """Return the provider and the host application of a tenant with these knobs turned."""
    tenant = TenantUnderTest.create(provider.tenant.runtime, slug, **knobs)
    return Provider.of(provider.http, tenant), HostApplication.of(provider.http, tenant)


def test_a_hash_is_asked_about_by_its_token(provider: Provider, host: HostApplication) -> None:
    """The host application registers what it issued by hash, and shows the token when it is used."""
    ada = provider.user("ada")
    for number, key in enumerate(("ghp_Ab12", "ey.with spaces/and+more==", "k" * 3000)):
        digest = hashlib.sha256(key.encode()).hexdigest()
        host.register(ada, kind="api_key", sid=f"key-{number}", token_sha256=digest)
        assert host.alive(key)
        assert host.alive(f"key-{number}")
        assert not host.alive(digest)
    provider.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    assert not host.alive("ghp_Ab12")


def test_a_thousand_at_once(provider: Provider, host: HostApplication) -> None:
    """Each gets its own answer in its place, in a number of statements that does not grow with theirs."""
    ada, eve = provider.user("ada"), provider.user("eve")
    provider.patch(f"/Users/{eve}", REPLACE_INACTIVE)
    host.register(ada, sid="taken")
    odd: list[dict[str, Any]] = [
        {"user_id": eve},
        {"user_id": "nobody"},
        {"user_id": ada, "sid": "taken"},
        {"user_id": ada, "sid": "s1"},
    ]
    counts = []
    for size in (40, 990):
        batch: list[dict[str, Any]] = (
            [{"user_id": ada, "sid": f"s{number}"} for number in range(size)] if size == 40 else []
        )
        batch += [{"user_id": ada, "kind": "sso", "token": True} for _ in range(size - len(batch))]
        seen: list[str] = []
        engine = provider.tenant.runtime.database.engine
        listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        answer = host.call("POST", "/api/v1/sessions", json={"sessions": [*batch, *odd]})
        event.remove(engine, "before_cursor_execute", listener)
        counts.append(len(seen))
        outcomes = (answer.json or {})["sessions"]
        assert [outcome["status"] for outcome in outcomes] == [201] * size + [403, 404, 409, 409]
        assert [outcome.get("code") for outcome in outcomes[size:]] == [
            "NOT_ACTIVE",
            "UNKNOWN_USER",
            "SID_TAKEN",
            "SID_TAKEN",
        ]
    assert counts[1] <= counts[0] + 2, counts
    assert all(outcome["token"].startswith("scimlc_sess_") for outcome in outcomes[:size])
    tokens = [outcome["token"] for outcome in outcomes[:5]]
    asked = [*({"token": token} for token in tokens), {"token": "no"}, {"user_id": ada, "issued_at": NOW}, {}]
    answers = (host.call("POST", "/api/v1/sessions/introspect", json={"questions": asked}).json or {})["answers"]
    assert [one["active"] for one in answers] == [True] * 5 + [False, True, False]
    assert {one["sub"] for one in answers if one["active"]} == {ada}


def test_bad_batches(host: HostApplication) -> None:
    """Too many, none, or one that says nothing sensible: refused as a whole, with the place named."""
    for body, place in (
        ({"sessions": []}, "sessions"),
        ({"sessions": [{"user_id": "u"}] * 1001}, "sessions"),
        ({"sessions": [{"kind": "sso"}]}, "sessions.0.user_id"),
        ({"sessions": [{"user_id": "a\x00"}]}, "sessions.0.user_id"),
    ):
        answer = host.call("POST", "/api/v1/sessions", json=body)
        assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, place)
    for questions in ([], [{"token": "x"}] * 1001, [{"token": ""}], [{"issued_at": -1}]):
        answer = host.call("POST", "/api/v1/sessions/introspect", json={"questions": questions})
        assert answer.status_code == 400


def test_the_gate_is_asked_without_a_session(provider: Provider, host: HostApplication) -> None:
    """A sign-in that would be refused is refused beforehand with the same reason, and nothing begins."""
    ada = provider.user("ada")
    path = f"/api/v1/users/{ada}/sign-in"
    assert host.call("GET", path).json == {"user_id": ada, "may_sign_in": True}
    provider.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    refused, tried = host.call("GET", path), host.call("POST", f"/api/v1/users/{ada}/sessions")
    assert (refused.status_code, refused.json) == (403, tried.json)
    assert host.call("GET", "/api/v1/users/nobody/sign-in").status_code == 404
    assert (host.call("GET", f"/api/v1/users/{ada}/sessions").json or {})["sessions"] == []


def test_keys_rest_while_their_user_is_inactive(provider: Provider, host: HostApplication) -> None:
    """Suspended ones work again after a reactivation, sessions never do; after a deletion nothing does."""
    ada = provider.user("ada")
    sids = host.sids(ada)
    provider.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    assert host.living(sids) == set()
    listed = (host.call("GET", f"/api/v1/users/{ada}/sessions").json or {})["sessions"]
    assert {session["kind"]: session["state"] for session in listed} == dict.fromkeys(LASTING, "suspended")
    provider.patch(f"/Users/{ada}", REPLACE_ACTIVE)
    assert host.living(sids) == set(LASTING)
    provider.scim("DELETE", f"/Users/{ada}")
    host.call("POST", f"/api/v1/users/{ada}/restore")
    assert (provider.scim("GET", f"/Users/{ada}").json or {})["active"] is True
    assert host.living(sids) == set()


def test_keys_end_where_the_policy_revokes_them(provider: Provider) -> None:
    """With credentials.tokens = revoke, and with security as the reason, no key works again."""
    revoking, host = tenant_of(provider, "revoking", credentials={"tokens": "revoke"})
    ada = revoking.user("ada")
    sids = host.sids(ada)
    revoking.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    revoking.patch(f"/Users/{ada}", REPLACE_ACTIVE)
    assert host.living(sids) == set()
    suspending, other = tenant_of(provider, "suspending")
    eve = suspending.user("eve")
    sids = other.sids(eve)
    other.call("POST", f"/api/v1/users/{eve}/deactivate", json={"reason": "security"})
    other.call("POST", f"/api/v1/users/{eve}/reactivate")
    assert other.living(sids) == set()


def test_an_end_that_is_deferred(provider: Provider, clock: FixedClock) -> None:
    """Sessions of single sign-on go on until they expire, in sight; the user is inactive and signs in no more."""
    deferring, host = tenant_of(provider, "deferring", sessions={"end": {"local": "now", "sso": "at_expiry"}})
    ada = deferring.user("ada")
    sids = host.sids(ada, expires_in=3600)
    endless = host.register(ada, kind="sso")["sid"]
    deferring.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    deferring.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    assert host.living(sids) == {"sso"}
    assert not host.alive(endless)
    assert host.call("GET", f"/api/v1/users/{ada}/sign-in").status_code == 403
    listed = (host.call("GET", f"/api/v1/users/{ada}/sessions").json or {})["sessions"]
    assert [s["expires_at"] for s in listed if s["state"] == "deferred"] == ["2026-11-23T10:00:00.000Z"]
    with provider.tenant.runtime.database.reading(deferring.tenant.id) as work:
        told = [each.payload for each in work.outbox.of(ada) if each.type == "user.sessions_revoked"]
    assert [(one["sessions_ended"], one.get("sessions_deferred")) for one in told] == [(3, 1)]
    clock.advance(hours=1)
    assert host.living(sids) == set()


def test_security_defers_nothing(provider: Provider) -> None:
    """An operator who acts for security, and a revocation, end what was deferred too."""
    deferring, host = tenant_of(provider, "deferring", sessions={"end": {"sso": "at_expiry"}})
    ends: tuple[Callable[[str], TestResponse], ...] = (
        lambda user: host.call("POST", f"/api/v1/users/{user}/deactivate", json={"reason": "security"}),
        lambda user: deferring.revoke({"format": "opaque", "id": user}),
        lambda user: deferring.scim("DELETE", f"/Users/{user}"),
    )
    for end in ends:
        ada = deferring.user(f"ada{id(end)}")
        sid = host.register(ada, kind="sso", expires_in=3600)["sid"]
        deferring.patch(f"/Users/{ada}", REPLACE_INACTIVE)
        assert host.alive(sid)
        assert end(ada).status_code in {200, 204}
        assert not host.alive(sid)


def test_sessions_that_nobody_asks_about(provider: Provider, clock: FixedClock) -> None:
    """A session ends when it was idle for too long, and in any case at its longest; keys do neither."""
    limited, host = tenant_of(provider, "limited", sessions={"idle_minutes": 10, "absolute_minutes": 60})
    ada = limited.user("ada")
    sids = host.sids(ada)
    short = host.register(ada, expires_in=60)
    assert short["expires_at"] == "2026-11-23T09:01:00.000Z"
    long = host.register(ada, expires_in=86_400, kind="sso")
    assert long["expires_at"] == "2026-11-23T10:00:00.000Z"
    for _ in range(7):
        clock.advance(minutes=8)
        assert host.alive(sids["sso"])
    assert host.living(sids) == set(KINDS) - {"local"}
    clock.advance(minutes=10)
    assert host.living(sids) == {"refresh", *LASTING}


def test_what_the_host_application_issued_itself(provider: Provider, host: HostApplication, clock: FixedClock) -> None:
    """The user's epoch answers for it: what was issued up to the second of a revocation is dead, for good."""
    ada = provider.user("ada")

    def good(issued_at: int) -> bool:
        data = {"user_id": ada, "issued_at": str(issued_at)}
        answer = host.call("POST", "/oauth/introspect", data=data).json or {}
        return answer == {**answer, "active": True, "sub": ada, "iat": issued_at}

    assert good(NOW)
    clock.advance(seconds=10)
    provider.revoke({"format": "opaque", "id": ada})
    assert [good(NOW + after) for after in (0, 9, 10, 11)] == [False, False, False, True]
    clock.advance(seconds=10)
    provider.patch(f"/Users/{ada}", REPLACE_INACTIVE)
    assert not good(NOW + 60)
    provider.patch(f"/Users/{ada}", REPLACE_ACTIVE)
    assert [good(NOW + after) for after in (11, 20, 21)] == [False, False, True]
    for data in ({"user_id": ada}, {"user_id": ada, "issued_at": "soon"}, {"user_id": "a\x00", "issued_at": "1"}):
        assert host.call("POST", "/oauth/introspect", data=data).status_code == 400


def test_other_tenants_know_nothing(provider: Provider, host: HostApplication, globex: TenantUnderTest) -> None:
    """A token, an id and a user of another tenant are dead there, one by one and together."""
    ada = provider.user("ada")
    session = host.register(ada, token=True)
    theirs = HostApplication.of(provider.http, globex)
    questions = [{"token": session["token"]}, {"token": session["sid"]}, {"user_id": ada, "issued_at": NOW}]
    answer = theirs.call("POST", "/api/v1/sessions/introspect", json={"questions": questions})
    assert answer.json == {"answers": [{"active": False}] * 3}
    data = {"user_id": ada, "issued_at": str(NOW)}
    assert theirs.call("POST", "/oauth/introspect", data=data).json == {"active": False}
    assert theirs.call("POST", "/oauth/revoke", data={"token": session["token"]}).status_code == 200
    assert host.alive(session["token"])


def test_changes_that_end_sessions(client: FlaskClient, provider: Provider) -> None:
    """With sessions.end_on a change of roles or of groups ends sessions; else it is only announced."""
    for knob in ([], ["roles"], ["groups"]):
        theirs, host = tenant_of(provider, f"on-{'-'.join(knob) or 'nothing'}", sessions={"end_on": knob})
        ada = theirs.user("ada", roles=[{"value": "Editor"}])
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Staff"}
        staff = (theirs.scim("POST", "/Groups", group).json or {})["id"]
        member = {"op": "add", "path": "members", "value": [{"value": ada}]}
        leave = {"op": "remove", "path": f'members[value eq "{ada}"]'}
        roles = {"op": "replace", "path": "roles", "value": [{"value": "Viewer"}]}
        title = {"op": "replace", "path": "title", "value": "Director"}
        for path, change, cause in (
            (f"/Users/{ada}", title, None),
            (f"/Users/{ada}", roles, "roles"),
            (f"/Groups/{staff}", member, "groups"),
            (f"/Groups/{staff}", leave, "groups"),
            (f"/Groups/{staff}", member, "groups"),
        ):
            sids = host.sids(ada)
            assert theirs.patch(path, change).status_code in {200, 204}
            assert host.living(sids) == (set(LASTING) if cause in knob else set(KINDS)), (knob, change)
        sids = host.sids(ada)
        theirs.scim("DELETE", f"/Groups/{staff}")
        assert host.living(sids) == (set(LASTING) if "groups" in knob else set(KINDS))
    assert client is provider.http
