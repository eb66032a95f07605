"""The page of dialects says what their data says, and its examples are read as it says."""

import pytest

from app.scim.dialects import DIALECTS, Dialect, Tolerance
from tests.docs.dialects import PAGE, TOLERANCES, page, tidied


def test_the_page_is_the_data() -> None:
    """Every tolerance is on the page, in the words of the data."""
    assert set(TOLERANCES) == set(Tolerance)
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("tolerance", Tolerance)
def test_an_example_needs_its_tolerance(dialect: Dialect, tolerance: Tolerance) -> None:
    """A dialect that has the tolerance uses it for the example; one that has not never does."""
    _, used = tidied(dialect, TOLERANCES[tolerance].example)
    assert (tolerance in used) is (tolerance in dialect.tolerances)
