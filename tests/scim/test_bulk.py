"""Bulk requests: each operation is the single request it stands for, alone in its success and in its failure."""

import json
from typing import Any

from tests.scim_client import BULK, PATCH, POLICY_ERROR, ScimClient, body_of, group, location, op, refused, tables, user
from tests.service import TenantUnderTest

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def post(path: str, data: Any, bulk_id: str = "a") -> dict[str, Any]:
    """Return a creation."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def outcomes(scim: ScimClient, *operations: Any, **envelope: Any) -> list[dict[str, Any]]:
    """Return what became of each operation."""
    body = body_of(scim.bulk(*operations, **envelope))
    assert body["schemas"] == [RESPONSE]
    done: list[dict[str, Any]] = body["Operations"]
    return done


def statuses(scim: ScimClient, *operations: Any, **envelope: Any) -> list[str]:
    """Return the status of each operation."""
    return [each["status"] for each in outcomes(scim, *operations, **envelope)]


def test_every_verb_is_carried_out(scim: ScimClient) -> None:
    """Operations answer as single requests do, with bulkId, location and version (RFC 7644 §3.7)."""
    bob, cleo = scim.user("bob"), scim.user("cleo")
    patch = {"schemas": [PATCH], "Operations": [op("replace", "title", "x")]}
    made, put, patched, gone = outcomes(
        scim,
        post("/Users", user("ada"), "q"),
        {"method": "PUT", "path": f"/Users/{bob}", "data": user("bob", title="x")},
        {"method": "patch", "path": f"/Users/{cleo}", "data": patch, "version": 'W/"1"'},
        {"method": "DELETE", "path": f"/Users/{bob}"},
    )
    ada = made["location"].rpartition("/")[2]
    assert made == {
        "method": "POST", "bulkId": "q", "location": location(f"/Users/{ada}"), "version": 'W/"1"', "status": "201",
    }  # fmt: skip
    assert (put["status"], put["location"], put["version"]) == ("200", location(f"/Users/{bob}"), 'W/"2"')
    assert (patched["status"], patched["method"], patched["version"]) == ("200", "PATCH", 'W/"2"')
    assert gone == {"method": "DELETE", "location": location(f"/Users/{bob}"), "status": "204"}
    assert scim.user_view(ada)["userName"] == "ada"
    refused(scim.get(f"/Users/{bob}"), 404)


def test_a_bulk_id_stands_for_what_it_creates(scim: ScimClient) -> None:
    """References go backward and forward, in data and in paths (RFC 7644 §3.7.2)."""
    add = {"schemas": [PATCH], "Operations": [op("add", "members", [{"value": "bulkId:b"}])]}
    done = outcomes(
        scim,
        post("/Groups", group("Team", "bulkId:a"), "g"),
        post("/Users", user("ada"), "a"),
        post("/Users", user("bob"), "b"),
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": add},
    )
    assert [each["status"] for each in done] == ["201", "201", "201", "200"]
    team, ada, bob = (each["location"].rpartition("/")[2] for each in done[:3])
    assert scim.members(team) == sorted([ada, bob])


def test_a_reference_may_be_written_in_escapes(scim: ScimClient) -> None:
    """JSON has several spellings of one text, and each of them refers."""
    sent = {
        "schemas": [BULK],
        "Operations": [post("/Users", user("ada"), "a"), post("/Groups", group("T", "bulkId:a"), "t")],
    }
    body = json.dumps(sent).replace("bulkId:a", "\\u0062ulkId:a").encode()
    done = body_of(scim.post("/Bulk", body))["Operations"]
    ada, team = (each["location"].rpartition("/")[2] for each in done)
    assert scim.members(team) == [ada]


def test_a_bulk_id_that_stands_for_nothing_is_a_conflict(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Unknown and failed references are 409, and leave nothing."""
    before = tables(acme)
    assert statuses(scim, post("/Groups", group("C", "bulkId:nobody"), "c")) == ["409"]
    assert statuses(scim, post("/Users", {"userName": 7}, "u"), post("/Groups", group("E", "bulkId:u"), "e")) == [
        "400",
        "409",
    ]
    assert tables(acme) == before


