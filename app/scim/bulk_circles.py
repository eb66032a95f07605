"""Creations of one bulk request that refer to each other (RFC 7644 §3.7.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

VALUE = "value"
Needs = Callable[[int], Sequence[int]]


def circles(order: Sequence[int], needs: Needs) -> dict[int, list[int]]:
    """Return each circle at that of its operations that comes last in ``order``, and nothing at its others.

    ``order`` is that in which a walk along the references leaves the operations, so that walks against them, begun at
    the last, keep within circles (Kosaraju's algorithm).
    """
    needed_by: dict[int, list[int]] = defaultdict(list)
    for index in order:
        for needed in needs(index):
            needed_by[needed].append(index)
    found: dict[int, list[int]] = {}
    seen: set[int] = set()
    for last in reversed(order):
        circle = _reached(last, needed_by, seen)
        if len(circle) > 1 or last in needs(last):
            found |= {index: sorted(circle) if index == last else [] for index in circle}
    return found


def _reached(start: int, edges: Mapping[int, Sequence[int]], seen: set[int]) -> list[int]:
    """Return what can be reached of what was not ``seen`` yet, without recursion, which a long chain would exhaust."""
    reached, ahead = [], [start]
    while ahead:
        index = ahead.pop()
        if index not in seen:
            seen.add(index)
            reached.append(index)
            ahead.extend(edges.get(index, ()))
    return reached


def without(value: Any, references: frozenset[str]) -> Any:
    """Return JSON without these references; an entry whose ``value`` is one goes as a whole."""
    if isinstance(value, dict):
        return {name: without(item, references) for name, item in value.items() if not _is_one(item, references)}
    if isinstance(value, list):
        return [without(item, references) for item in value if not _is_one(item, references)]
    return value


def _is_one(item: Any, references: frozenset[str]) -> bool:
    if isinstance(item, dict):
        return any(name.lower() == VALUE and _is_one(each, references) for name, each in item.items())
    return isinstance(item, str) and item in references
