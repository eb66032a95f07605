"""Stream management, as the conformance suite of OpenID tries it, over TLS."""

from typing import Any

import pytest

from tests.outbound.servers import Receiver
from tests.service import TenantUnderTest
from tests.ssf.conftest import POLL, PUSH, Answer, Party, Web, party

DISABLED = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
BROKEN = ";{ broken"


def err(answer: Answer, status: int) -> str:
    """Return the error code of a refusal, which is always a JSON object with a description."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json"), answer
    assert answer.body["description"]
    return str(answer.body["err"])


def test_the_configuration_says_where_everything_is(web: Web, acme: TenantUnderTest) -> None:
    """The metadata is public, short-lived, and complete for the CAEP interoperability profile."""
    answer = web.ask("GET", "/.well-known/ssf-configuration/t/acme")
    issuer = f"{web.base}/t/acme"
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body["issuer"] == issuer
    assert answer.body["spec_version"] == "1_0"
    assert answer.body["delivery_methods_supported"] == [PUSH, POLL]
    assert {"spec_urn": "urn:ietf:rfc:6749"} in answer.body["authorization_schemes"]
    places = [value for name, value in answer.body.items() if name.endswith("_endpoint") or name == "jwks_uri"]
    assert len(places) == 6
    assert all(place.startswith(f"{issuer}/") for place in places)
    assert web.ask("GET", answer.body["jwks_uri"]).status == 200
    assert web.ask("GET", "/.well-known/ssf-configuration/t/nobody").status == 404


def test_a_stream_lives_from_create_to_delete(receiver: Party, hook: Receiver) -> None:
    """Each operation answers with the status and the shape of SSF 1.0 §8.1.1."""
    delivery = {"method": PUSH, "endpoint_url": hook.url, "authorization_header": "Bearer secret"}
    created = receiver.ask("POST", "streams", {"delivery": delivery, "events_requested": [REVOKED, "urn:unknown"]})
    assert (created.status, created.headers["cache-control"]) == (201, "no-store")
    stream = created.body
    assert stream["iss"] == receiver.issuer
    assert stream["aud"] == receiver.client_id
    assert stream["events_delivered"] == [REVOKED]
    assert stream["events_requested"] == [REVOKED, "urn:unknown"]
    assert {DISABLED, REVOKED} <= set(stream["events_supported"])
    assert stream["delivery"] == {"method": PUSH, "endpoint_url": hook.url}
    assert receiver.ask("GET", f"streams?stream_id={stream['stream_id']}").body == stream
    assert receiver.ask("GET", "streams").body == [stream]
    updated = receiver.ask("PATCH", "streams", {"stream_id": stream["stream_id"], "description": "Host"})
    assert (updated.status, updated.body) == (200, {**stream, "description": "Host"})
    replaced = receiver.ask("PUT", "streams", {"stream_id": stream["stream_id"], "events_requested": [DISABLED]})
    assert (replaced.status, replaced.body["events_delivered"]) == (200, [DISABLED])
    assert replaced.body["delivery"]["method"] == POLL
    assert "description" not in replaced.body
    deleted = receiver.ask("DELETE", f"streams?stream_id={stream['stream_id']}")
    assert (deleted.status, deleted.body) == (204, b"")
    assert receiver.ask("GET", "streams").body == []
    assert gone(receiver, stream["stream_id"]) == [404] * 9


def gone(party: Party, stream_id: str) -> list[int]:
    """Return how every call about a stream is answered."""
    query, named = f"?stream_id={stream_id}", {"stream_id": stream_id}
    subject = {**named, "subject": {"format": "email", "email": "ada@example.com"}}
    answers = [
        party.ask("GET", f"streams{query}"),
        party.ask("PATCH", "streams", named),
        party.ask("PUT", "streams", named),
        party.ask("GET", f"status{query}"),
        party.ask("POST", "status", {**named, "status": "paused"}),
        party.ask("POST", "subjects:add", subject),
        party.ask("POST", "verify", named),
        party.ask("POST", f"streams/{stream_id}/poll", {"returnImmediately": True}),
        party.ask("DELETE", f"streams{query}"),
    ]
    assert {err(answer, 404) for answer in answers} == {"not_found"}
    return [answer.status for answer in answers]


def test_nobody_meets_the_streams_of_others(receiver: Party, web: Web, globex: TenantUnderTest) -> None:
    """The stream of another tenant, and that of another receiver of one's own, look as if they were not."""
    stream = receiver.stream()
    for stranger in (party(web, globex), party(web, receiver.tenant)):
        assert gone(stranger, stream["stream_id"]) == [404] * 9
        assert stranger.ask("GET", "streams").body == []
    assert receiver.ask("GET", "streams").body == [stream]
    assert err(receiver.ask("GET", f"{web.base}/t/globex/ssf/streams"), 401) == "invalid_token"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (BROKEN, 400),
        ("[]", 400),
        ({"delivery": {"method": "urn:ietf:rfc:0"}}, 400),
        ({"delivery": {"method": PUSH}}, 400),
        ({"delivery": {"method": PUSH, "endpoint_url": "http://10.0.0.1/"}}, 400),
        ({"delivery": {"method": PUSH, "endpoint_url": "https://rp.example", "authorization_header": "a\nb: c"}}, 400),
        ({"events_requested": "all"}, 400),
        ({"description": 7}, 400),
        ({"description": "x" * 70_000}, 413),
    ],
)
def test_a_stream_that_cannot_be_is_refused(receiver: Party, said: Any, status: int) -> None:
    """What cannot be understood is refused in words, and leaves nothing behind."""
    assert err(receiver.ask("POST", "streams", said), status) == "invalid_request"
    assert receiver.ask("GET", "streams").body == []


