"""Provisioning events of RFC 9967: by the method that made a change, in its version, of the resource where it is."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.config import Settings
from app.events.catalogue import CAEP, RISC, SCIM
from app.events.streams import provisioning
from app.events.streams.signals import SUPPORTED
from app.lifecycle.service import Lifecycle
from app.scim import standing
from tests.clock import FixedClock
from tests.scim.operator.conftest import DEVICE, FILES
from tests.scim_client import op
from tests.service import TenantUnderTest
from tests.ssf.conftest import OPERATOR, Party
from tests.ssf.tokens import event, read

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CLAIMS = CAEP + "token-claims-change"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return the settings of a server with the types of an operator."""
    return settings.model_copy(update={"schemas_dir": FILES})


@dataclass
class Told:
    """An identity provider, and what the receiver is told of what it does."""

    receiver: Party
    stream: dict[str, Any]
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a SCIM request that is carried out."""
        url = f"/t/{self.receiver.tenant.slug}/scim/v2{path}"
        answer = self.receiver.web.ask(
            method, url, body, Authorization=f"Bearer {self.token}", Content_Type="application/scim+json"
        )
        assert answer.status < 300, answer
        return answer.body

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        """Send a PATCH."""
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def claims(self) -> list[dict[str, Any]]:
        """Return the claims of what was told since the last time."""
        sets = self.receiver.poll(self.stream).body["sets"]
        self.receiver.poll(self.stream, ack=list(sets), maxEvents=0)
        return [read(self.receiver, token) for token in sets.values()]

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the events that were told since the last time, without the base of their names."""
        return [(signal.removeprefix(SCIM), payload) for signal, payload in map(event, self.claims())]


@pytest.fixture
def told(receiver: Party, acme: TenantUnderTest) -> Told:
    """Let a receiver hear of all that is told of provisioning."""
    signals = [signal for signal in SUPPORTED if signal.startswith(SCIM)]
    return Told(receiver, receiver.stream(events_requested=signals), acme.scim_token())


def notice(method: str, version: int, *names: str) -> tuple[str, dict[str, Any]]:
    """Return a notice."""
    return f"prov:{method}:notice", {"attributes": list(names), "version": f'W/"{version}"'}


def test_a_user_is_told_of_by_method_and_version(told: Told) -> None:
    """What a PUT changed is told as that of a PUT; ``active`` is named beside activation and deactivation."""
    body = {"schemas": [USER], "userName": "ada@example.com", "externalId": "e", "title": "Engineer"}
    path = f"/Users/{told.ask('POST', '/Users', body)['id']}"
    assert told.heard() == [notice("create", 1, "active", "externalId", "title", "userName")]
    told.ask("PUT", path, {**body, "title": "Director"})
    assert told.heard() == [notice("put", 2, "title")]
    told.patch(path, op("replace", "title", "Chief"))
    assert told.heard() == [notice("patch", 3, "title")]
    told.patch(path, op("replace", "active", False))
    assert told.heard() == [("prov:deactivate", {}), notice("patch", 4, "active")]
    told.patch(path, op("replace", "active", False))
    assert told.heard() == []
    told.ask("PUT", path, {**body, "title": "Chief", "active": True})
    assert told.heard() == [("prov:activate", {}), notice("put", 5, "active")]
    told.ask("DELETE", path)
    assert told.heard() == [("prov:delete", {})]


def test_the_sets_of_one_change_share_txn_and_subject(told: Told) -> None:
    """A deactivation with another attribute is one change of one resource, which is named below the base of SCIM."""
    body = {"schemas": [USER], "userName": "ada", "externalId": "e"}
    path = f"/Users/{told.ask('POST', '/Users', body)['id']}"
    told.claims()
    told.patch(path, op("replace", "active", False), op("add", "title", "Left"))
    claims = told.claims()
    assert [event(each) for each in claims] == [
        (SCIM + "prov:deactivate", {}),
        *((SCIM + name, payload) for name, payload in (notice("patch", 2, "active"), notice("patch", 2, "title"))),
    ]
    assert {each["txn"] for each in claims} == {claims[0]["txn"]}
    assert all(each["sub_id"] == {"format": "scim", "uri": path, "externalId": "e"} for each in claims)


