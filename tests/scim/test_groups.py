"""Groups over SCIM, and what their names and members show elsewhere."""

from tests.scim.conftest import Connect
from tests.scim_client import ScimClient, body_of, created, group, location, op, refused, tables, user
from tests.service import TenantUnderTest


def test_a_created_group_is_answered_whole(scim: ScimClient) -> None:
    """The answer shows each member with its place, type and name."""
    ada, team = scim.user("ada", displayName="Ada"), scim.group("Team")
    body = body_of(scim.post("/Groups", group("All", ada, team, externalId="g-1")), 201)
    assert body["members"] == [
        {"value": ada, "$ref": location(f"/Users/{ada}"), "type": "User", "display": "Ada"},
        {"value": team, "$ref": location(f"/Groups/{team}"), "type": "Group", "display": "Team"},
    ]
    assert (body["displayName"], body["externalId"], body["meta"]["version"]) == ("All", "g-1", 'W/"1"')
    assert body_of(scim.get(f"/Groups/{body['id']}")) == body


def test_a_user_shows_its_groups(scim: ScimClient) -> None:
    """User.groups is computed, with the name and place of each group (RFC 7643 §4.1.2)."""
    ada = scim.user("ada")
    team = scim.group("Team", ada)
    shown = [{"value": team, "$ref": location(f"/Groups/{team}"), "display": "Team", "type": "direct"}]
    assert scim.user_view(ada)["groups"] == shown
    assert body_of(scim.get("/Users"))["Resources"][0]["groups"] == shown


def test_a_user_does_not_put_itself_into_a_group(scim: ScimClient, okta: ScimClient) -> None:
    """The groups in the body of a user are read-only (RFC 7643 §4.1.2)."""
    team = scim.group("Team")
    for client in (scim, okta):
        entry = [{"value": team}]
        ada = created(client.post("/Users", user(f"ada-{client.token[-8:]}", groups=entry)))
        client.put(f"/Users/{ada}", user(f"ada-{client.token[-8:]}", groups=entry))
        client.patch(f"/Users/{ada}", op("add", "groups", entry))
        assert "groups" not in client.user_view(ada)
    assert scim.members(team) == []


def test_a_rename_is_seen_everywhere(scim: ScimClient) -> None:
    """A new name of a group or of a user shows in User.groups and in members."""
    ada = scim.user("ada", displayName="Ada")
    team = scim.group("Team", ada)
    above = scim.group("Above", team)
    body_of(scim.patch(f"/Groups/{team}", op("replace", "displayName", "Crew")))
    body_of(scim.patch(f"/Users/{ada}", op("replace", "displayName", "Ada K.")))
    assert scim.user_view(ada)["groups"][0]["display"] == "Crew"
    assert body_of(scim.get(f"/Groups/{team}"))["members"][0]["display"] == "Ada K."
    assert body_of(scim.get(f"/Groups/{above}"))["members"][0]["display"] == "Crew"


def test_a_name_once_removed_gives_way_to_the_user_name(scim: ScimClient) -> None:
    """A member without a displayName is shown by its userName."""
    ada = scim.user("ada", displayName="Ada")
    team = scim.group("Team", ada)
    body_of(scim.patch(f"/Users/{ada}", op("remove", "displayName")))
    assert body_of(scim.get(f"/Groups/{team}"))["members"][0]["display"] == "ada"


def test_a_deleted_user_leaves_its_groups(scim: ScimClient) -> None:
    """Deletion cascades out of members; deactivation does not."""
    ada, bob = scim.user("ada"), scim.user("bob")
    team = scim.group("Team", ada, bob)
    scim.patch(f"/Users/{bob}", op("replace", "active", False))
    scim.delete(f"/Users/{ada}")
    assert scim.members(team) == [bob]
    assert body_of(scim.get(f"/Groups/{team}"))["meta"]["version"] == 'W/"2"'


def test_a_deleted_group_is_gone_from_its_members(scim: ScimClient) -> None:
    """A deleted group is in no User.groups, and member of none."""
    ada = scim.user("ada")
    team = scim.group("Team", ada)
    above = scim.group("Above", team)
    assert scim.delete(f"/Groups/{team}").status_code == 204
    refused(scim.get(f"/Groups/{team}"), 404)
    refused(scim.delete(f"/Groups/{team}"), 404)
    assert "groups" not in scim.user_view(ada)
    assert scim.members(above) == []


def test_a_display_name_is_taken_once(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A second group of the same name, in any case, is 409 uniqueness; a group may keep its own."""
    team, other = scim.group("Team"), scim.group("Other")
    before = tables(acme)
    for answer in (
        scim.post("/Groups", group("TEAM")),
        scim.put(f"/Groups/{other}", group("Team")),
        scim.patch(f"/Groups/{other}", op("replace", "displayName", "team")),
    ):
        assert team in refused(answer, 409, "uniqueness")["detail"]
    assert tables(acme) == before
    assert body_of(scim.put(f"/Groups/{team}", group("Team")))["meta"]["version"] == 'W/"1"'
    assert body_of(scim.put(f"/Groups/{team}", group("TEAM")))["displayName"] == "TEAM"


def test_a_deleted_groups_name_is_free(scim: ScimClient) -> None:
    """A group may be created again after it was deleted."""
    team = scim.group("Team")
    scim.delete(f"/Groups/{team}")
    assert scim.group("Team") != team


def test_the_policy_may_allow_namesakes(scim: ScimClient, acme: TenantUnderTest) -> None:
    """Under groups.duplicate_display_name = allow two groups share a name."""
    with acme.runtime.database.unit_of_work(acme.id) as work:
        document = '{"groups":{"duplicate_display_name":"allow"}}'
        work.policies.add(2, document, author="test", reason=None, created_at=acme.runtime.clock.now())
    assert scim.group("Team") != scim.group("Team")


def test_a_group_needs_a_name(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A group without a displayName is refused, by POST, PUT and PATCH."""
    team = scim.group("Team")
    before = tables(acme)
    refused(scim.post("/Groups", {"schemas": group("x")["schemas"]}), 400, "invalidValue")
    refused(scim.put(f"/Groups/{team}", {"schemas": group("x")["schemas"]}), 400, "invalidValue")
    assert scim.patch(f"/Groups/{team}", op("remove", "displayName")).status_code == 400
    assert tables(acme) == before


def test_what_is_deleted_is_not_found_by_any_connection(scim: ScimClient, connect: Connect) -> None:
    """Groups belong to the tenant: another connection sees and deletes them."""
    other = connect("okta")
    team = scim.group("Team")
    assert body_of(other.get(f"/Groups/{team}"))["displayName"] == "Team"
    assert other.delete(f"/Groups/{team}").status_code == 204
    refused(scim.get(f"/Groups/{team}"), 404)


def test_a_patch_of_a_group_answers_as_the_dialect_likes(scim: ScimClient, entra: ScimClient) -> None:
    """Entra ID is answered 204, others the resource; what asks for attributes gets them (RFC 7644 §3.5.2)."""
    team = scim.group("Team")
    assert body_of(scim.patch(f"/Groups/{team}", op("replace", "displayName", "A")))["displayName"] == "A"
    answer = entra.patch(f"/Groups/{team}", op("Replace", "displayName", "B"))
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (204, b"", 'W/"3"')
    answer = entra.patch(f"/Groups/{team}", op("Replace", "displayName", "C"), attributes="displayName")
    assert body_of(answer)["displayName"] == "C"
