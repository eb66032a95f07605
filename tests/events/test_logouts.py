"""Back-Channel Logout: the clients of the host application hear which sessions ended, and are believed by libraries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from flask.testing import FlaskClient
from joserfc.jwk import KeySet
from prometheus_client import REGISTRY

from app.db.deliveries import Chosen
from app.events.catalogue import CAEP
from app.events.engine import Engine
from app.events.logouts.office import LogoutOffice
from app.events.streams.sets import TYP as SET
from app.identity import logout_tokens
from app.identity.connecting import Connecting
from app.identity.jwts import Expected, InvalidJwt, verified
from app.identity.logout_tokens import EVENT
from app.identity.proofs import Proof, SignOnWish
from app.identity.signing import Signing
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.refusals import Refused
from tests.clock import FixedClock
from tests.events.conftest import BACKOFF, OPERATOR, Desk, answering
from tests.outbound.servers import Received, Receiver
from tests.service import ISSUER, TenantUnderTest
from tests.sessions.providers import HostApplication

WEB, SHOP = "web", "https://shop.example.com/client"
US = f"{ISSUER}/t/acme"


@dataclass(frozen=True)
class Clients:
    """The host application of acme, its clients, and a user with sessions at each."""

    desk: Desk
    host: HostApplication
    receiver: Receiver

    @property
    def office(self) -> LogoutOffice:
        """Return who keeps the clients."""
        return LogoutOffice.of(self.desk.tenant.runtime, self.desk.tenant.id, OPERATOR)

    def add(self, client_id: str, **wish: Any) -> str:
        """Register a client, and return the id of the registration."""
        return self.office.create(client_id, self.receiver.url, **wish).id

    def told(self) -> list[Any]:
        """Tell what is due, and return the claims that arrived meanwhile, as PyJWT reads them."""
        self.desk.tell()
        claims = [read(self.host, received) for received in self.receiver.received]
        self.receiver.received.clear()
        return claims

    def deactivate(self, user_id: str) -> None:
        """End all access of a user."""
        assert self.host.call("POST", f"/api/v1/users/{user_id}/deactivate", json={}).status_code == 200


@pytest.fixture
def clients(client: FlaskClient, desk: Desk, receiver: Receiver) -> Clients:
    """Return the clients of acme."""
    return Clients(desk, HostApplication.of(client, desk.tenant), receiver)


def token_in(received: Received) -> str:
    """Return the token of a form that holds nothing else (§2.5)."""
    assert (received.method, received.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
    form = parse_qs(received.body.decode(), strict_parsing=True)
    ((token,),) = form.values()
    assert list(form) == ["logout_token"]
    return token


def read(host: HostApplication, received: Received) -> dict[str, Any]:
    """Return the claims of a token that is all it must be (§2.4)."""
    token = token_in(received)
    header, keys = jwt.get_unverified_header(token), host.http.get("/t/acme/jwks.json").get_json()["keys"]
    key = next(jwt.PyJWK(key) for key in keys if key["kid"] == header["kid"])
    # the clock of the tests stands still
    options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=US, options=options)
    assert header == {"typ": "logout+jwt", "alg": "RS256", "kid": key.key_id}
    assert claims.keys() <= {"iss", "aud", "iat", "exp", "jti", "sub", "sid", "events"}
    assert (claims["exp"] - claims["iat"], claims["events"]) == (120, {EVENT: {}})
    return claims


def shown(told: list[Any]) -> list[tuple[str, str, str | None]]:
    """Return whom each token told, of whom, and of which session."""
    return sorted((claims["aud"], claims["sub"], claims.get("sid")) for claims in told)


def test_all_sessions_of_a_leaver(clients: Clients) -> None:
    """One token without a sid tells each client; one that needs sids gets those that were its own, or shared."""
    clients.add(WEB)
    clients.add(SHOP, session_required=True)
    ada = clients.desk.tenant.user("ada")
    said: list[dict[str, Any]] = [{"client": WEB}, {"client": SHOP}, {}, {"client": SHOP, "kind": "api_key"}]
    sids = [clients.host.register(ada, **one)["sid"] for one in said]
    clients.deactivate(ada)
    assert shown(clients.told()) == [(SHOP, ada, sids[1]), (SHOP, ada, sids[2]), (WEB, ada, None)]
    assert clients.told() == []


def test_one_session(clients: Clients) -> None:
    """A sign-out is told with its sid: to the client that had it, or to all where it named none; a key to nobody."""
    clients.add(WEB)
    clients.add(SHOP)
    ada = clients.desk.tenant.user("ada")
    for said, whom in (({"client": WEB}, [WEB]), ({}, [SHOP, WEB]), ({"client": "x"}, []), ({"kind": "api_key"}, [])):
        sid = clients.host.register(ada, **said)["sid"]
        clients.host.call("DELETE", f"/api/v1/sessions/{sid}")
        assert shown(clients.told()) == [(client_id, ada, sid) for client_id in whom]


def test_an_end_that_is_deferred_spares_what_goes_on(clients: Clients) -> None:
    """Where some sessions outlive their user's access, those that ended are named, and no others."""
    acme = clients.desk.tenant
    document = TenantPolicy.load({"sessions": {"end": {"local": "now", "sso": "at_expiry"}}}).model_dump_json()
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.policies.add(2, document, author="test", reason=None, created_at=acme.runtime.clock.now())
    clients.add(WEB)
    ada = acme.user("ada")
    local, _ = (clients.host.register(ada, kind=kind, expires_in=3600)["sid"] for kind in ("local", "sso"))
    clients.deactivate(ada)
    assert shown(clients.told()) == [(WEB, ada, local)]


