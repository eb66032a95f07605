"""The rules of the quality platform: disable and enable, and never delete."""

import pytest
from prometheus_client import REGISTRY

from app.chores.reviewing import review_access
from tests.rules.customer import Customer, Start
from tests.scim_client import body_of, op, refused, user

ENGINEER = [{"value": "Engineer", "primary": True}]


@pytest.fixture
def unifize(start: Start) -> Customer:
    """Return a tenant that lives by the rules of the product."""
    return start("unifize")


def test_U_1_access_ends_at_once(unifize: Customer) -> None:
    """After `active=false` the next request and the next sign-in are refused."""
    ada = unifize.scim.user("ada")
    sids = [unifize.sign_in(ada, kind) for kind in ("local", "sso")]
    assert all(unifize.goes_on(sid) for sid in sids)
    assert body_of(unifize.active(ada, active=False))["active"] is False
    assert not any(unifize.goes_on(sid) for sid in sids)
    assert not unifize.may_sign_in(ada)


def test_U_5_one_action_without_a_second_step(unifize: Customer) -> None:
    """Disabling and enabling need no confirmation."""
    ada = unifize.scim.user("ada")
    assert unifize.said("POST", f"/users/{ada}/deactivate")["state"] == "inactive"
    assert unifize.said("POST", f"/users/{ada}/reactivate")["state"] == "active"


def test_U_8_reactivation_knows_no_time_limit(unifize: Customer) -> None:
    """After ten years one request brings the user back, on SCIM and through the API."""
    ada, bob = unifize.scim.user("ada"), unifize.scim.user("bob")
    unifize.deactivate(ada)
    unifize.deactivate(bob)
    unifize.clock.advance(days=3650)
    assert body_of(unifize.active(ada, active=True))["active"] is True
    assert unifize.reactivate(bob)["state"] == "active"


def test_U_9_roles_stay_unless_they_are_changed_meanwhile(unifize: Customer) -> None:
    """A role survives the cycle; one that was edited while the user was inactive wins."""
    ada, bob = (unifize.scim.user(name, roles=ENGINEER) for name in ("ada", "bob"))
    for id_ in (ada, bob):
        unifize.active(id_, active=False)
    body_of(unifize.scim.patch(f"/Users/{bob}", op("replace", "roles", [{"value": "Auditor"}])))
    for id_ in (ada, bob):
        unifize.active(id_, active=True)
    assert unifize.scim.user_view(ada)["roles"] == ENGINEER
    assert [role["value"] for role in unifize.scim.user_view(bob)["roles"]] == ["Auditor"]


def test_U_10_groups_stay_unless_they_are_changed_meanwhile(unifize: Customer) -> None:
    """Memberships survive the cycle; one that was taken away while the user was inactive stays away."""
    ada = unifize.scim.user("ada")
    kept, lost = unifize.scim.group("Kept", ada), unifize.scim.group("Lost", ada)
    unifize.active(ada, active=False)
    assert {group["value"] for group in unifize.scim.user_view(ada)["groups"]} == {kept, lost}
    unifize.scim.patch(f"/Groups/{lost}", op("remove", f'members[value eq "{ada}"]'))
    unifize.active(ada, active=True)
    assert [group["value"] for group in unifize.scim.user_view(ada)["groups"]] == [kept]


def test_U_12_a_mail_address_is_not_reused(unifize: Customer) -> None:
    """Creating the name of an inactive user is refused as taken, and names the user to reactivate."""
    ada = unifize.scim.user("ada@example.com", externalId="1")
    unifize.active(ada, active=False)
    for external_id in ("1", "2"):
        again = unifize.scim.post("/Users", user("ada@example.com", externalId=external_id))
        assert ada in refused(again, 409, "uniqueness")["detail"]
    assert body_of(unifize.active(ada, active=True))["id"] == ada


def test_U_14_where_the_product_is_silent_the_defaults_apply(unifize: Customer) -> None:
    """The last Owner stays, anybody may act, and nobody is kept from disabling oneself."""
    owner = unifize.scim.user("ada", roles=[{"value": "Owner"}])
    assert refused(unifize.active(owner, active=False), 409)["detail"].startswith("This is the only Owner.")
    bob = unifize.scim.user("bob")
    unifize.scim.user("eve", roles=[{"value": "Owner"}])
    assert unifize.deactivate(owner, actor=bob)["state"] == "inactive"
    assert unifize.deactivate(bob, actor=bob)["state"] == "inactive"


