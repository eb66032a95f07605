"""Rules of the five products about deletion: whether there is any, when, and whose name stands where afterwards."""

from typing import Any

import pytest

from app.chores import purge
from tests.clock import FixedClock
from tests.rules.conftest import Begin
from tests.rules.products import Product, policy_error
from tests.scim_client import tables

MEANT: dict[str, Any] = {"confirm": "true"}
RELABEL = ("attribution.relabel", {"label": "Deleted user"})


def purged(product: Product, user_id: str) -> None:
    """Let the worker do what is due, and expect that the user's data was."""
    tenant = product.tenant
    assert purge(tenant.runtime, tenant.id) == (1, 0)
    with tenant.runtime.database.reading(tenant.id) as work:
        record = work.users.find(user_id)
    assert record is not None
    assert record.state == "purged"


def trail(product: Product, user_id: str) -> list[tuple[str, str]]:
    """Return what the audit trail shows of a user: the deed, and the name of whom it was done to."""
    entries = product.said("GET", "/audit", subject=user_id)["entries"]
    return [(entry["action"], entry["subject"]["name"]) for entry in entries][::-1]


def ada_of(product: Product, **attributes: Any) -> str:
    """Create Ada."""
    return product.scim.user("ada", displayName="Ada Lovelace", **attributes)


def test_H_14_deletion_is_confirmed_and_asks_for_no_state(helpdesk: Product) -> None:
    """An active user is deleted as well as an inactive one, by the host once confirmed and by SCIM at once."""
    ada, bob = ada_of(helpdesk), helpdesk.scim.user("bob")
    assert helpdesk.refused("DELETE", f"/users/{ada}")["code"] == "CONFIRMATION_REQUIRED"
    assert helpdesk.said("DELETE", f"/users/{ada}", **MEANT)["state"] == "tombstoned"
    assert helpdesk.scim.delete(f"/Users/{bob}").status_code == 204


def test_H_15_deletion_removes_account_membership_and_attribution(helpdesk: Product) -> None:
    """The record is gone on SCIM and in its groups, the host is told of the account, and the name is gone."""
    ada = ada_of(helpdesk)
    group = helpdesk.scim.group("Sales", ada)
    assert helpdesk.scim.delete(f"/Users/{ada}").status_code == 204
    assert helpdesk.scim.get(f"/Users/{ada}").status_code == 404
    assert helpdesk.scim.members(group) == []
    purged(helpdesk, ada)
    deleted, done = (dict(helpdesk.told(ada, "user"))[f"user.{deed}"] for deed in ("deleted", "purged"))
    assert (deleted["scope"], done["scope"]) == ("account", "account")
    assert {name for _, name in trail(helpdesk, ada)} == {"Deleted user"}


def test_H_16_what_the_user_wrote_stays_under_the_label(helpdesk: Product) -> None:
    """Conversations, notes and results are not touched; the host is ordered to show the label as their author."""
    ada = ada_of(helpdesk)
    for type_ in ("conversation", "note", "csat"):
        helpdesk.own(ada, type_, "1", state="open")
    assert helpdesk.scim.delete(f"/Users/{ada}").status_code == 204
    purged(helpdesk, ada)
    assert helpdesk.told(ada, "attribution") == [RELABEL]
    assert [helpdesk.work(type_, "1")["owner"] for type_ in ("conversation", "note", "csat")] == [ada] * 3
    assert helpdesk.told(ada, "work") == []
    assert helpdesk.said("POST", f"/users/{ada}/relabel-confirmation")["label"] == "Deleted user"


def test_H_17_a_tenant_may_keep_users_for_some_days_first(product: Begin, clock: FixedClock) -> None:
    """Until then a deletion is refused with the date; the user stays inactive, and afterwards it is deleted."""
    helpdesk = product("helpdesk", delete={"min_days_inactive": 30})
    ada = ada_of(helpdesk)
    assert helpdesk.active(ada, active=False).status_code == 200
    before = tables(helpdesk.tenant)
    refusal = policy_error(helpdesk.scim.delete(f"/Users/{ada}"))
    assert (refusal["code"], refusal["blocking"][0]["until"]) == ("RETENTION", "2026-12-23T09:00:00.000Z")
    assert tables(helpdesk.tenant) == before
    clock.advance(days=30)
    assert helpdesk.scim.delete(f"/Users/{ada}").status_code == 204


def test_H_17_the_days_may_pass_after_an_absorbed_deletion(product: Begin, clock: FixedClock) -> None:
    """Where SCIM is not refused, the purge waits instead."""
    helpdesk = product("helpdesk", delete={"min_days_inactive": 30}, scim={"delete": "absorb"})
    ada = ada_of(helpdesk)
    assert helpdesk.scim.delete(f"/Users/{ada}").status_code == 204
    clock.advance(days=29)
    assert purge(helpdesk.tenant.runtime, helpdesk.tenant.id) == (0, 0)
    clock.advance(days=1)
    purged(helpdesk, ada)