def test_a_failed_operation_leaves_nothing(scim: ScimClient, acme: TenantUnderTest) -> None:
    """What fails is undone on its own, the rest stays; its error is that of the single request."""
    ada = scim.user("ada", roles=[{"value": "Owner"}])
    before = tables(acme)
    both = {"schemas": [PATCH], "Operations": [op("replace", "title", "x"), op("replace", "active", False)]}
    done = outcomes(
        scim,
        {"method": "PATCH", "path": f"/Users/{ada}", "data": both},
        post("/Groups", group("Team", ada, "nobody")),
        post("/Users", user("ADA"), "b"),
        {"method": "DELETE", "path": "/Users/0"},
        {"method": "PATCH", "path": f"/Users/{ada}", "data": both, "version": 'W/"9"'},
    )
    assert [each["status"] for each in done] == ["409", "400", "409", "404", "412"]
    assert [each["response"]["status"] for each in done] == ["409", "400", "409", "404", "412"]
    assert tables(acme) == before
    assert statuses(scim, {"method": "DELETE", "path": "/Users/0"}, post("/Users", user("bob"))) == ["404", "201"]
    assert len(tables(acme)["users"]) == 2


def test_a_refused_operation_says_what_the_single_request_would(scim: ScimClient) -> None:
    """Its error names code, guard, remedies and preflight: PATCH, PUT and DELETE of a user, and a userName taken."""
    ada = scim.user("ada", roles=[{"value": "Owner"}])
    patch = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}
    requests: list[tuple[str, str, Any]] = [
        ("PATCH", f"/Users/{ada}", patch),
        ("PUT", f"/Users/{ada}", user("ada", active=False)),
        ("DELETE", f"/Users/{ada}", None),
        ("POST", "/Users", user("ada")),
    ]
    alone = [scim.send(method, path, body).json for method, path, body in requests]
    operations = [
        {"method": method, "path": path, "data": body, "bulkId": "b"} if body else {"method": method, "path": path}
        for method, path, body in requests
    ]
    assert [each["response"] for each in outcomes(scim, *operations)] == alone
    assert [(body or {})[POLICY_ERROR]["code"] for body in alone] == ["LAST_OWNER"] * 3 + ["USER_NAME_TAKEN"]
    assert (alone[0] or {})[POLICY_ERROR]["preflight"].endswith(f"/t/acme/api/v1/users/{ada}/preflight")


def test_the_client_says_how_many_errors_it_bears(scim: ScimClient) -> None:
    """After failOnErrors errors nothing more is tried; 0 and none never stop (RFC 7644 §3.7.3)."""
    wrong = {"method": "DELETE", "path": "/Users/0"}
    for number, (borne, tried) in enumerate(((1, 1), (2, 2), (3, 3), (0, 4), (None, 4), (10, 4), (2.0, 2))):
        operations = [wrong, wrong, wrong, post("/Users", user(f"ada-{number}"))]
        assert len(outcomes(scim, *operations, failOnErrors=borne)) == tried, borne
        found = body_of(scim.get("/Users", filter=f'userName eq "ada-{number}"'))
        assert found["totalResults"] == (1 if tried == 4 else 0)


