"""Prove how moments are told and written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lifecycle.clock import SystemClock, iso, parse_iso


def test_moments_are_written_in_utc_with_milliseconds() -> None:
    """Another zone is converted, and the finer part of a second is cut off."""
    moment = datetime(2026, 11, 23, 1, 25, 0, 123987, tzinfo=timezone(timedelta(hours=1)))
    assert iso(moment) == "2026-11-23T00:25:00.123Z"


def test_a_moment_without_zone_is_refused() -> None:
    """Nobody guesses which zone was meant, when writing or reading."""
    with pytest.raises(ValueError, match="time zone"):
        iso(datetime(2026, 11, 23))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        parse_iso("2026-11-23T00:25:00")


def test_the_system_clock_tells_what_a_row_can_hold() -> None:
    """What the clock says survives being written and read."""
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert parse_iso(iso(now)) == now


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_text_sorts_as_the_moments_do(one: datetime, other: datetime) -> None:
    """The text has a fixed width, so that comparing text compares moments."""
    assert len(iso(one)) == 24
    assert (iso(one) < iso(other)) == (parse_iso(iso(one)) < parse_iso(iso(other)))
