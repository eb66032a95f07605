"""Rules of the customer-conversation product about owned work."""

from tests.rules.conftest import Begin
from tests.rules.products import Product

MANY = 10_000


def test_H_8_conversations_keep_their_assignee(helpdesk: Product) -> None:
    """A deactivation reassigns nothing by itself, and tells of no change of work."""
    ada = helpdesk.scim.user("ada")
    helpdesk.own(ada, "conversation", "c1", state="open")
    helpdesk.own(ada, "conversation", "c2", state="snoozed")
    assert helpdesk.active(ada, active=False).status_code == 200
    assert [helpdesk.work("conversation", id_)["owner"] for id_ in ("c1", "c2")] == [ada, ada]
    assert helpdesk.told(ada, "work") == []


def test_H_9_the_preflight_warns_of_what_stays_assigned(helpdesk: Product) -> None:
    """Before anything is done, the counts by state are there to read."""
    ada = helpdesk.scim.user("ada")
    helpdesk.own(ada, "conversation", "c1", "c2", state="open")
    helpdesk.own(ada, "conversation", "c3", state="follow-up")
    said = helpdesk.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})
    warning = said["warnings"][0]
    assert (said["allowed"], warning["code"]) == (True, "WORK_RETAINED")
    assert {each["state"]: each["count"] for each in warning["blocking"]} == {"open": 2, "follow-up": 1}


def test_H_9_work_is_reassigned_in_bulk_before_or_after(helpdesk: Product) -> None:
    """To a colleague before, by state; to nobody after; each with an event that counts."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob")
    helpdesk.own(ada, "conversation", "c1", "c2", state="open")
    helpdesk.own(ada, "conversation", "c3", state="snoozed")
    wish = {"from": ada, "to": bob, "types": ["conversation"], "states": ["open"]}
    assert helpdesk.said("POST", "/work/reassign", wish) == {"reassigned": {"conversation": 2}}
    helpdesk.active(ada, active=False)
    moved = helpdesk.said("POST", "/work/reassign", {"from": ada, "to": None})
    assert moved == {"reassigned": {"conversation": 1}}
    assert helpdesk.work("conversation", "c3")["owner"] is None
    assert helpdesk.told(ada, "work") == [
        ("work.reassigned", {"type": "conversation", "to": bob, "count": 2}),
        ("work.unassigned", {"type": "conversation", "count": 1}),
    ]


def test_H_9_nobody_inactive_is_given_work(helpdesk: Product) -> None:
    """A colleague who has left, or whom nobody knows, is no choice."""
    ada, bob = helpdesk.scim.user("ada"), helpdesk.scim.user("bob", active=False)
    for to, status in ((bob, 409), ("nobody", 404)):
        assert helpdesk.refused("POST", "/work/reassign", {"from": ada, "to": to})["status"] == status


def test_H_9_a_type_may_be_kept_from_bulk(product: Begin) -> None:
    """Where the policy lets none of a type be given away in one go, nothing is."""
    helpdesk = product("helpdesk", work={"note": {"bulk_reassign": False}})
    ada = helpdesk.scim.user("ada")
    helpdesk.own(ada, "conversation", "c1")
    helpdesk.own(ada, "note", "n1")
    refusal = helpdesk.refused("POST", "/work/reassign", {"from": ada, "to": None})
    assert (refusal["status"], refusal["code"]) == (403, "NOT_REASSIGNABLE")
    assert helpdesk.work("conversation", "c1")["owner"] == ada


def test_H_16_deletion_keeps_conversations_and_notes(helpdesk: Product) -> None:
    """They are still there, and whoever created them is an id that says nothing by itself."""
    ada = helpdesk.scim.user("ada")
    helpdesk.own(ada, "note", "n1", created_by=ada)
    helpdesk.own(ada, "csat", "s1")
    assert helpdesk.scim.delete(f"/Users/{ada}").status_code == 204
    assert helpdesk.work("note", "n1")["created_by"] == ada
    assert helpdesk.work("csat", "s1")["owner"] == ada


def leaving(helpdesk: Product, name: str, count: int) -> list[str]:
    """Deactivate a user who owns so much work, and return the statements that took."""
    user_id = helpdesk.scim.user(name)
    for start in range(0, count, 1000):
        ids = [f"{name}-{number}" for number in range(start, min(start + 1000, count))]
        helpdesk.own(user_id, "conversation", *ids)
    with helpdesk.counted() as statements:
        assert helpdesk.active(user_id, active=False).status_code == 200
    assert helpdesk.told(user_id, "work")[-1][1]["count"] == count
    return statements


def test_H_8_ten_thousand_items_cost_what_one_costs(product: Begin) -> None:
    """Whatever becomes of the work of a leaver, the number of statements is that of its types."""
    helpdesk = product("helpdesk", work={"conversation": {"on_deactivate": "unassign"}})
    assert len(leaving(helpdesk, "ada", MANY)) == len(leaving(helpdesk, "bob", 1))
