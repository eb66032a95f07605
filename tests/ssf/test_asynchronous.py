"""Asynchronous requests (RFC 9967 §2.5): answered with 202, and then told on the streams that asked for it."""

from typing import Any

import pytest
from flask import Flask

from app.db.rows import AuditRow, OutboxRow
from app.events.catalogue import SCIM
from app.events.streams.signals import SUPPORTED
from app.identity import logbook
from tests.scim_client import BULK, PATCH, USER, op, tables
from tests.service import TenantUnderTest
from tests.ssf.conftest import Answer, Party
from tests.ssf.tokens import event, read

ASYNC = SCIM + "misc:asyncresp"
RESPOND = "respond-async"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ADA = {"schemas": [USER], "userName": "ada@example.com", "externalId": "e-1"}


class Provider:
    """An identity provider that prefers not to wait, and the stream that tells it what became of its requests."""

    def __init__(self, receiver: Party) -> None:
        """Ask for the outcomes, and for the events of creation."""
        self.receiver = receiver
        self.token = receiver.tenant.scim_token()
        self.base = f"/t/{receiver.tenant.slug}/scim/v2"
        self.stream = receiver.stream(events_requested=[ASYNC, SCIM + "prov:create:notice"])

    def ask(
        self, method: str, path: str, body: Any = None, prefer: str | None = "respond-async", **more: str
    ) -> Answer:
        """Send a SCIM request."""
        named = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/scim+json", **more}
        return self.receiver.web.ask(method, self.base + path, body, **named, **({"Prefer": prefer} if prefer else {}))

    def accepted(self, *asked: Any, **more: Any) -> Answer:
        """Send a SCIM request that is answered before its outcome is told."""
        answer = self.ask(*asked, **more)
        assert (answer.status, answer.body, answer.headers["preference-applied"]) == (202, b"", "respond-async"), answer
        return answer

    def claims(self) -> list[dict[str, Any]]:
        """Return the claims of what was told since the last time."""
        sets = self.receiver.poll(self.stream).body["sets"]
        self.receiver.poll(self.stream, ack=list(sets), maxEvents=0)
        return [read(self.receiver, token) for token in sets.values()]

    def outcome(self, answer: Answer) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the subject and the payload of the one event that tells of a request."""
        (claims,) = self.claims()
        signal, payload = event(claims)
        assert (signal, claims["txn"]) == (ASYNC, answer.headers["set-txn"])
        return claims["sub_id"], payload


@pytest.fixture
def provider(receiver: Party) -> Provider:
    """Return an identity provider that prefers not to wait."""
    return Provider(receiver)


def test_a_creation(provider: Provider) -> None:
    """The answer says where the user is, and the event of the creation has the txn of the answer."""
    answer = provider.accepted("POST", "/Users", ADA)
    created, told = provider.claims()
    assert event(created)[0] == SCIM + "prov:create:notice"
    assert event(told) == (ASYNC, {"method": "POST", "version": 'W/"1"', "status": "201"})
    assert created["txn"] == told["txn"] == answer.headers["set-txn"]
    assert created["sub_id"] == told["sub_id"]
    path = told["sub_id"]["uri"]
    assert told["sub_id"]["externalId"] == "e-1"
    assert answer.headers["location"].endswith(provider.base + path)
    assert provider.ask("GET", path).body["userName"] == "ada@example.com"


def test_each_method_tells_its_status(provider: Provider) -> None:
    """What would have been answered is told: PUT, PATCH and DELETE as well."""
    path = provider.accepted("POST", "/Users", ADA).headers["location"].partition(provider.base)[2]
    provider.claims()
    patch = {"schemas": [PATCH], "Operations": [op("replace", "title", "Chief")]}
    for method, body, version, status in (
        ("PUT", {**ADA, "title": "Engineer"}, 'W/"2"', "200"),
        ("PATCH", patch, 'W/"3"', "200"),
        ("PATCH", {**patch, "Operations": [op("replace", "active", False)]}, 'W/"4"', "200"),
        ("DELETE", None, None, "204"),
    ):
        subject, payload = provider.outcome(provider.accepted(method, path, body))
        assert payload == {"method": method, "status": status, **({"version": version} if version else {})}
        assert subject == {"format": "scim", "uri": path, "externalId": "e-1"}


def test_refusals_are_told_and_change_nothing(provider: Provider, acme: TenantUnderTest) -> None:
    """A conflict, an unknown user and a stale version are told as they would be answered, without what was sent."""
    path = provider.accepted("POST", "/Users", ADA).headers["location"].partition(provider.base)[2]
    provider.claims()
    before = tables(acme)["users"]
    subject, payload = provider.outcome(provider.accepted("POST", "/Users", {**ADA, "externalId": "e-2"}))
    assert (subject, payload["status"]) == ({"format": "scim", "uri": "/Users"}, "409")
    assert payload["response"]["schemas"] == [ERROR]
    assert (payload["response"]["scimType"], payload["response"]["status"]) == ("uniqueness", "409")
    assert "ada@example.com" not in str(payload)
    subject, payload = provider.outcome(provider.accepted("PUT", "/Users/eve@example.com", ADA))
    assert (subject, payload["status"]) == ({"format": "scim", "uri": "/Users"}, "404")
    assert "eve@example.com" not in str(payload)
    _, payload = provider.outcome(provider.accepted("PUT", path, {**ADA, "title": "x"}, If_Match='W/"9"'))
    assert payload["status"] == "412"
    assert tables(acme)["users"] == before
    found = tables(acme)
    for table in (AuditRow.__tablename__, OutboxRow.__tablename__):
        rows = [str(row) for row in found[table] if "request.completed" in str(row)]
        assert len(rows) == 4
        assert not any("@example.com" in row for row in rows)


def test_what_is_refused_at_once(provider: Provider) -> None:
    """Nothing is promised where no JSON, permission, resource type or method stands behind a request."""
    assert provider.ask("POST", "/Users", "{").status == 400
    assert provider.ask("POST", "/Users", ADA, Authorization="Bearer wrong").status == 401
    assert provider.ask("POST", "/Unknowns", ADA).status == 404
    assert provider.ask("DELETE", "/Users").status == 405
    provider.token = provider.receiver.tenant.scim_token(scopes="scim.read")
    assert provider.ask("POST", "/Users", ADA).status == 403
    assert provider.claims() == []


def test_each_operation_of_a_bulk_request_is_told(provider: Provider) -> None:
    """Each has the txn of the answer and its place behind it; what failed is told among the others."""
    bulk = {
        "schemas": [BULK],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": ADA},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": ADA},
            {"method": "DELETE", "path": "/Groups/00000000-0000-7000-8000-000000000000"},
            {"method": "SING", "path": "/Users/eve@example.com"},
            7,
        ],
    }
    answer = provider.accepted("POST", "/Bulk", bulk)
    assert "location" not in answer.headers
    told = [each for each in provider.claims() if event(each)[0] == ASYNC]
    assert [each["txn"] for each in told] == [f"{answer.headers['set-txn']}:{index}" for index in range(5)]
    payloads = [event(each)[1] for each in told]
    assert payloads[0] == {"method": "POST", "bulkId": "a", "version": 'W/"1"', "status": "201"}
    assert [(each["status"], each.get("bulkId")) for each in payloads[1:]] == [
        ("409", "b"),
        ("404", None),
        ("400", None),
        ("400", None),
    ]
    places = ["/Users", "/Groups/00000000-0000-7000-8000-000000000000", "/Users", "/Bulk"]
    assert [each["sub_id"]["uri"] for each in told[1:]] == places
    too_many = provider.accepted("POST", "/Bulk", {"schemas": [BULK], "Operations": "all"})
    subject, payload = provider.outcome(too_many)
    assert (subject["uri"], payload["status"]) == ("/Bulk", "400")


def test_each_operation_that_was_left_undone_is_told(provider: Provider) -> None:
    """Whom nobody tells of an operation would wait for it; the answer that is waited for leaves them out."""
    wrong = {"method": "DELETE", "path": "/Groups/00000000-0000-7000-8000-000000000000"}
    creation = {"method": "POST", "path": "/Users", "bulkId": "a", "data": ADA}
    bulk = {"schemas": [BULK], "failOnErrors": 1, "Operations": [creation, wrong, {**creation, "bulkId": "b"}, wrong]}
    answer = provider.accepted("POST", "/Bulk", bulk)
    told = [each for each in provider.claims() if event(each)[0] == ASYNC]
    assert [each["txn"] for each in told] == [f"{answer.headers['set-txn']}:{index}" for index in range(4)]
    assert [event(each)[1]["status"] for each in told] == ["201", "404", "424", "424"]
    undone, (_, last) = told[2], event(told[3])
    assert undone["sub_id"] == {"format": "scim", "uri": "/Users"}
    detail = "The operation was not tried: as many of the request as failOnErrors says had failed before."
    error = {"schemas": [ERROR], "status": "424", "detail": detail}
    assert event(undone)[1] == {"method": "POST", "bulkId": "b", "status": "424", "response": error}
    assert last == {"method": "DELETE", "status": "424", "response": error}
    waited = provider.ask("POST", "/Bulk", {**bulk, "Operations": [wrong, creation]}, prefer=None)
    assert [each["status"] for each in waited.body["Operations"]] == ["404"]


def test_without_a_stream_that_asked_for_it_the_answer_is_waited_for(provider: Provider) -> None:
    """A preference is none where nobody would be told (RFC 7240 §2); what is announced says which it is."""
    assert provider.ask("GET", "/ServiceProviderConfig").body["securityEvents"] == {
        "asyncRequest": "request",
        "eventUris": [signal for signal in SUPPORTED if signal.startswith(SCIM)],
    }
    named = {"stream_id": provider.stream["stream_id"]}
    provider.receiver.ask("POST", "status", {**named, "status": "disabled"})
    assert "securityEvents" not in provider.ask("GET", "/ServiceProviderConfig").body
    provider.receiver.stream(events_requested=[f"{SCIM}prov:create:notice"])
    assert provider.ask("GET", "/ServiceProviderConfig").body["securityEvents"]["asyncRequest"] == "none"
    answer = provider.ask("POST", "/Users", ADA)
    assert (answer.status, "preference-applied" in answer.headers) == (201, False)
    provider.receiver.ask("POST", "status", {**named, "status": "paused"})
    held = provider.accepted("POST", "/Users", {**ADA, "userName": "bob", "externalId": "e-2"})
    provider.receiver.ask("POST", "status", {**named, "status": "enabled"})
    assert held.headers["set-txn"] in {claims["txn"] for claims in provider.claims()}


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("respond-async", 202),
        ("Respond-Async; why=hurry, return=minimal", 202),
        ("respond-async, wait=0", 202),
        ("respond-async, wait=soon", 202),
        ("respond-async, wait=60", 201),
        ("wait=0", 201),
        ("return=representation", 201),
        (None, 201),
    ],
)
def test_the_preference_is_read_as_it_is_written(provider: Provider, prefer: str | None, status: int) -> None:
    """Whoever is willing to wait for longer than it takes gets the answer itself (RFC 7240 §4.3)."""
    assert provider.ask("POST", "/Users", ADA, prefer=prefer).status == status
    assert len(provider.claims()) == (2 if status == 202 else 1)


def test_the_request_log_has_the_outcome(app: Flask, provider: Provider, acme: TenantUnderTest) -> None:
    """Who looks for the reason of an error finds it there, as if the answer had been waited for."""
    provider.accepted("POST", "/Users", ADA)
    provider.accepted("POST", "/Users", {**ADA, "externalId": "e-2"})
    app.extensions[logbook.EXTENSION].write()
    bearer = {"Authorization": f"Bearer {acme.api_token()}"}
    logged = provider.receiver.web.ask("GET", f"/t/{acme.slug}/api/v1/requests", None, **bearer).body["requests"]
    assert sorted((each["status"], each["error"]) for each in logged) == [(201, None), (409, "USER_NAME_TAKEN")]


def test_reads_are_answered(provider: Provider) -> None:
    """There is nothing to tell later of a search."""
    assert provider.ask("GET", "/Users").body["totalResults"] == 0
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
    assert provider.ask("POST", "/Users/.search", search).body["totalResults"] == 0
