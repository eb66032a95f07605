"""What identity providers send, from the first day to the last, is answered as they expect."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.service import TenantUnderTest
from tests.transcripts.performance import Performance, differences

SCRIPTS = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_transcript_is_answered_as_expected(script: Path, client: FlaskClient, acme: TenantUnderTest) -> None:
    """Every step of the client gets the status and shows the content that the transcript states."""
    assert Performance.of(script, client, acme).play() == []


def test_a_difference_is_found() -> None:
    """A transcript can fail, and says where."""
    assert differences({"a": [{"b": 1}], "c": None}, {"a": [{"b": 1, "x": 2}]}) == []
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": True}]}) == ["$.a[0].b is True, not 1"]
    assert differences({"a": None}, {"a": 1}) == ["$.a is 1, not None"]