def test_a_bad_envelope_is_refused(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A body that is no bulk request is 400 as a whole, and nothing is tried."""
    before = tables(acme)
    good = [post("/Users", user("ada"))]
    envelopes: list[Any] = [
        {},
        {"schemas": [BULK]},
        {"Operations": good},
        {"schemas": [BULK], "Operations": None},
        {"schemas": BULK, "Operations": {}},
        {"schemas": [BULK], "Operations": "x"},
        {"schemas": ["x"], "Operations": good},
        {"schemas": 7, "Operations": good},
        {"schemas": [BULK], "Operations": good, "failOnErrors": -1},
        {"schemas": [BULK], "Operations": good, "failOnErrors": "1"},
        {"schemas": [BULK], "Operations": good, "failOnErrors": True},
        {"schemas": {BULK: 1}, "Operations": good, "failOnErrors": 1.5},
    ]
    for envelope in envelopes:
        answer = scim.post("/Bulk", envelope)
        refused(answer, 400, answer.get_json().get("scimType"))
    assert tables(acme) == before


def test_a_bad_operation_fails_alone(scim: ScimClient, acme: TenantUnderTest) -> None:
    """An operation that is none is an error of its own, in SCIM words."""
    before = tables(acme)
    odd: list[Any] = [
        None,
        "x",
        7,
        [],
        {},
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users"},
        {"method": 7, "path": "/Users"},
        {"method": {}, "path": "/Users"},
        {"method": ["POST"], "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": user("x")},
        post("/Users", None),
        post("/Users", "x"),
        post("/Users", []),
        post("/Nothing", user("x")),
        post("/Users/1", user("x")),
        post("/Me", user("x")),
        post("/Bulk", {}),
        post("/", {}),
        post("/Users/.search", {}),
        {"method": "DELETE", "path": "/Users"},
        {"method": "DELETE", "path": None},
        post("", {}),
        {"method": "PATCH", "path": "/Users/0", "data": None},
        post("http://x/Users", user("x")),
        post("../Users", user("x")),
    ]
    for operation in odd:
        done = outcomes(scim, operation)
        assert len(done) == 1
        assert done[0]["status"][0] == "4", (operation, done)
        assert done[0]["response"]["detail"]
    twice = [post("/Users", user("ada"), "a"), post("/Users", user("bob"), "a")]
    assert tables(acme) == before
    assert statuses(scim, *twice) == ["201", "400"]


def test_the_limits_are_kept(scim: ScimClient, acme: TenantUnderTest) -> None:
    """More operations or bytes than announced are 413, and nothing is tried (RFC 7644 §3.7.4)."""
    before = tables(acme)
    wrong = {"method": "DELETE", "path": "/Users/0"}
    assert "1000" in refused(scim.bulk(*[wrong] * 1001), 413)["detail"]
    refused(scim.bulk(post("/Users", user("x" * (10 * 2**20)))), 413)
    assert len(outcomes(scim, *[wrong] * 1000)) == 1000
    assert tables(acme) == before


def test_a_dialect_is_spoken_in_bulk_too(entra: ScimClient) -> None:
    """The tolerances of a dialect hold for each operation."""
    ada = entra.user("ada")
    patch = {"schemas": [PATCH], "Operations": [op("Replace", "active", "False")]}
    assert statuses(entra, {"method": "PATCH", "path": f"/Users/{ada}", "data": patch}) == ["200"]
    assert entra.user_view(ada)["active"] is False


def test_a_user_created_in_bulk_may_leave_in_bulk(scim: ScimClient) -> None:
    """Operations see what those before them did."""
    done = outcomes(
        scim,
        post("/Users", user("ada", externalId="1")),
        {"method": "DELETE", "path": "/Users/bulkId:a"},
        post("/Users", user("ada", externalId="1"), "b"),
    )
    assert [each["status"] for each in done] == ["201", "204", "201"]
    assert done[0]["location"] == done[2]["location"]


def test_a_failure_changes_nothing_for_the_others(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Operations end alike, and leave the same trail, whether or not another of the same request fails."""
    off = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}

    def run(name: str, *more: Any) -> tuple[list[Any], list[str]]:
        operations = [
            post("/Users", user(f"{name}-ada", externalId=f"{name}-1"), "a"),
            post("/Users", user(f"{name}-bob"), "b"),
            post("/Groups", group(name, "bulkId:a", "bulkId:b"), "g"),
            {"method": "PATCH", "path": "/Users/bulkId:a", "data": off},
            {"method": "DELETE", "path": "/Users/bulkId:b"},
            post("/Users", user(f"{name}-bob", title="again"), "c"),
            post("/Users", user(f"{name}-ada", externalId=f"{name}-1", title="again"), "d"),
        ]
        done = outcomes(scim, *operations, *more)[: len(operations)]
        ids = {each["location"].rpartition("/")[2] for each in done}
        with acme.runtime.database.reading(acme.id) as work:
            trail = sorted((entry.at, entry.action) for id_ in ids for entry in work.audit.of(id_))
            told = sorted((event.created_at, event.type) for id_ in ids for event in work.outbox.of(id_))
        assert trail == told
        return [(each["status"], each.get("version")) for each in done], [action for _, action in trail]

    unbroken = run("one")
    assert [status for status, _ in unbroken[0]] == ["201", "201", "201", "200", "204", "201", "201"]
    assert unbroken == run("two", {"method": "DELETE", "path": "/Users/0"})
