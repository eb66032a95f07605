"""What holds for every policy: it comes back from text, from its versions and from its differences as it went."""

from hypothesis import given, settings

from app.lifecycle.policy import TenantPolicy, differences
from tests.lifecycle.policies import policies


@settings(max_examples=60)
@given(policies())
def test_a_policy_comes_back_as_it_went(policy: TenantPolicy) -> None:
    """As JSON text, as a document, and with nothing or all of itself turned."""
    text = policy.model_dump_json()
    assert TenantPolicy.load(text) == policy
    assert TenantPolicy.load(policy.model_dump(mode="json")) == policy
    assert TenantPolicy.load(text).model_dump_json() == text
    assert policy.turned({}) == policy
    assert policy.turned(policy.model_dump(mode="json")) == policy


@settings(max_examples=60)
@given(policies(), policies())
def test_differences_are_all_there_is(before: TenantPolicy, after: TenantPolicy) -> None:
    """Equal policies differ in nothing, and the other way round all is turned around."""
    found = differences(before, after)
    assert (found == {}) is (before == after)
    turned = {knob: {"from": each["to"], "to": each["from"]} for knob, each in found.items()}
    assert differences(after, before) == turned
    assert differences(before, before) == {}
