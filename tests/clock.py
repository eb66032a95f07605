"""A clock that stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """Tell the same time until advanced."""

    current: datetime = START

    def now(self) -> datetime:
        """Return the time the test has set."""
        return self.current

    def advance(self, **step: float) -> datetime:
        """Move by the keywords of `timedelta` and return the new time."""
        self.current += timedelta(**step)
        return self.current
