"""Paths, queries, headers and filters that nobody should send: a SCIM error each, in good time, and nothing changed."""

import json
from time import monotonic
from urllib.parse import quote

from flask.testing import FlaskClient

from tests.scim_client import SEARCH, ScimClient, body_of, group, op, refused, tables, user
from tests.service import TenantUnderTest

ODD_IDS = [
    "'",
    '"',
    "' OR '1'='1",
    "%",
    "_",
    "*",
    "..%2F..",
    "../Users",
    "a" * 10_000,
    "-1",
    "null",
    "\u202e",
    "é",
    "%00",
    "x;y",
    "{}",
    "00000000-0000-0000-0000-000000000000",
    "<script>",
    "\\",
    "?",
    "#",
    "%25",
    "[1]",
    "\ud7ff",
    "Users",
    ".",
    ".search ",
]
ODD_FILTERS = [
    "",
    " ",
    "(",
    ")",
    "()",
    "userName",
    "userName eq",
    "userName eq eq",
    'userName eq "a',
    "userName eq 'a'",
    "eq",
    "not",
    "not (",
    "userName pr pr",
    'userName = "a"',
    'userName eq "a" and',
    'and userName eq "a"',
    'userName eq "a" xor id pr',
    'userName like "a"',
    "emails[",
    "emails[]",
    'emails[type eq "work"',
    'emails[type eq "a"]]',
    'userName[type eq "a"]',
    "shoeSize eq 7",
    'userName eq "\\u0000"',
    'userName eq "\\ud800"',
    'userName eq "\\x"',
    'urn:x:y:z eq "a"',
    'active eq "maybe"',
    "active gt true",
    "userName co 7 7",
    'meta.created gt "yesterday"',
    "userName eq nul",
    '"a" eq userName',
    "$where eq 1",
    'userName eq "a"; DROP TABLE users',
    'userName eq "a" --',
    "\\",
    "%",
    "\u202e",
    "a.b.c.d eq 1",
    "userName.x eq 1",
    "::eq 1",
    "not userName eq",
    "((((",
    "[" * 100,
    'userName eq "a" or ' * 300 + "id pr",
    "(" * 10_000 + "id pr" + ")" * 10_000,
    "not (" * 5_000 + "id pr" + ")" * 5_000,
    'userName eq "' + "a" * 65_536 + '"',
    "a" * 65_536,
    "title pr and " * 5_000,
]
ODD_TAGS = [
    '"',
    "W/",
    'W/"',
    '""',
    "x" * 7_000,
    '"1',
    "1",
    "W/1",
    ",,,",
    '"é"',
    "null",
    '"1" "2"',
    "' OR 1=1 --",
    "%00",
]


