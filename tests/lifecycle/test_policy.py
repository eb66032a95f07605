"""Prove how a policy document is read and refused."""

import json
from typing import Any

import pytest

from app.lifecycle.policy import SCHEMAS, PolicyInvalid, TenantPolicy, differences
from app.lifecycle.policy.knobs import problem


def test_the_published_schema_is_the_one_that_is_obeyed() -> None:
    """`tenant-policy.json` equals what the model says; neither drifts."""
    published = json.loads((SCHEMAS / "policy" / "tenant-policy.json").read_text("utf-8"))
    assert published == TenantPolicy.json_schema()


def test_the_default_preset_spells_out_every_default() -> None:
    """An empty document, the default preset and `default()` are the same policy, and the preset names each knob."""
    preset = json.loads((SCHEMAS / "policy" / "presets" / "default.json").read_text("utf-8"))
    assert TenantPolicy.default() == TenantPolicy.load({}) == TenantPolicy.load(preset)
    assert preset == TenantPolicy.default().model_dump(mode="json")


def test_a_policy_survives_being_stored() -> None:
    """What is written as JSON is read back equal."""
    policy = TenantPolicy.load({"protect_last": {"roles": ["Owner", "Admin"], "on": ["delete"], "message": "No."}})
    assert TenantPolicy.load(policy.model_dump_json()) == policy


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"delete": {"mode": "maybe"}}, "delete.mode", "delete.mode must be 'never', 'inactive_only' or 'any'."),
        (
            {"delete": {"min_days_inactive": -1}},
            "delete.min_days_inactive",
            "delete.min_days_inactive must be 0 or more.",
        ),
        (
            {"delete": {"min_days_inactive": 10**9}},
            "delete.min_days_inactive",
            "delete.min_days_inactive must be 36500 or less.",
        ),
        (
            {"delete": {"min_days_inactive": "30"}},
            "delete.min_days_inactive",
            "delete.min_days_inactive must be a whole number.",
        ),
        (
            {"delete": {"attribution": {"label": " "}}},
            "delete.attribution.label",
            "delete.attribution.label must not be empty.",
        ),
        ({"protect_last": {"roles": "Owner"}}, "protect_last.roles", "protect_last.roles must be a list."),
        (
            {"protect_last": {"on": ["deactivate", "edit"]}},
            "protect_last.on.1",
            "protect_last.on.1 must be 'deactivate' or 'delete'.",
        ),
        ({"protect_last": {"message": 7}}, "protect_last.message", "protect_last.message must be text."),
        ({"seats": 5}, "seats", "seats is not a knob of this policy."),
        ({"delete": "never"}, "delete", "delete must be an object of knobs."),
        ([], "", "The policy must be an object of knobs."),
        (
            {"inactive": {"blocks": ["notify"]}},
            "inactive.blocks",
            "inactive.blocks must name 'login': an inactive user never signs in.",
        ),
        ({"confirm": ["delete", "delete"]}, "confirm", "confirm must not name 'delete' twice."),
        ({"work": []}, "work", "work must be an object."),
        (
            {"work": {"Phone Number": {}}},
            "work.Phone Number.[key]",
            "work.Phone Number.[key] must be a name of a-z, 0-9 and _ that starts with a letter.",
        ),
        (
            {"work": {"task": {}}, "entitlements": {"sales": {"on_release": {"task": {}}}}},
            "entitlements.sales.on_release.task.to",
            "entitlements.sales.on_release.task.to must be given.",
        ),
        (
            {"entitlements": {"sales": {"on_release": {"task": {"to": "unassign"}}}}},
            "entitlements.sales.on_release.task",
            "entitlements.sales.on_release.task must be a type of work of this policy: 'task' is not under work.",
        ),
        *(
            (
                {"work": {"phone": {}}, "entitlements": {"sales": {"assigned_by": "everyone", **of_a_scope}}},
                "entitlements.sales.assigned_by",
                "entitlements.sales.assigned_by must not be 'everyone' in a pool that has scope_by or last_in_scope.",
            )
            for of_a_scope in ({"scope_by": "locale"}, {"last_in_scope": {"blocked_by": {"type": "phone"}}})
        ),
        (
            {"entitlements": {"sales": {"assigned_by": "api", "last_in_scope": {"blocked_by": {"type": "phone"}}}}},
            "entitlements.sales.last_in_scope.blocked_by.type",
            (
                "entitlements.sales.last_in_scope.blocked_by.type must be a type of work of this policy: "
                "'phone' is not under work."
            ),
        ),
    ],
)
def test_a_wrong_knob_is_named_in_plain_words(document: Any, path: str, message: str) -> None:
    """Each problem is a pair of the knob and a sentence that an operator understands."""
    with pytest.raises(PolicyInvalid) as caught:
        TenantPolicy.load(document)
    assert caught.value.problems == [(path, message)]


def test_every_wrong_knob_is_reported_at_once() -> None:
    """Nobody mends a policy one refusal at a time."""
    with pytest.raises(PolicyInvalid) as caught:
        TenantPolicy.load({"scim": {"delete": 1}, "groups": {"duplicate_display_name": "perhaps"}})
    assert {path for path, _ in caught.value.problems} == {"scim.delete", "groups.duplicate_display_name"}


def test_text_that_is_no_json_is_refused() -> None:
    """Broken JSON is a problem of the policy, not of the program."""
    with pytest.raises(PolicyInvalid, match="The policy is not valid JSON"):
        TenantPolicy.load("{")


def test_all_problems_are_one_text() -> None:
    """What is wrong reads as one line where there is only one."""
    assert (
        str(PolicyInvalid([("a", "a must be given."), ("b", "b must be text.")])) == "a must be given.; b must be text."
    )


def test_a_problem_of_a_new_kind_is_told_in_the_words_of_the_validator() -> None:
    """Rather than not at all, or as a failure of the program."""
    item = {"loc": ("delete", "mode"), "type": "new_rule", "msg": "Input is odd"}
    assert problem(item) == ("delete.mode", "delete.mode is not accepted: Input is odd.")


def test_a_pool_that_only_one_policy_has_is_a_difference() -> None:
    """Each of its knobs is named, with nothing on the other side."""
    before, after = TenantPolicy.load({"work": {}}), TenantPolicy.load({"work": {"task": {}}})
    found = differences(before, after)
    assert found["work.task.bulk_reassign"] == {"from": None, "to": True}
    assert differences(after, before)["work.task.on_delete"] == {"from": "block", "to": None}
    assert list(found) == sorted(found)
