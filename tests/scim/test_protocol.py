"""Verbs, media types and endpoints: what is not served says so in SCIM (RFC 7644 §3.2, §3.12)."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.lifecycle.policy import SCHEMAS
from tests.scim.conftest import Connect
from tests.scim_client import ENTERPRISE, GROUP, LIFECYCLE, USER, ScimClient, body_of, location, refused, user

FILES: dict[str, Any] = {
    path.name: json.loads(path.read_text()) for path in sorted(Path(SCHEMAS / "scim").glob("*.json"))
}
SERVED = {"user.json": USER, "group.json": GROUP, "enterprise-user.json": ENTERPRISE, "lifecycle-user.json": LIFECYCLE}


def test_a_wrong_verb_is_told_the_right_ones(scim: ScimClient) -> None:
    """A verb that an endpoint does not have is 405 with Allow, never 404."""
    ada = scim.user("ada")
    for path, allowed in (
        ("/Users", "GET, POST"),
        ("/Groups", "GET, POST"),
        (f"/Users/{ada}", "GET, PUT, PATCH, DELETE"),
        ("/Users/.search", "POST"),
        ("/Bulk", "POST"),
        ("/Schemas", "GET"),
        (f"/Schemas/{USER}", "GET"),
        ("/ResourceTypes", "GET"),
        ("/ResourceTypes/User", "GET"),
        ("/ServiceProviderConfig", "GET"),
    ):
        wanted = set(allowed.split(", "))
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - wanted:
            answer = scim.send(method, path, user("x") if method in {"POST", "PUT", "PATCH"} else None)
            refused(answer, 405)
            assert wanted <= set(answer.headers["Allow"].split(", ")), (method, path)


def test_what_is_not_built_is_501(scim: ScimClient) -> None:
    """/Me is nobody to a connection that stands for no user, and says so."""
    for method in ("GET", "PUT", "PATCH", "DELETE", "POST"):
        refused(scim.send(method, "/Me", user("x") if method in {"POST", "PUT", "PATCH"} else None), 501)


def test_an_unknown_endpoint_is_not_found(scim: ScimClient) -> None:
    """Other paths are 404 in SCIM."""
    for path in ("/Devices", "/Devices/1", "/Users/1/2", "/v1/Users", "/Users/1/.search"):
        refused(scim.get(path), 404)
    refused(scim.post("/Devices", user("x")), 404)


def test_bodies_are_json(scim: ScimClient) -> None:
    """application/scim+json and application/json are read, with any charset; the rest is 415."""
    for number, kind in enumerate(
        (
            "application/scim+json",
            "application/json",
            "application/scim+json; charset=utf-8",
            "Application/JSON;charset=UTF-8",
        )
    ):
        body_of(scim.post("/Users", user(f"ada-{number}"), headers={"Content-Type": kind}), 201)
    for kind in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        refused(scim.post("/Users", user("x"), headers={"Content-Type": kind}), 415)
        refused(scim.send("PATCH", "/Users/x", user("x"), headers={"Content-Type": kind}), 415)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_answer_is_json_where_that_is_asked_for(scim: ScimClient) -> None:
    """Accept chooses between application/scim+json and application/json; who asks for neither gets the first."""
    for accept, kind in (
        ("application/json", "application/json"),
        ("application/json, */*;q=0.1", "application/json"),
        ("application/scim+json, application/json", "application/scim+json"),
        ("application/scim+json;q=0.5, application/json;q=0.9", "application/json"),
        ("*/*", "application/scim+json"),
        ("text/html", "application/scim+json"),
        ("", "application/scim+json"),
    ):
        for path, status in (("/Users", 200), ("/Users/nobody", 404), ("/Schemas", 200)):
            answer = scim.get(path, headers={"Accept": accept})
            assert (answer.status_code, answer.mimetype) == (status, kind), (accept, path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_body_says_what_it_is(scim: ScimClient, connect: Connect) -> None:
    """A strict body without schemas is refused; a lenient dialect reads it by its endpoint (RFC 7643 §3)."""
    okta = connect("okta")
    ada, team = scim.user("ada"), scim.group("Team")
    bodies: list[dict[str, Any]] = [{}, {"schemas": []}, {"schemas": None}]
    for number, unnamed in enumerate(bodies):
        for client in (scim, okta):
            answers = [
                client.post("/Users", {"userName": f"bob-{number}", **unnamed}),
                client.put(f"/Users/{ada}", {"userName": "ada", **unnamed}),
                client.put(f"/Groups/{team}", {"displayName": "Team", **unnamed}),
                client.post("/Users/.search", unnamed),
            ]
            for answer in answers:
                if client is scim:
                    assert "schemas is required" in refused(answer, 400, "invalidValue")["detail"]
                else:
                    assert answer.status_code < 300, answer.text


def test_a_trailing_slash_is_no_other_endpoint(scim: ScimClient) -> None:
    """A path with a slash at its end is the same."""
    ada = body_of(scim.post("/Users/", user("ada")), 201)["id"]
    assert body_of(scim.get(f"/Users/{ada}/"))["id"] == ada
    assert body_of(scim.get("/Users/"))["totalResults"] == 1


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_the_schemas_are_the_files(dialect: str, connect: Connect) -> None:
    """What is announced is what the files say, entry by entry and as a list (RFC 7643 §7)."""
    scim = connect(dialect)
    listed = body_of(scim.get("/Schemas"))
    assert {entry["id"] for entry in listed["Resources"]} == set(SERVED.values())
    assert listed["totalResults"] == len(SERVED)
    for name, urn in SERVED.items():
        body = body_of(scim.get(f"/Schemas/{urn}"))
        assert body.pop("meta") == {"resourceType": "Schema", "location": location(f"/Schemas/{urn}")}
        assert body == FILES[name]
        assert {**body, "meta": listed["Resources"][0]["meta"]}.keys() == listed["Resources"][0].keys()
    refused(scim.get("/Schemas/urn:x"), 404)


def test_the_resource_types_are_the_file(scim: ScimClient) -> None:
    """Users and Groups are announced with their endpoints and extensions (RFC 7643 §6)."""
    listed = body_of(scim.get("/ResourceTypes"))["Resources"]
    for entry in listed:
        entry.pop("meta")
    assert listed == FILES["resource-types.json"]
    assert body_of(scim.get("/ResourceTypes/User"))["endpoint"] == "/Users"
    refused(scim.get("/ResourceTypes/Device"), 404)


def test_the_capabilities_are_what_is_built(scim: ScimClient) -> None:
    """ServiceProviderConfig announces what the other tests show, within its limits (RFC 7643 §5)."""
    config = body_of(scim.get("/ServiceProviderConfig"))
    supported = {
        name: part["supported"] for name, part in config.items() if isinstance(part, dict) and "supported" in part
    }
    assert supported == {
        "patch": True, "bulk": True, "filter": True, "changePassword": False, "sort": True, "etag": True,
    }  # fmt: skip
    assert config["bulk"]["maxOperations"] == 1000
    assert config["filter"]["maxResults"] == 1000
    assert config["meta"]["location"] == location("/ServiceProviderConfig")
    assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauthbearertoken"]


def test_discovery_takes_no_filter(scim: ScimClient) -> None:
    """A filter on discovery is 403 (RFC 7644 §4)."""
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        refused(scim.get(path, filter='id eq "x"'), 403)
