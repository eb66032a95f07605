"""Our extension of users: computed from the row, returned on request, and ``deactivateAt`` writable by scope."""

from typing import Any

import pytest

from app.db.rows import UserRow
from tests.clock import FixedClock
from tests.scim.conftest import Connect
from tests.scim_client import LIFECYCLE, ScimClient, body_of, op, refused, tables, user
from tests.service import TenantUnderTest

SOON, PAST = "2027-01-31T18:00:00+01:00", "2026-11-20T00:00:00Z"


@pytest.fixture
def personnel(connect: Connect) -> ScimClient:
    """Return a connection that may say when access ends."""
    return connect("strict", scopes="scim lifecycle")


def standing(scim: ScimClient, user_id: str) -> dict[str, Any]:
    """Return where a user stands."""
    found: dict[str, Any] = body_of(scim.get(f"/Users/{user_id}", attributes=LIFECYCLE))[LIFECYCLE]
    return found


def at(moment: str) -> dict[str, Any]:
    """Return the extension that says when access ends."""
    return {LIFECYCLE: {"deactivateAt": moment}}


def test_it_follows_the_user(scim: ScimClient, clock: FixedClock) -> None:
    """State, times and reason are those of the row, whatever clients send."""
    ada = scim.user("ada", **{LIFECYCLE: {"state": "inactive", "reason": "x", "deactivateAt": SOON}})
    assert standing(scim, ada) == {"state": "active"}
    clock.advance(hours=1)
    body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))
    since = {"state": "inactive", "since": "2026-11-23T10:00:00.000Z", "reason": "scim"}
    assert standing(scim, ada) == {**since, "deletableAfter": "2026-12-23T10:00:00.000Z"}
    body_of(scim.patch(f"/Users/{ada}", op("replace", "active", True)))
    assert standing(scim, ada) == {"state": "active"}


def test_it_is_shown_to_those_who_ask(scim: ScimClient) -> None:
    """Nobody gets it by default; a list has it for all, by its parts or as a whole, and schemas names it then."""
    ada = scim.user("ada")
    scim.user("bob")
    assert LIFECYCLE not in scim.get(f"/Users/{ada}").text
    assert LIFECYCLE not in scim.get("/Users", excludedAttributes="name").text
    asked = body_of(scim.get("/Users", attributes=f"userName,{LIFECYCLE}:state"))["Resources"]
    assert [each[LIFECYCLE] for each in asked] == [{"state": "active"}] * 2
    assert all(LIFECYCLE in each["schemas"] for each in asked)
    nothing = body_of(scim.get(f"/Users/{ada}", attributes=f"{LIFECYCLE}:since"))
    assert LIFECYCLE not in nothing
    assert LIFECYCLE not in nothing["schemas"]


