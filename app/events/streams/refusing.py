"""Refuse what is asked of a stream."""

from __future__ import annotations

from typing import Literal, TypeAlias

Fault: TypeAlias = Literal["invalid", "missing", "conflict", "too_fast"]


class StreamRefused(Exception):  # noqa: N818
    """Say what is in the way, and what to do about it."""

    def __init__(self, fault: Fault, detail: str, retry_after: int | None = None) -> None:
        self.fault = fault
        self.retry_after = retry_after
        super().__init__(detail)


def unknown_stream() -> StreamRefused:
    """Refuse a stream that is not there, or belongs to somebody else: the two look alike."""
    return StreamRefused("missing", "There is no such stream.")


def invalid(detail: str) -> StreamRefused:
    """Refuse what cannot be done to any stream."""
    return StreamRefused("invalid", detail)