def test_an_odd_id_is_not_found(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Quotes, wildcards and long ids lead to nobody, by any verb."""
    scim.user("ada")
    scim.group("Team")
    before = tables(acme)
    for id_ in ODD_IDS:
        for endpoint in ("/Users/", "/Groups/"):
            path = endpoint + quote(id_, safe="%/")
            for answer in (
                scim.get(path),
                scim.put(path, user("x") if endpoint == "/Users/" else group("x")),
                scim.patch(path, op("replace", "displayName", "x")),
                scim.delete(path),
            ):
                assert answer.status_code in {404, 405}, (id_, answer.text)
                refused(answer, answer.status_code)
    assert tables(acme) == before


def test_no_null_character_gets_in(scim: ScimClient, acme: TenantUnderTest) -> None:
    """U+0000 in the path is 404, in the query 400."""
    before = tables(acme)
    refused(scim.get("/Users/%00"), 404)
    refused(scim.get("/Users/a%00b"), 404)
    refused(scim.delete("/Groups/%00"), 404)
    refused(scim.get("/%00"), 404)
    for name in ("filter", "attributes", "excludedAttributes", "sortBy", "startIndex"):
        assert scim.get("/Users", **{name: "\x00"}).status_code == 400
        assert scim.get("/Users", **{name: "userName\x00"}).status_code == 400
    assert tables(acme) == before


def test_an_odd_filter_is_refused_in_good_time(scim: ScimClient, entra: ScimClient, acme: TenantUnderTest) -> None:
    """Whatever is no filter is 400 invalidFilter, by GET and by POST, within moments (RFC 7644 §3.4.2.2)."""
    scim.user("ada")
    before = tables(acme)
    for filter_ in ODD_FILTERS:
        for client in (scim, entra):
            begun = monotonic()
            answers = [
                client.get("/Users", filter=filter_),
                client.post("/Users/.search", {"schemas": [SEARCH], "filter": filter_}),
            ]
            assert monotonic() - begun < 4, filter_[:80]
            for answer in answers:
                if client is scim and filter_.strip():
                    refused(answer, 400, "invalidFilter")
                elif answer.status_code != 200:
                    refused(answer, 400, json.loads(answer.data).get("scimType"))
    assert tables(acme) == before


def test_a_wildcard_is_a_character_like_any_other(scim: ScimClient) -> None:
    """Wildcards of LIKE and GLOB, and quotes, are compared as they are."""
    for name in ("100%", "100x", "a_b", "axb", "a*b", "it's", 'say "x"', "back\\slash"):
        scim.user(name)
    for filter_, found in (
        ('userName sw "100%"', ["100%"]),
        ('userName co "_"', ["a_b"]),
        ('userName co "%"', ["100%"]),
        ('userName co "*"', ["a*b"]),
        ('userName co "\'"', ["it's"]),
        ('userName ew "\\"x\\""', ['say "x"']),
        ('userName co "\\\\"', ["back\\slash"]),
    ):
        listed = body_of(scim.get("/Users", filter=filter_))
        assert [entry["userName"] for entry in listed["Resources"]] == found, filter_


def test_odd_queries_are_answered(scim: ScimClient, client: FlaskClient, acme: TenantUnderTest) -> None:
    """Invalid UTF-8, keys without values, repeated and unknown keys never break the server."""
    scim.user("ada")
    before = tables(acme)
    for query in (
        "filter=%ff%fe",
        "filter=%ed%a0%80",
        "%ff=1",
        "=",
        "&&&",
        "?",
        "",
        "filter",
        "a=b&a=c",
        "count=1&count=2",
        "%",
        "count=%",
        "attributes=,,,",
        "attributes=,userName",
        "sortBy=%00",
        "count=1e3",
        "startIndex=%2B1",
        "x" * 5_000,
        "filter=userName%20eq%20%22%ff%22",
        "attributes=" + "a," * 2_000,
        "cursor=abc",
        "cursor",
    ):
        answer = client.get(f"/t/acme/scim/v2/Users?{query}", headers=acme.bearer(scim.token))
        assert answer.status_code in {200, 400, 501}, (query, answer.text)
        if answer.status_code != 200:
            refused(answer, answer.status_code, json.loads(answer.data).get("scimType"))
    assert tables(acme) == before


def test_an_odd_entity_tag_matches_nothing(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A write under a tag that is not the version is 412 and changes nothing; a read is answered in full."""
    ada = scim.user("ada")
    scim.patch(f"/Users/{ada}", op("replace", "title", "x"))
    before = tables(acme)
    for tag in ODD_TAGS:
        header = {"If-Match": tag.encode().decode("latin-1")}
        refused(scim.patch(f"/Users/{ada}", op("replace", "title", "y"), headers=header), 412)
        refused(scim.delete(f"/Users/{ada}", headers=header), 412)
        body_of(scim.get(f"/Users/{ada}", headers={"If-None-Match": header["If-Match"]}))
    assert tables(acme) == before


def test_odd_headers_are_no_failure(scim: ScimClient, client: FlaskClient, acme: TenantUnderTest) -> None:
    """Whatever stands in Content-Type, Accept or Authorization, the answer is a SCIM body."""
    for kind in ("", "x", "text/html", "application/json; charset=utf-16", "/", "application/json;;;", "é"):
        answer = scim.post("/Users", user("ada"), headers={"Content-Type": kind})
        assert answer.status_code in {201, 409, 415}, kind
        if answer.status_code == 415:
            refused(answer, 415)
    for accept in ("text/html", "*/*;q=0", "x", ""):
        assert body_of(scim.get("/Users", headers={"Accept": accept}))
    for shown in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Basic YTpi",
        "x" * 8_000,
        "Bearer " + "x" * 8_000,
        "Bearer é",
        "\t",
    ):
        answer = client.get("/t/acme/scim/v2/Users", headers={"Authorization": shown})
        assert answer.status_code in {400, 401}, shown
        refused(answer, answer.status_code)
        assert "WWW-Authenticate" in answer.headers