def test_U_2_an_inactive_user_is_not_notified(unifize: Customer) -> None:
    """From the moment of the deactivation the host application hears, and is told when it asks, not to notify."""
    ada = unifize.scim.user("ada")
    assert unifize.said("GET", f"/users/{ada}/eligibility")["may"]["notify"] is True
    unifize.active(ada, active=False)
    assert unifize.said("GET", f"/users/{ada}/eligibility")["may"]["notify"] is False
    assert "user.deactivated" in unifize.types(ada)


def test_U_6_an_inactive_user_stays_in_the_same_list(unifize: Customer) -> None:
    """The one list shows it as inactive, searches find it, and SCIM still serves it."""
    ada, bob = unifize.scim.user("ada", displayName="Lovelace"), unifize.scim.user("bob")
    unifize.active(ada, active=False)
    listed = {user["id"]: user["state"] for user in unifize.said("GET", "/users")["users"]}
    assert listed == {ada: "inactive", bob: "active"}
    for text in ("ad", "LOVE"):
        assert [user["id"] for user in unifize.said("GET", "/users", q=text)["users"]] == [ada]
    assert unifize.scim.user_view(ada)["active"] is False


def test_U_7_an_inactive_user_is_not_invited(unifize: Customer) -> None:
    """Whoever asks, in plain words or as AuthZEN has it, hears no; assigning goes on."""
    ada, bob = unifize.scim.user("ada"), unifize.scim.user("bob")
    unifize.active(ada, active=False)
    said = unifize.said("POST", "/eligibility", {"users": [ada, bob], "actions": ["invite", "assign"]})
    assert [user["may"] for user in said["users"]] == [
        {"invite": False, "assign": True},
        {"invite": True, "assign": True},
    ]
    question = {"subject": {"type": "user", "id": ada}, "action": {"name": "invite"}}
    question["resource"] = {"type": "record", "id": "1"}
    answer = unifize.http.post("/t/unifize/access/v1/evaluation", headers=unifize.headers, json=question)
    assert (answer.status_code, (answer.json or {})["decision"]) == (200, False)


def test_U_3_what_belongs_to_a_user_stays_linked_to_it(unifize: Customer) -> None:
    """Records, approvals and conversations keep their owner and creator, and nothing is told to move them."""
    ada = unifize.scim.user("ada")
    kinds = ("record", "approval", "conversation")
    items = [{"type": kind, "id": "1", "owner": ada, "created_by": ada} for kind in kinds]
    unifize.said("POST", "/work", {"items": items})
    before = [unifize.said("GET", f"/work/{kind}/1") for kind in kinds]
    unifize.active(ada, active=False)
    assert [unifize.said("GET", f"/work/{kind}/1") for kind in kinds] == before
    assert [each["owner"] for each in before] == [ada] * 3
    assert not [type_ for type_ in unifize.types(ada) if type_.startswith(("work.", "attribution."))]


def test_U_11_how_soon_access_ends_is_measured(unifize: Customer) -> None:
    """Each deactivation adds to a metric how long it took until access was refused; one that is refused does not."""

    def measured() -> tuple[float, float]:
        count, total = (REGISTRY.get_sample_value(f"scim_time_to_revoke_seconds_{each}") for each in ("count", "sum"))
        return count or 0, total or 0

    owner, ada, bob = unifize.scim.user("owner", roles=[{"value": "Owner"}]), *map(unifize.scim.user, ("ada", "bob"))
    count, seconds = measured()
    unifize.active(ada, active=False)
    unifize.deactivate(bob)
    after, total = measured()
    assert after == count + 2
    assert 0 < total - seconds < 60
    assert unifize.active(owner, active=False).status_code == 409
    assert measured() == (after, total)


def test_U_13_active_users_are_reviewed_quarterly(unifize: Customer) -> None:
    """Every ninety days a review begins by itself: of those who are active then, and of nobody else."""
    tenant = unifize.tenant
    ada, away = unifize.scim.user("ada"), unifize.scim.user("away", active=False)
    begun = []
    for _ in range(2):
        unifize.clock.advance(days=89, hours=23)
        assert review_access(tenant.runtime, tenant.id) == 0
        unifize.clock.advance(hours=1)
        assert [review_access(tenant.runtime, tenant.id) for _ in range(2)] == [1, 0]
        review = unifize.said("GET", "/reviews")["reviews"][0]
        begun.append(review["begun_at"])
        users = unifize.said("GET", f"/reviews/{review['id']}/users")["users"]
        assert [each["id"] for each in users] == [ada] != [away]
        keep = {"decisions": [{"user": ada, "decision": "keep", "reason": "still_needed"}]}
        unifize.said("POST", f"/reviews/{review['id']}/decisions", keep)
        assert unifize.said("POST", f"/reviews/{review['id']}/close", {})["state"] == "completed"
    assert begun == ["2027-02-21T09:00:00.000Z", "2027-05-22T09:00:00.000Z"]
