"""Prove what presets say, and that a tenant may start from each."""

import pytest

from app.lifecycle.policy import PRESETS, SCHEMAS, PolicyInvalid, TenantPolicy

FOLDER = SCHEMAS / "policy" / "presets"
CONTRACT = {
    "unifize": ("never", [], "mixed", ["login", "notify", "invite"], "reactivate_only"),
    "helpdesk": ("any", ["deactivate", "delete"], "separate", ["login"], "after_delete"),
    "document360": ("any", ["deactivate", "delete", "reactivate"], "mixed", ["login"], "after_delete"),
    "unifyr": ("inactive_only", ["delete"], "mixed", ["login", "email"], "after_delete"),
    "vixiees": ("never", ["release"], "filtered", ["login"], "after_delete"),
}


def test_each_preset_is_a_file_and_each_file_a_preset() -> None:
    """No preset is promised that is not there, and none lies there unseen."""
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(f"{name}.json" for name in PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_being_stored(name: str) -> None:
    """What is written as JSON is read back equal."""
    policy = TenantPolicy.preset(name)
    assert TenantPolicy.load(policy.model_dump_json()) == policy


@pytest.mark.parametrize("name", CONTRACT)
def test_a_preset_differs_where_its_product_does(name: str) -> None:
    """The knobs that tell the five products apart are those of their help pages."""
    policy = TenantPolicy.preset(name)
    told = policy.delete.mode, list(policy.confirm), policy.inactive.listing, list(policy.inactive.blocks)
    assert (*told, policy.identity.email_reuse) == CONTRACT[name]
    assert (policy.scim.delete, policy.scim.on_block) == ("policy", "refuse")


def test_knobs_are_overridden_one_by_one() -> None:
    """A tenant turns one knob of a preset, and its neighbours stay as they are."""
    policy = TenantPolicy.preset("helpdesk", {"delete": {"min_days_inactive": 90}, "confirm": []})
    assert (policy.delete.mode, policy.delete.scope, policy.delete.min_days_inactive) == ("any", "account", 90)
    assert policy.confirm == ()


def test_an_override_may_add_a_pool() -> None:
    """Pools and types of work are added by their names, and those of the preset stay."""
    policy = TenantPolicy.preset("vixiees", {"entitlements": {"seat": {"capacity": 5}}})
    assert set(policy.entitlements) == {"sales", "seat"}
    assert policy.entitlements["seat"].capacity == 5


def test_an_unknown_preset_is_refused() -> None:
    """Whoever mistypes a preset is told which ones there are."""
    with pytest.raises(PolicyInvalid, match="preset must be one of default, unifize, helpdesk"):
        TenantPolicy.preset("zendesk")
