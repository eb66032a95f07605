"""A body is refused for its depth before it is built, whatever its strings hold."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scim2_models import InvalidSyntaxException, InvalidValueException

from app.scim.payloads import parse

texts = st.text(st.sampled_from('[]{}"\\,:a\n\t/é'), max_size=8)
values = st.recursive(
    texts | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def depth(value: Any) -> int:
    """Return how deep objects and lists nest."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(payload=st.dictionaries(texts, values, max_size=3), limit=st.integers(1, 8), ascii_only=st.booleans())
@example(payload={"a": '"', "b": [["]"]], 'c"': '{"'}, limit=3, ascii_only=True)
@example(payload={"\\": [[]], "\\\\": '\\"['}, limit=2, ascii_only=False)
def test_only_brackets_outside_of_strings_count(payload: dict[str, Any], limit: int, ascii_only: bool) -> None:
    """What nests as deep as allowed is read as it is, and what nests deeper is refused."""
    body = json.dumps(payload, ensure_ascii=ascii_only).encode()
    if depth(payload) <= limit:
        assert parse(body, limit) == payload
        return
    with pytest.raises(InvalidSyntaxException, match=f"nested deeper than {limit} levels"):
        parse(body, limit)


def test_a_nul_is_found_behind_any_escape() -> None:
    """No database could keep it; what only looks like it is read."""
    with pytest.raises(InvalidValueException, match="U\\+0000"):
        parse(b'{"a": "\\\\\\u0000"}', 9)
    assert parse(b'{"a": "\\\\u0000"}', 9) == {"a": "\\u0000"}