def test_H_18_a_privacy_request_needs_a_legal_basis(helpdesk: Product) -> None:
    """Without one it is refused; with one both are kept."""
    ada = ada_of(helpdesk)
    refusal = helpdesk.refused("DELETE", f"/users/{ada}", reason="privacy_request", **MEANT)
    assert (refusal["status"], refusal["code"]) == (400, "REASON_REQUIRED")
    said = {"reason": "privacy_request", "legal_basis": "consent_withdrawn", **MEANT}
    assert helpdesk.said("DELETE", f"/users/{ada}", **said)["reason"] == "privacy_request"
    told = dict(helpdesk.told(ada, "user"))["user.deleted"]
    assert (told["reason"], told["legal_basis"]) == ("privacy_request", "consent_withdrawn")


def test_H_18_a_legal_hold_outranks_it(helpdesk: Product) -> None:
    """SCIM is refused without a word of the hold; one placed after the deletion keeps the data until released."""
    ada, bob = ada_of(helpdesk), helpdesk.scim.user("bob")
    helpdesk.said("POST", f"/users/{ada}/holds", {"reason": "litigation"})
    answer = helpdesk.scim.delete(f"/Users/{ada}")
    assert answer.status_code == 403
    assert "hold" not in answer.json["detail"].lower()  # type: ignore[index]
    assert helpdesk.scim.delete(f"/Users/{bob}").status_code == 204
    hold = helpdesk.said("POST", f"/users/{bob}/holds", {"reason": "litigation"})["id"]
    assert purge(helpdesk.tenant.runtime, helpdesk.tenant.id) == (0, 0)
    helpdesk.said("POST", f"/holds/{hold}/release", {"reason": "closed"})
    purged(helpdesk, bob)


def test_H_19_names_survive_deactivation_and_deletion_swaps_them(helpdesk: Product) -> None:
    """Every record of every action stays; only the name in it becomes the label."""
    ada = ada_of(helpdesk)
    helpdesk.active(ada, active=False)
    inactive = trail(helpdesk, ada)
    assert {name for _, name in inactive} == {"Ada Lovelace"}
    helpdesk.scim.delete(f"/Users/{ada}")
    purged(helpdesk, ada)
    after = trail(helpdesk, ada)
    assert {name for _, name in after} == {"Deleted user"}
    assert [action for action, _ in after][: len(inactive)] == [action for action, _ in inactive]


def test_H_21_deletion_anonymises_and_does_not_erase_history(helpdesk: Product) -> None:
    """No audit entry and no owned work is fewer after it; what is personal is gone from what SCIM and the API show."""
    ada = ada_of(helpdesk)
    helpdesk.own(ada, "conversation", "c1")
    helpdesk.scim.delete(f"/Users/{ada}")
    entries, work = len(tables(helpdesk.tenant)["audit"]), tables(helpdesk.tenant)["work_items"]
    purged(helpdesk, ada)
    after = tables(helpdesk.tenant)
    assert len(after["audit"]) > entries
    assert after["work_items"] == work
    assert "Lovelace" not in repr(after)


def test_H_22_the_last_owner_is_not_deleted_either(helpdesk: Product) -> None:
    """Else a deletion would lead around the rule; both doors are shut."""
    ada = ada_of(helpdesk, roles=[{"value": "Owner"}])
    assert policy_error(helpdesk.scim.delete(f"/Users/{ada}"))["code"] == "LAST_OWNER"
    assert helpdesk.refused("DELETE", f"/users/{ada}", **MEANT)["code"] == "LAST_OWNER"
    assert helpdesk.state(ada) == "active"


@pytest.mark.parametrize("active", [True, False])
def test_D_2_deletion_is_permanent_and_content_and_audit_stay(product: Begin, active: bool) -> None:
    """From either state, with the articles where they were."""
    document360 = product("document360")
    ada = ada_of(document360)
    document360.own(ada, "article", "a1", state="published")
    document360.active(ada, active=active)
    assert document360.scim.delete(f"/Users/{ada}").status_code == 204
    purged(document360, ada)
    assert document360.work("article", "a1")["owner"] == ada
    assert document360.refused("POST", f"/users/{ada}/restore")["status"] == 404
    assert trail(document360, ada)[0][0] == "user.created"


def test_D_3_the_author_is_still_named(product: Begin) -> None:
    """Of two readings the one that two places give: the host keeps the name, and so does the audit trail."""
    document360 = product("document360")
    ada = ada_of(document360)
    document360.scim.delete(f"/Users/{ada}")
    purged(document360, ada)
    assert document360.told(ada, "attribution") == []
    assert {name for _, name in trail(document360, ada)} == {"Ada Lovelace"}


