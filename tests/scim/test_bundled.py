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
    {"sortBy": "displayName"},
    {"filter": "displayName pr"},
    {"count": bundled.MOST + 1},
    {"filter": 'displayName eq "nobody"'},
    {"startIndex": 100},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("endpoint", ["Users", "Groups"])
def test_a_page_says_what_its_resources_say(scim: ScimClient, endpoint: str, asked: dict[str, Any]) -> None:
    """Whatever characters are in names, in groups, and where an attribute is missing."""
    people = [scim.user(f"user-{place}{name}", displayName=name) for place, name in enumerate(ODD)]
    teams = [scim.group(f"Team {name}", *people[:place]) for place, name in enumerate(ODD)]
    scim.group("Around", teams[1])
    page = body_of(scim.get(f"/{endpoint}", **asked))
    for resource in page["Resources"]:
        assert resource == body_of(scim.get(f"/{endpoint}/{resource['id']}"))
    everyone = len(people) if endpoint == "Users" else len(teams) + 1
    assert page["totalResults"] == (0 if "eq" in asked.get("filter", "") else everyone)
