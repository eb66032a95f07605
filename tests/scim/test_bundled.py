"""Pages that SQLite gives in one piece say the same as each of their resources does alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import bundled
from tests.scim_client import ScimClient, body_of

ODD = ("plain", "a\x1fb", "\x1e", "%s", "é\u2028", 'quote "', "back\\slash", "it's")
ASKED: list[dict[str, Any]] = [
    {},
    {"startIndex": 3, "count": 4},
    {"sortBy": "displayName", "sortOrder": "descending"},
    {"sortBy": "displayName", "startIndex": 2, "count": 5},
    {"filter": "displayName pr"},
    {"filter": 'displayName eq "nobody"'},
    {"startIndex": 100},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("endpoint", ["Users", "Groups"])
def test_a_page_in_one_piece_is_the_page_row_by_row(scim: ScimClient, endpoint: str, asked: dict[str, Any]) -> None:
    """In the same order, whatever characters are in names and in groups, and where an attribute is missing."""
    people = [scim.user(f"user-{place}{name}", displayName=name) for place, name in enumerate(ODD)]
    people.append(scim.user("nameless"))
    teams = [scim.group(f"Team {name}", *people[:place]) for place, name in enumerate(ODD)]
    scim.group("Around", teams[1])
    page = body_of(scim.get(f"/{endpoint}", **asked))
    whole = body_of(scim.get(f"/{endpoint}", **{**asked, "startIndex": 1, "count": bundled.MOST + 1}))
    first = asked.get("startIndex", 1) - 1
    assert page["totalResults"] == whole["totalResults"]
    assert page["Resources"] == whole["Resources"][first : first + asked.get("count", bundled.MOST)]
    for resource in page["Resources"]:
        assert resource == body_of(scim.get(f"/{endpoint}/{resource['id']}"))