def test_what_is_ours_is_not_the_receivers_to_change(receiver: Party) -> None:
    """It may repeat what we set, not change it; broken bodies and missing names are refused."""
    stream = receiver.stream()
    assert receiver.ask("PATCH", "streams", stream).status == 200
    for name, value in (("iss", "https://evil.example"), ("aud", "x"), ("events_delivered", [])):
        said = {"stream_id": stream["stream_id"], name: value}
        assert err(receiver.ask("PATCH", "streams", said), 400) == "invalid_request"
        assert err(receiver.ask("PUT", "streams", said), 400) == "invalid_request"
    for method, path in (("PATCH", "streams"), ("PUT", "streams"), ("POST", "status"), ("POST", "verify")):
        assert err(receiver.ask(method, path, BROKEN), 400) == "invalid_request"
        assert err(receiver.ask(method, path, {}), 400) == "invalid_request"
    assert err(receiver.ask("POST", "subjects:add", {"stream_id": stream["stream_id"]}), 400) == "invalid_request"
    assert receiver.ask("GET", "streams").body == [stream]


def test_only_access_tokens_with_the_scope_open_the_door(receiver: Party, web: Web, acme: TenantUnderTest) -> None:
    """No token 401 without a code, a wrong one 401, too little scope 403 that names it (RFC 6750 §3.1)."""
    stream = receiver.stream()
    bare = web.ask("GET", "/t/acme/ssf/streams")
    assert (bare.status, "error=" in bare.headers["www-authenticate"]) == (401, False)
    for token in ("nonsense", acme.scim_token(scopes="ssf.manage"), acme.api_token()):
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            assert err(receiver.ask(method, "streams", None, token), 401) == "invalid_token"
    only_reads = party(web, acme, "ssf.read")
    assert only_reads.ask("GET", "streams").body == []
    refused = only_reads.ask("POST", "streams", {})
    assert (err(refused, 403), 'scope="ssf.manage"' in refused.headers["www-authenticate"]) == (
        "insufficient_scope",
        True,
    )
    assert party(web, acme, "scim").ask("GET", "streams").status == 403
    assert receiver.ask("GET", "streams").body == [stream]


@pytest.mark.parametrize("status", ["paused", "disabled", "enabled"])
def test_the_status_is_what_the_receiver_says(receiver: Party, status: str) -> None:
    """It is told back as it was said, with its reason."""
    named = {"stream_id": receiver.stream()["stream_id"]}
    assert receiver.ask("GET", f"status?stream_id={named['stream_id']}").body == {**named, "status": "enabled"}
    told = {**named, "status": status, **({} if status == "enabled" else {"reason": "maintenance"})}
    assert receiver.ask("POST", "status", {"reason": "maintenance", **told}).body == told
    assert receiver.ask("GET", f"status?stream_id={named['stream_id']}").body == told
    assert err(receiver.ask("POST", "status", {**named, "status": "asleep"}), 400) == "invalid_request"
