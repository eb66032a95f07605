"""Something that is due by time in each tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Chore:
    """A function that is called for each tenant every so often, by one worker at a time; it returns what it did."""

    name: str
    every: timedelta
    do: Callable[[Runtime, int], int]
