"""Bodies that nobody should send: each is a SCIM error of the right status in words for people, and changes nothing."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.clock import FixedClock
from tests.scim.conftest import Connect
from tests.scim_client import BULK, GROUP, PATCH, USER, ScimClient, body_of, group, op, refused, tables, user
from tests.service import TenantUnderTest

DEEP = 10_000
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n",
    "no JSON": b"userName=ada",
    "half": b'{"userName": "ada"',
    "two": b'{"userName": "ada"}{}',
    "a list": b"[]",
    "a list of users": b'[{"userName": "ada"}]',
    "a string": b'"ada"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "NaN": b'{"userName": "ada", "x": NaN}',
    "Infinity": b'{"userName": "ada", "x": -Infinity}',
    "invalid UTF-8": b'{"userName": "\xff\xfe"}',
    "UTF-16": '{"userName": "ada"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"userName": "ada"}',
    "a lone surrogate": b'{"userName": "\\ud800"}',
    "a lone surrogate in a key": b'{"userName": "ada", "\\udfff": 1}',
    "control character": b'{"userName": "a\x01"}',
    "deep lists": b'{"userName": "ada", "x": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"x":' * DEEP + b"1" + b"}" * DEEP,
    "deep and unclosed": b'{"x":[' * DEEP,
    "deep behind quotes": b'{"userName": "\\\\", "x": "\\"", "y": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "comments": b'{"userName": "ada" /* no */}',
    "trailing comma": b'{"userName": "ada",}',
    "single quotes": b"{'userName': 'ada'}",
}
HUGE_INTEGER = b'{"schemas": ["%s"], "userName": "new", "emails": [{"value": "x", "primary": 1%s}]}' % (
    USER.encode(),
    b"0" * 5000,
)
WRONG: list[Any] = [None, 1, 1.5, True, "x", [], {}, [1], [None], [[]], [{}], {"value": 1}, {"x": "y"}, 10**18, "\x00"]
STRINGS = ["userName", "displayName", "externalId", "nickName", "title", "locale"]
NO_STRINGS: list[Any] = [1, 1.5, True, [], {}, ["x"]]
NO_SCHEMAS: list[Any] = [[USER], "x", [1], {}]
OTHERS = ["name", "emails", "roles", "addresses", "active", "schemas", "x509Certificates", "entitlements"]


def test_a_broken_body_is_refused(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """What is no JSON object is 400 by every verb that takes a body, in any dialect."""
    ada, team = scim.user("ada"), scim.group("Team")
    targets = [("POST", "/Users"), ("PUT", f"/Users/{ada}"), ("PATCH", f"/Users/{ada}"), ("PATCH", f"/Groups/{team}")]
    targets += [("POST", "/Bulk"), ("POST", "/Users/.search"), ("POST", "/Groups")]
    before = tables(acme)
    for name, body in BROKEN.items():
        for client in (scim, okta):
            for method, path in targets:
                answer = client.send(method, path, body)
                assert answer.status_code == 400, (name, method, path, answer.text)
                refused(answer, 400, json.loads(answer.data)["scimType"])
    assert tables(acme) == before


def test_a_character_no_database_holds_is_refused(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """U+0000 in any value or name is 400 invalidValue."""
    ada, team = scim.user("ada"), scim.group("Team")
    before = tables(acme)
    for client in (scim, okta):
        for answer in (
            client.post("/Users", user("a\x00b")),
            client.put(f"/Users/{ada}", user("ada", displayName="\x00")),
            client.put(f"/Users/{ada}", {**user("ada"), "x\x00": 1}),
            client.patch(f"/Users/{ada}", op("replace", "title", "\x00")),
            client.patch(f"/Users/{ada}", op("replace", 'emails[value eq "\x00"].type', "x")),
            client.patch(f"/Groups/{team}", op("add", "members", [{"value": "\x00"}])),
            client.post("/Users/.search", {"filter": 'userName eq "\x00"'}),
        ):
            refused(answer, 400, "invalidValue")
    assert tables(acme) == before


@pytest.mark.parametrize("dialect", ["strict", "okta", "entra", "onelogin"])
def test_a_wrong_type_is_refused_in_plain_words(dialect: str, connect: Connect, clock: FixedClock) -> None:
    """A value of another type is 400 by POST, PUT and PATCH, or mended, but never a failure of the server."""
    scim = connect(dialect)
    ada = scim.user("ada")
    for name in [*STRINGS, *OTHERS]:
        for value in WRONG:
            for answer in (
                scim.post("/Users", {**user("new"), name: value}),
                scim.put(f"/Users/{ada}", {**user("ada"), name: value}),
                scim.patch(f"/Users/{ada}", op("replace", name, value)),
                scim.patch(f"/Users/{ada}", op("add", None, {name: value})),
            ):
                said = json.loads(answer.data)
                if answer.status_code == 201:
                    clock.advance(minutes=2)  # so that it is no mass change
                    assert scim.delete(f"/Users/{said['id']}").status_code == 204
                elif answer.status_code != 200:
                    assert answer.status_code == 400 or said["scimType"] == "uniqueness", (name, value, said)
                    refused(answer, answer.status_code, said.get("scimType"))


def test_a_string_is_not_taken_from_another_type(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A strict connection is told the attribute and what it must be."""
    ada = scim.user("ada")
    before = tables(acme)
    for name in STRINGS:
        for value in NO_STRINGS:
            assert (
                name in refused(scim.put(f"/Users/{ada}", {**user("ada"), name: value}), 400, "invalidValue")["detail"]
            )
    assert tables(acme) == before


