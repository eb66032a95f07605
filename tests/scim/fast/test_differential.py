"""What compiled readers accept, models accept too, and both make the same of it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.scim.dialects import DIALECTS
from tests.scim.dialects.served import ANN
from tests.scim.fast.paths import CATALOGUE, POST, PUT, Ways
from tests.scim.fast.shapes import BODIES, MESSAGES

EACH = pytest.mark.parametrize("dialect", DIALECTS)
KINDS = pytest.mark.parametrize("name", ["User", "Group"])
WAYS = {name: Ways.of(CATALOGUE, name) for name in DIALECTS}
BOTH = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))


@EACH
@KINDS
@BOTH
@given(data=st.data(), context=st.sampled_from([POST, PUT]))
def test_a_resource_is_the_same_both_ways(dialect: str, name: str, data: st.DataObject, context: Any) -> None:
    """The document, what is stored apart, and the tolerances do not depend on who read a POST or PUT."""
    usual, model = WAYS[dialect].draft(name, data.draw(BODIES[name]), context)
    assert usual in (None, model)


@EACH
@BOTH
@given(current=BODIES["User"], body=BODIES["User"])
def test_a_replacement_is_the_same_both_ways(dialect: str, current: Any, body: Any) -> None:
    """Whatever it replaces, a PUT leaves the same document."""
    stored, _ = WAYS["okta"].draft("User", current, POST)
    assume(stored)
    usual, model = WAYS[dialect].draft("User", body, PUT, stored[0] if stored else None)
    assert usual in (None, model)


@EACH
@KINDS
@BOTH
@given(data=st.data(), active=st.sampled_from([True, False, None]))
def test_a_patch_is_the_same_both_ways(dialect: str, name: str, data: st.DataObject, *, active: bool | None) -> None:
    """The document, ``active``, the members and the tolerances do not depend on who applied a PATCH."""
    stored, _ = WAYS["okta"].draft(name, data.draw(BODIES[name]), POST)
    document = stored[0] if stored else WAYS["okta"].stored(name, START[name])
    message = data.draw(MESSAGES[name])
    usual, model = WAYS[dialect].patch(name, message, document, active=active if name == "User" else None)
    assert usual in (None, model)


START = {"User": ANN, "Group": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team"}}