def test_a_hold_is_not_told(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Nothing that SCIM answers differs for a user who is under a legal hold, nor what a deletion answers."""
    users = [scim.user(name, active=False) for name in ("ada", "bob")]
    headers, place = acme.bearer(acme.api_token()), f"/t/acme/api/v1/users/{users[0]}/holds"
    placed = scim.http.post(place, headers=headers, json={"reason": "litigation"})
    assert placed.status_code == 201, placed.text
    held, free = (body_of(scim.get(f"/Users/{each}", attributes=f"active,{LIFECYCLE}")) for each in users)
    assert held | {"id": ""} == free | {"id": ""}
    assert "deletableAfter" in held[LIFECYCLE]
    assert [scim.delete(f"/Users/{each}").status_code for each in users] == [204, 204]


def test_it_is_searched(scim: ScimClient, personnel: ScimClient) -> None:
    """Filters and sorting know it; what follows from the policy cannot be searched, and says so."""
    ada, bob = scim.user("ada", active=False), personnel.user("bob", **at(SOON))
    for text, ids in (
        ('state eq "inactive"', [ada]),
        ('reason eq "STAGED"', [ada]),
        ('since ge "2026-11-23T09:00:00Z"', [ada]),
        ('deactivateAt lt "2027-02-01T00:00:00Z"', [bob]),
        ("deactivateAt pr", [bob]),
        ('state ne "inactive"', [bob]),
    ):
        listed = body_of(scim.get("/Users", filter=f"{LIFECYCLE}:{text}"))["Resources"]
        assert [each["id"] for each in listed] == ids, text
    listed = body_of(scim.get("/Users", sortBy=f"{LIFECYCLE}:state", sortOrder="descending"))["Resources"]
    assert [each["id"] for each in listed] == [ada, bob]
    refused(scim.get("/Users", filter=f"{LIFECYCLE}:deletableAfter pr"), 400, "invalidFilter")
    refused(scim.get("/Users", sortBy=f"{LIFECYCLE}:deletableAfter"), 400, "invalidPath")


def test_a_moment_is_kept_called_off_and_left_alone(scim: ScimClient, personnel: ScimClient) -> None:
    """It is a column; null and removal clear it, a PUT that does not mention it does not."""
    ada = personnel.user("ada", **at(SOON))
    kept = {"state": "active", "deactivateAt": "2027-01-31T17:00:00.000Z"}
    for client in (personnel, scim):
        body_of(client.put(f"/Users/{ada}", user("ada", title=client.token[-4:])))
        assert standing(scim, ada) == kept
    version = scim.get(f"/Users/{ada}").headers["ETag"]
    again = personnel.patch(f"/Users/{ada}", op("replace", f"{LIFECYCLE}:deactivateAt", SOON))
    assert again.headers["ETag"] == version
    body_of(personnel.patch(f"/Users/{ada}", op("remove", f"{LIFECYCLE}:deactivateAt")))
    assert standing(scim, ada) == {"state": "active"}
    changed = body_of(personnel.patch(f"/Users/{ada}", op("add", f"{LIFECYCLE}:deactivateAt", SOON)))
    assert changed[LIFECYCLE] == {"deactivateAt": "2027-01-31T17:00:00.000Z"}
    body_of(personnel.put(f"/Users/{ada}", user("ada", **{LIFECYCLE: {"deactivateAt": None}})))
    assert standing(scim, ada) == {"state": "active"}


def test_a_moment_that_has_passed_ends_access_at_once(personnel: ScimClient) -> None:
    """A late entry takes access away, whatever active says; a reactivation forgets it."""
    for client_says in ({"active": True}, {}):
        eve = personnel.user(f"eve{len(client_says)}", **at(PAST), **client_says)
        assert personnel.user_view(eve)["active"] is False
    ada = personnel.user("ada")
    body = user("ada", active=True, **at(PAST))
    view = body_of(personnel.put(f"/Users/{ada}", body))
    assert view["active"] is False
    assert standing(personnel, ada)["reason"] == "scheduled"
    assert body_of(personnel.put(f"/Users/{ada}", body))["meta"] == view["meta"]
    body_of(personnel.patch(f"/Users/{ada}", op("replace", "active", True)))
    assert standing(personnel, ada) == {"state": "active"}


def test_a_moment_to_come_outlives_a_reactivation(personnel: ScimClient) -> None:
    """Who was away for a while still leaves when it was said."""
    ada = personnel.user("ada", **at(SOON))
    for active in (False, True):
        body_of(personnel.patch(f"/Users/{ada}", op("replace", "active", active)))
    assert standing(personnel, ada)["deactivateAt"] == "2027-01-31T17:00:00.000Z"


@pytest.mark.parametrize("moment", ["2027-01-31", "tomorrow", 17, True, {}, "0001-01-01T00:00:00+14:00"], ids=str)
def test_a_moment_is_a_date_and_a_time(personnel: ScimClient, moment: Any) -> None:
    """Anything else is refused, and changes nothing."""
    refused(personnel.post("/Users", user("ada", **at(moment))), 400, "invalidValue")
    bob = personnel.user("bob")
    refused(personnel.patch(f"/Users/{bob}", op("add", f"{LIFECYCLE}:deactivateAt", moment)), 400, "invalidValue")
    assert standing(personnel, bob) == {"state": "active"}


def test_who_may_write_it(scim: ScimClient, personnel: ScimClient, connect: Connect) -> None:
    """Without the scope it is readOnly: announced so, ignored in a body, refused in a PATCH; Okta's is left aside."""
    for client, said in ((scim, "readOnly"), (personnel, "readWrite")):
        announced = body_of(client.get(f"/Schemas/{LIFECYCLE}"))["attributes"]
        assert {each["name"]: each["mutability"] for each in announced}["deactivateAt"] == said
    ada = scim.user("ada", **at(PAST))
    refused(scim.patch(f"/Users/{ada}", op("add", f"{LIFECYCLE}:deactivateAt", SOON)), 400, "mutability")
    body_of(connect("okta").patch(f"/Users/{ada}", {"op": "replace", "value": at(SOON)}))
    assert standing(scim, ada) == {"state": "active"}
    assert "2027" not in str(tables(scim.tenant)[UserRow.__tablename__])