def test_an_unknown_attribute_is_refused_or_ignored(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """A strict connection is told which attribute it is; others are understood without it."""
    ada = scim.user("ada")
    before = tables(acme)
    for body in ({"shoeSize": 7}, {"name": {"shoe": "x"}}, {"urn:example:Shoe": {"size": 7}}):
        refused(scim.post("/Users", {**user("new"), **body}), 400, "invalidSyntax")
        refused(scim.put(f"/Users/{ada}", {**user("ada"), **body}), 400, "invalidSyntax")
    for operation in (op("replace", "shoeSize", 7), op("add", None, {"shoeSize": 7}), op("add", "name.shoe", "x")):
        assert scim.patch(f"/Users/{ada}", operation).status_code == 400
    assert tables(acme) == before
    assert okta.put(f"/Users/{ada}", {**user("ada"), "shoeSize": 7}).status_code == 200
    assert okta.patch(f"/Users/{ada}", op("add", None, {"shoeSize": 7})).status_code == 200
    assert tables(acme) == before


def test_a_patch_without_sense_is_refused(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """Operations that are no list of operations, or too many, are refused as a whole (RFC 7644 §3.5.2)."""
    ada, team = scim.user("ada"), scim.group("Team")
    before = tables(acme)
    many = [op("replace", "title", "x")] * 1001
    odd: list[Any] = [None, "x", 1, {}, [None], ["x"], [1], [[]], [{}], [{"op": "frob", "path": "title", "value": "x"}]]
    odd += [[{"op": None, "path": "title"}], [{"op": "add", "path": 1, "value": "x"}], [{"op": "add", "path": {}}]]
    odd += [[{"op": "add", "path": "", "value": "x"}], [{"op": "add"}], [{"op": "remove"}], [{"op": "add", "value": 1}]]
    odd += [[{"op": "add", "path": "emails[", "value": "x"}], [{"op": "add", "path": "emails[type eq]", "value": "x"}]]
    odd += [[{"op": "add", "path": "a" * 70_000, "value": "x"}], [{"op": "remove", "path": "(" * 5_000}]]
    odd += [[{"op": "remove", "path": f"emails[{'(' * 5_000}type pr"}]]
    odd += [[{"op": "replace", "path": "id", "value": "x"}], [{"op": "replace", "path": "meta.version", "value": "x"}]]
    for client in (scim, okta):
        for path in (f"/Users/{ada}", f"/Groups/{team}"):
            for operations in odd:
                answer = client.send("PATCH", path, {"schemas": [PATCH], "Operations": operations})
                if client is scim:
                    assert answer.status_code == 400, (operations, answer.text)
                if answer.status_code not in {200, 204}:
                    refused(answer, 400, json.loads(answer.data).get("scimType"))
            refused(client.send("PATCH", path, {"schemas": [PATCH], "Operations": many}), 413)
    assert tables(acme) == before


def test_a_patch_names_its_schema(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A strict connection says what message it sends (RFC 7644 §3.1)."""
    ada = scim.user("ada")
    before = tables(acme)
    for schemas in NO_SCHEMAS:
        body = {"schemas": schemas, "Operations": [op("replace", "title", "x")]}
        answer = scim.send("PATCH", f"/Users/{ada}", body)
        refused(answer, 400, json.loads(answer.data).get("scimType"))
    assert tables(acme) == before


def test_a_large_body_is_refused(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """A body over the limit is 413, whatever it holds (RFC 7644 §3.12)."""
    ada = scim.user("ada")
    before = tables(acme)
    filler = "x" * (10 * 2**20)
    for client in (scim, okta):
        for answer in (
            client.post("/Users", user("new", title=filler)),
            client.put(f"/Users/{ada}", user("ada", title=filler)),
            client.patch(f"/Users/{ada}", op("replace", "title", filler)),
            client.post("/Bulk", {"schemas": [BULK], "Operations": [], "x": filler}),
            client.post("/Users/.search", {"filter": filler}),
            client.post("/Users", filler.encode()),
        ):
            refused(answer, 413)
    assert tables(acme) == before


def test_a_body_of_unknown_length_is_measured(client: FlaskClient, scim: ScimClient, acme: TenantUnderTest) -> None:
    """A chunked body, which announces no length, is 413 once it is too long, and read whole before."""
    for body, status in ((json.dumps(user("ada")).encode(), 201), (b" " * (10 * 2**20) + b"{}", 413)):
        headers = {**acme.bearer(scim.token), "Content-Type": "application/scim+json"}
        builder = EnvironBuilder("/t/acme/scim/v2/Users", method="POST", data=body, headers=list(headers.items()))
        environ = {**builder.get_environ(), "wsgi.input_terminated": True}
        del environ["CONTENT_LENGTH"]
        assert client.open(environ).status_code == status


def test_numbers_that_no_database_holds_are_refused(scim: ScimClient, okta: ScimClient, acme: TenantUnderTest) -> None:
    """Numbers too large for anything are an error of the client, as a value and as a page."""
    before = tables(acme)
    for client in (scim, okta):
        for body in (HUGE_INTEGER, b'{"userName": 1e400}', b'{"userName": -1e400}'):
            answer = client.send("POST", "/Users", body)
            refused(answer, 400, json.loads(answer.data)["scimType"])
        for number in ("1e400", "9" * 400, "1.5", "[]"):
            answer = client.send("POST", "/Users/.search", f'{{"count": {number}, "startIndex": {number}}}'.encode())
            refused(answer, 400, json.loads(answer.data)["scimType"])
    assert tables(acme) == before


def test_of_a_key_given_twice_the_last_counts(scim: ScimClient, entra: ScimClient) -> None:
    """Keys that are equal, or differ in case alone, are one attribute with the value that came last."""
    ada = scim.user("ada")
    for said, name, value in (
        ('"title": "a", "title": "b"', "title", "b"),
        ('"Title": "a", "title": "b"', "title", "b"),
        ('"active": true, "ACTIVE": false', "active", False),
        ('"ACTIVE": false, "active": true', "active", True),
    ):
        for client in (scim, entra):
            body = f'{{"schemas": ["{USER}"], "userName": "ada", {said}}}'.encode()
            assert body_of(client.send("PUT", f"/Users/{ada}", body))[name] == value
            assert client.user_view(ada)[name] == value


def test_values_are_kept_as_they_were_sent(scim: ScimClient) -> None:
    """Whatever Unicode can say is stored and found again."""
    for name in ("Zoë 🎉", "a'b\"c\\d", "%_*", "\u202eright", "\U0010ffff", " ada ", "<b>", "'; DROP TABLE users; --"):
        ada = scim.user(name, displayName=name)
        assert scim.user_view(ada)["userName"] == scim.user_view(ada)["displayName"] == name
        found = scim.get("/Users", filter=f"userName eq {json.dumps(name)}").get_json()
        assert [entry["id"] for entry in found["Resources"]] == [ada]
    team = scim.post("/Groups", group("'; DROP TABLE groups; --")).get_json()
    assert team["schemas"] == [GROUP]