def test_D_3alt_one_knob_takes_the_name_away(product: Begin) -> None:
    """With the other reading the host is ordered to show no author; the audit trail keeps the name."""
    document360 = product("document360", delete={"attribution": {"content": "blank"}})
    ada = ada_of(document360)
    document360.scim.delete(f"/Users/{ada}")
    purged(document360, ada)
    assert document360.told(ada, "attribution") == [("attribution.relabel", {"label": None})]
    assert {name for _, name in trail(document360, ada)} == {"Ada Lovelace"}


@pytest.mark.parametrize("preset", ["document360", "unifyr"])
def test_D_22_R_10_only_the_membership_goes(product: Begin, preset: str) -> None:
    """The host is told to remove the membership of this tenant, not the person's account."""
    product_ = product(preset)
    ada = ada_of(product_)
    product_.active(ada, active=False)
    assert product_.scim.delete(f"/Users/{ada}").status_code == 204
    purged(product_, ada)
    told = dict(product_.told(ada, "user"))
    assert (told["user.deleted"]["scope"], told["user.purged"]["scope"]) == ("membership", "membership")


def test_R_10_deletion_is_confirmed_irreversible_and_leaves_the_partner_account(product: Begin) -> None:
    """The partner account is a group: once deleted the user is in it no more, and nothing brings it back."""
    unifyr = product("unifyr")
    ada = ada_of(unifyr)
    partner = unifyr.scim.group("Partner Inc.", ada)
    unifyr.active(ada, active=False)
    assert unifyr.refused("DELETE", f"/users/{ada}")["code"] == "CONFIRMATION_REQUIRED"
    assert unifyr.said("DELETE", f"/users/{ada}", **MEANT)["state"] == "tombstoned"
    assert unifyr.scim.members(partner) == []
    purged(unifyr, ada)
    assert unifyr.refused("POST", f"/users/{ada}/restore")["status"] == 404


def test_R_3_R_6_deletion_waits_for_deactivation_and_for_nothing_else(product: Begin) -> None:
    """An active user is not deleted; the moment it is inactive, it may be."""
    unifyr = product("unifyr")
    ada = ada_of(unifyr)
    assert policy_error(unifyr.scim.delete(f"/Users/{ada}"))["code"] == "USER_ACTIVE"
    assert unifyr.refused("DELETE", f"/users/{ada}", **MEANT)["code"] == "USER_ACTIVE"
    unifyr.active(ada, active=False)
    assert unifyr.scim.delete(f"/Users/{ada}").status_code == 204


@pytest.mark.parametrize("preset", ["unifize", "vixiees"])
def test_U_4_V_1_there_is_no_deletion_for_anyone(product: Begin, preset: str) -> None:
    """Neither SCIM, nor Bulk, nor the host application deletes, and nothing is changed by trying."""
    product_ = product(preset)
    ada = ada_of(product_)
    before = tables(product_.tenant)
    assert policy_error(product_.scim.delete(f"/Users/{ada}"))["code"] == "DELETION_UNSUPPORTED"
    bulk = product_.scim.bulk({"method": "DELETE", "path": f"/Users/{ada}"}).json
    assert bulk["Operations"][0]["status"] == "403"  # type: ignore[index]
    assert product_.refused("DELETE", f"/users/{ada}", **MEANT)["code"] == "DELETION_UNSUPPORTED"
    changed = {name for name, rows in tables(product_.tenant).items() if rows != before[name]}
    assert changed <= {"credentials"}


def test_U_4_where_it_is_absorbed_nothing_is_ever_purged(product: Begin, clock: FixedClock) -> None:
    """The identity provider sees a deletion; inside, the user stays as it was, without access."""
    unifize = product("unifize", scim={"delete": "absorb"})
    ada = ada_of(unifize)
    assert unifize.scim.delete(f"/Users/{ada}").status_code == 204
    assert unifize.scim.get(f"/Users/{ada}").status_code == 404
    clock.advance(days=10_000)
    assert purge(unifize.tenant.runtime, unifize.tenant.id) == (0, 0)
    assert unifize.said("GET", f"/users/{ada}")["purge_after"] is None
    assert {name for _, name in trail(unifize, ada)} == {"Ada Lovelace"}


@pytest.mark.parametrize(("preset", "type_"), [("unifize", "record"), ("vixiees", "call")])
def test_U_3_V_8_history_stays_linked_to_who_left(product: Begin, preset: str, type_: str) -> None:
    """After a deactivation everything is owned and named as before, and the host is ordered to change nothing."""
    product_ = product(preset)
    ada = ada_of(product_)
    product_.own(ada, type_, "1", "2")
    before = trail(product_, ada)
    assert product_.active(ada, active=False).status_code == 200
    assert [product_.work(type_, id_)["owner"] for id_ in ("1", "2")] == [ada, ada]
    after = trail(product_, ada)
    assert after[: len(before)] == before
    assert {name for _, name in after} == {"Ada Lovelace"}
    assert product_.told(ada, "work", "attribution") == []
