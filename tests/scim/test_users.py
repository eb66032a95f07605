"""Users over SCIM: what is written is what is read, and a repeat is nothing."""

import pytest

from tests.clock import FixedClock
from tests.scim_client import ENTERPRISE, USER, ScimClient, body_of, created, location, op, refused, tables, user
from tests.service import TenantUnderTest

FULL = {
    "externalId": "00u1",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "displayName": "Ada Lovelace",
    "emails": [{"value": "ada@acme.example", "type": "work", "primary": True}],
    "roles": [{"value": "Analyst"}],
    "schemas": [USER, ENTERPRISE],
    ENTERPRISE: {"department": "Engines", "manager": {"value": "m-1"}},
}


def test_a_created_user_is_answered_whole(scim: ScimClient) -> None:
    """The answer carries id, meta, ETag and Location, and a read answers the same (RFC 7644 §3.3)."""
    answer = scim.post("/Users", user("ada", **FULL))
    body = body_of(answer, 201)
    place = location(f"/Users/{body['id']}")
    assert answer.headers["Location"] == place == body["meta"]["location"]
    assert answer.headers["ETag"] == body["meta"]["version"] == 'W/"1"'
    assert body["meta"]["created"] == body["meta"]["lastModified"] == "2026-11-23T09:00:00.000Z"
    assert body["active"] is True
    assert {name: body[name] for name in FULL} == FULL
    assert scim.user_view(body["id"]) == body


def test_a_list_shows_users_in_the_order_of_creation(scim: ScimClient) -> None:
    """A list counts and orders stably (RFC 7644 §3.4.2)."""
    ids = [scim.user(name) for name in ("cleo", "ada", "bob")]
    listed = body_of(scim.get("/Users"))
    assert [entry["id"] for entry in listed["Resources"]] == ids
    assert (listed["totalResults"], listed["startIndex"], listed["itemsPerPage"]) == (3, 1, 3)


def test_a_put_replaces_what_is_written(scim: ScimClient) -> None:
    """What a PUT leaves out is gone (RFC 7644 §3.5.1)."""
    ada = scim.user("ada", **FULL)
    body = body_of(scim.put(f"/Users/{ada}", user("ada", displayName="A. King")))
    assert body["displayName"] == "A. King"
    assert body.keys() & {"name", "emails", "roles", ENTERPRISE} == set()
    assert scim.user_view(ada) == body


def test_a_put_keeps_what_it_does_not_mention_of_the_link(scim: ScimClient) -> None:
    """Neither active nor externalId changes when a PUT leaves it out."""
    ada = scim.user("ada", externalId="00u1", active=False)
    body = body_of(scim.put(f"/Users/{ada}", user("ada", displayName="Ada")))
    assert (body["active"], body["externalId"]) == (False, "00u1")


def test_a_put_of_what_was_read_changes_nothing(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Read-only attributes of the body are ignored, and the version stays."""
    ada = scim.user("ada", **FULL)
    before = tables(acme)
    body = body_of(scim.put(f"/Users/{ada}", {**scim.user_view(ada), "id": "other", "meta": {"version": "9"}}))
    assert (body["id"], body["meta"]["version"]) == (ada, 'W/"1"')
    assert tables(acme) == before


def test_a_patch_changes_what_it_names(scim: ScimClient, clock: FixedClock) -> None:
    """A PATCH is answered with the resource at its next version (RFC 7644 §3.5.2)."""
    ada = scim.user("ada", **FULL)
    clock.advance(minutes=1)
    answer = scim.patch(
        f"/Users/{ada}",
        op("replace", "name.givenName", "Augusta"),
        op("add", f"{ENTERPRISE}:costCenter", "7"),
        op("remove", 'emails[type eq "work"]'),
        op("add", None, {"title": "Countess", "nickName": "A"}),
    )
    body = body_of(answer)
    assert body["name"] == {"givenName": "Augusta", "familyName": "Lovelace"}
    assert body[ENTERPRISE] == {"department": "Engines", "costCenter": "7", "manager": {"value": "m-1"}}
    assert (body["title"], body["nickName"], "emails" in body) == ("Countess", "A", False)
    assert body["meta"]["version"] == answer.headers["ETag"] == 'W/"2"'
    assert body["meta"]["lastModified"] == "2026-11-23T09:01:00.000Z"
    assert scim.user_view(ada) == body


def test_a_patch_is_all_or_nothing(scim: ScimClient, acme: TenantUnderTest) -> None:
    """One operation that cannot be applied leaves the others undone (RFC 7644 §3.5.2)."""
    ada = scim.user("ada")
    before = tables(acme)
    operations = op("replace", "title", "Countess"), op("replace", 'emails[type eq "work"].value', "x")
    refused(scim.patch(f"/Users/{ada}", *operations), 400, "noTarget")
    assert tables(acme) == before


@pytest.mark.parametrize(
    "operations",
    [
        [op("replace", "displayName", "Ada Lovelace")],
        [op("add", "emails", [{"value": "ada@acme.example", "type": "work", "primary": True}])],
        [op("replace", None, {"active": True})],
        [op("remove", "title")],
        [op("replace", "title", "x"), op("remove", "title")],
    ],
    ids=["same value", "same e-mail", "same state", "nothing to remove", "there and back"],
)
def test_a_repeat_is_nothing(scim: ScimClient, acme: TenantUnderTest, operations: list[dict[str, object]]) -> None:
    """What changes nothing bumps no version, and leaves no audit and no event."""
    ada = scim.user("ada", **FULL)
    before = tables(acme)
    assert body_of(scim.patch(f"/Users/{ada}", *operations))["meta"]["version"] == 'W/"1"'
    assert tables(acme) == before


def test_a_deleted_user_is_gone(scim: ScimClient) -> None:
    """After a DELETE the id is 404, and no list shows it (RFC 7644 §3.6)."""
    ada = scim.user("ada")
    answer = scim.delete(f"/Users/{ada}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert body_of(scim.get("/Users"))["totalResults"] == 0
    for again in (
        scim.get(f"/Users/{ada}"),
        scim.put(f"/Users/{ada}", user("ada")),
        scim.patch(f"/Users/{ada}", op("replace", "title", "x")),
        scim.delete(f"/Users/{ada}"),
    ):
        refused(again, 404)


def test_an_unknown_user_is_not_found(scim: ScimClient) -> None:
    """Every verb on an id that never was answers 404."""
    for method, body in (("GET", None), ("PUT", user("x")), ("DELETE", None)):
        refused(scim.send(method, "/Users/0", body), 404)
    refused(scim.patch("/Users/0", op("replace", "title", "x")), 404)


def test_password_is_refused_or_dropped(scim: ScimClient, okta: ScimClient) -> None:
    """No password is kept: strict connections hear so, Okta's random one is dropped."""
    refused(scim.post("/Users", user("ada", password="x")), 400, "invalidSyntax")
    body = body_of(okta.post("/Users", user("ada", password="x")), 201)
    assert "password" not in body


def test_a_write_leaves_audit_and_event_of_one_transaction(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A change is told in the audit trail and in the outbox, under one transaction id."""
    ada = created(scim.post("/Users", user("ada")))
    before = tables(acme)
    body_of(scim.patch(f"/Users/{ada}", op("replace", "title", "Countess")))
    after = tables(acme)
    assert len(after["audit"]) == len(before["audit"]) + 1
    assert len(after["outbox"]) == len(before["outbox"]) + 1