def test_what_fails_is_tried_again_with_a_fresh_token_but_not_for_long(clients: Clients, clock: FixedClock) -> None:
    """Each try has its own jti and end; those behind wait; after the third retry the next client's turn comes."""
    id_ = clients.add(WEB)
    ada, eve = clients.desk.tenant.user("ada"), clients.desk.tenant.user("eve")
    clients.receiver.answering = answering(503, Retry_After="86400")
    for user_id in (ada, eve):
        clients.deactivate(user_id)
    seen = []
    for _ in range(len(BACKOFF) + 1):
        seen += clients.told()
        clock.advance(minutes=10)
    assert [claims["sub"] for claims in seen] == [ada, ada, ada, ada, eve]
    assert len({claims["jti"] for claims in seen}) == len(seen)
    assert len({claims["exp"] for claims in seen}) == len(seen) - 1
    first, second = clients.office.deliveries(id_, Chosen(), 9)[::-1]
    assert (first.state, second.state) == ("dead", "pending")
    tries = clients.office.delivery(id_, first.id)[1]
    assert [(one.outcome, one.status) for one in tries] == [("failed", 503)] * 4
    with pytest.raises(Refused):
        clients.office.delivery(id_, "none")


def test_a_client_that_is_gone_hears_nothing_old_when_it_is_back(clients: Clients) -> None:
    """What it missed is given up, since its users may have signed in again; what follows is told."""
    id_ = clients.add(WEB)
    clients.receiver.answering = answering(410)
    ada, eve = clients.desk.tenant.user("ada"), clients.desk.tenant.user("eve")
    clients.deactivate(ada)
    assert [claims["sub"] for claims in clients.told()] == [ada]
    assert clients.told() == []
    assert (clients.office.find(id_).state, clients.office.find(id_).state_reason) == ("disabled", "gone")
    clients.receiver.answering = answering(200)
    assert clients.office.resume(id_) == clients.office.find(id_) == clients.office.resume(id_)
    clients.deactivate(eve)
    assert [claims["sub"] for claims in clients.told()] == [eve]


def test_other_events_are_no_logout(clients: Clients) -> None:
    """A client hears nothing of users who come, nor of what other tenants do."""
    clients.add(WEB)
    globex = TenantUnderTest.create(clients.desk.tenant.runtime, "globex")
    clients.desk.tenant.user("ada")
    Desk(globex, clients.desk.engine).leaver()
    clients.desk.engine.relay(globex.id)
    assert clients.told() == []


