"""Tell the time, and write it as fixed-width text that sorts as the moments do."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


class SystemClock:
    """Read the clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC, cut to the millisecond that a row can hold."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """Write a moment as `2026-11-23T00:25:00.123Z`: UTC, milliseconds, 24 characters (RFC 3339)."""
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be written as UTC.")
    return _text(moment.astimezone(UTC))


@lru_cache(maxsize=1024)
def _text(moment: datetime) -> str:
    """Write a moment in UTC; what a transaction writes bears the same one many times over."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_iso(text: str) -> datetime:
    """Read an RFC 3339 moment back into an aware datetime in UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone.")
    return moment.astimezone(UTC)
