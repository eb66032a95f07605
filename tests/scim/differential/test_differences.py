"""Every difference in the list exists, and the published list is the list."""

import json

import pytest
from flask import Flask

from app.config import Settings
from tests.clock import FixedClock
from tests.scim.differential.differences import DIFFERENCES, PAGE, Difference, page, request_of, unexplained
from tests.scim.differential.pair import Pair
from tests.service import TenantUnderTest


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_a_listed_difference_occurs(
    app: Flask, settings: Settings, clock: FixedClock, acme: TenantUnderTest, difference: Difference
) -> None:
    """The last request of the example is answered as the list says; what is answered alike has to leave the list."""
    pair, ids = Pair(app, settings, clock, acme), list[str]()
    for line in difference.example:
        request = request_of(line, ids)
        response, found = pair.compare(request)
        assert not unexplained(request, found)
        ids.append(json.loads(response.data)["id"] if response.status_code == 201 else "")
    assert any(difference.explains(request, each) for each in found), found


def test_the_published_list_is_the_list() -> None:
    """`python -m tests.scim.differential.differences` writes the page anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