def listening(clients: Clients) -> str:
    """Let globex believe acme as an identity provider and as a transmitter, with a session for it to end."""
    globex = TenantUnderTest.create(clients.desk.tenant.runtime, "globex")
    keys, office = Signing.of(globex.runtime).jwks(clients.desk.tenant.id), Connecting.of(globex.runtime, OPERATOR, 2)
    assert globex.id == office.tenant_id
    connection = office.create("idp", "strict").connection
    office.sign_on(connection.id, SignOnWish(US, "globex", jwks=keys))
    office.create("signals", "strict", proof=Proof("transmitter", issuer=US, audience="globex", jwks=keys))
    user_id = globex.user("ada")
    sid = HostApplication.of(clients.host.http, globex).register(user_id, idp={"iss": US, "sub": "ada"})["sid"]
    return str(sid)


def signed(clients: Clients, claims: Mapping[str, Any], typ: str) -> str:
    """Return what acme signs."""
    return Signing.of(clients.desk.tenant.runtime).sign(clients.desk.tenant.id, claims, typ)


def test_a_logout_token_is_no_security_event_nor_the_reverse(clients: Clients, clock: FixedClock) -> None:
    """What the same issuer signed for the same audience ends a session at its own door alone, by either type."""
    sid, now = listening(clients), clock.now()
    host = HostApplication.of(clients.host.http, TenantUnderTest(clients.desk.tenant.runtime, "globex", 2))
    logout = logout_tokens.built(US, "globex", "one", {"sub": "ada"}, now)
    said = {"iss": US, "aud": "globex", "iat": int(now.timestamp()), "jti": "two"}
    event = {**said, "sub_id": {"format": "iss_sub", "iss": US, "sub": "ada"}, "events": {CAEP + "session-revoked": {}}}

    def hear(token: str) -> int:
        headers = {"Content-Type": "application/secevent+jwt"}
        return host.http.post("/t/globex/ssf/receive", data=token, headers=headers).status_code

    def log_out(token: str) -> int:
        return host.http.post("/t/globex/backchannel-logout", data={"logout_token": token}).status_code

    assert [log_out(signed(clients, event, typ)) for typ in (SET, "JWT", logout_tokens.TYP)] == [400] * 3
    assert [hear(signed(clients, logout, typ)) for typ in (logout_tokens.TYP, "JWT")] == [400] * 2
    # an event that nobody knows is taken, and ends nothing
    assert hear(signed(clients, {**logout, "sub_id": event["sub_id"]}, SET)) == 202
    assert host.alive(sid)
    assert log_out(signed(clients, logout, logout_tokens.TYP)) == 200
    assert not host.alive(sid)


def test_a_token_that_was_told_is_of_its_own_type(clients: Clients, engine: Engine) -> None:
    """Whoever expects a security event, or an access token, refuses it."""
    clients.add(WEB)
    clients.deactivate(clients.desk.tenant.user("ada"))
    clients.desk.tell()
    token = token_in(clients.receiver.received[0])
    keys = KeySet.import_key_set(clients.host.http.get("/t/acme/jwks.json").get_json())
    now = engine.clock.now()
    for typ in (SET, "at+jwt", "jwt"):
        with pytest.raises(InvalidJwt, match="typ"):
            verified(token, keys, Expected(US, WEB, frozenset({typ})), now)
    assert verified(token, keys, Expected(US, WEB, frozenset({"logout+jwt"})), now)["aud"] == WEB


def test_the_time_until_each_is_told_is_measured(clients: Clients, clock: FixedClock) -> None:
    """From the end of access to the success of each receiver, by its kind; what fails counts once it is told."""
    clients.add(WEB)

    def measured(name: str) -> float:
        label = {"kind": "backchannel-logout"}
        return REGISTRY.get_sample_value(f"scim_time_to_tell_revocation_seconds_{name}", label) or 0

    before = measured("count"), measured("sum")
    clients.receiver.answering = answering(500)
    clients.deactivate(clients.desk.tenant.user("ada"))
    clients.told()
    clock.advance(seconds=7)
    clients.receiver.answering = answering(200)
    assert measured("count") == before[0]
    clients.told()
    assert (measured("count") - before[0], round(measured("sum") - before[1], 3)) == (1, 7)