def test_a_group_is_told_of_by_method_and_version(told: Told) -> None:
    """Members are named as an attribute, however many they are."""
    user_ids = [told.ask("POST", "/Users", {"schemas": [USER], "userName": name})["id"] for name in ("a", "b")]
    told.claims()
    members = [{"value": user_id} for user_id in user_ids]
    body = {"schemas": [GROUP], "displayName": "Crew", "externalId": "g"}
    path = f"/Groups/{told.ask('POST', '/Groups', {**body, 'members': members[:1]})['id']}"
    assert told.heard() == [notice("create", 1, "displayName", "externalId", "members")]
    told.patch(path, op("add", "members", members))
    (claims,) = told.claims()
    assert claims["sub_id"] == {"format": "scim", "uri": path, "externalId": "g"}
    assert event(claims)[1] == notice("patch", 2, "members")[1]
    told.ask("PUT", path, {**body, "displayName": "Team", "members": members[:1]})
    assert told.heard() == [notice("put", 3, "displayName"), notice("put", 3, "members")]
    told.ask("DELETE", path)
    assert told.heard() == [("prov:delete", {})]


def test_an_operators_type_is_named_by_its_own_endpoint(told: Told) -> None:
    """It is no user: its place, its attributes and its methods are its own."""
    body = {"schemas": [DEVICE], "displayName": "router", "externalId": "d"}
    path = f"/Devices/{told.ask('POST', '/Devices', body)['id']}"
    (claims,) = told.claims()
    assert claims["sub_id"] == {"format": "scim", "uri": path, "externalId": "d"}
    assert event(claims)[1] == notice("create", 1, "displayName", "externalId")[1]
    told.ask("PUT", path, {**body, "displayName": "switch"})
    assert told.heard() == [notice("put", 2, "displayName")]
    told.patch(path, op("replace", "displayName", "hub"))
    assert told.heard() == [notice("patch", 3, "displayName")]
    told.ask("DELETE", path)
    (claims,) = told.claims()
    assert (claims["sub_id"], event(claims)[1]) == ({"format": "scim", "uri": path}, {})


def test_roles_and_entitlements_are_claims(receiver: Party, acme: TenantUnderTest) -> None:
    """A user whose roles changed is told of with those of now; what tokens do not carry is not told so."""
    told = Told(receiver, receiver.stream(events_requested=[CLAIMS]), acme.scim_token())
    path = f"/Users/{told.ask('POST', '/Users', {'schemas': [USER], 'userName': 'ada'})['id']}"
    told.patch(path, op("add", "title", "Engineer"))
    assert told.heard() == []
    told.patch(path, op("add", "roles", [{"value": "editor"}, {"value": "author"}]))
    ((signal, payload),) = told.heard()
    assert (signal, payload["claims"]) == (CLAIMS, {"roles": ["author", "editor"]})


def test_a_user_who_comes_back_inactive_is_not_enabled(
    receiver: Party, acme: TenantUnderTest, clock: FixedClock
) -> None:
    """RISC tells of an account that can be used again, and of no other."""
    stream = receiver.stream(events_requested=[RISC + "account-enabled", SCIM + "prov:create:notice"])
    told = Told(receiver, stream, acme.scim_token())
    ids = [acme.user(active=False), acme.user(active=False)]
    told.claims()
    clock.advance(days=40)
    told.receiver = receiver.renewed()
    for user_id, active in zip(ids, (False, True), strict=True):
        with acme.runtime.database.unit_of_work(acme.id) as work:
            lifecycle = Lifecycle(work, acme.runtime.clock, OPERATOR)
            lifecycle.delete(lifecycle.find(user_id))
            lifecycle.restore(user_id, active=active)
    assert [signal.removeprefix(RISC) for signal, _ in told.heard()] == [
        "prov:create:notice",
        "account-enabled",
        "prov:create:notice",
    ]


def test_our_own_attributes_have_their_full_names() -> None:
    """The name in a notice is the path of the attribute in /Schemas."""
    assert provisioning.LIFECYCLE == standing.URN
