"""The single changes that a common PATCH makes to a stored document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.scim.fast.readers import Uncommon
from app.scim.mapping import Document

Steps = tuple[str, ...]
Edit = Callable[[Document], None]
"""Changes a document in place, or raises `Uncommon` when what it holds calls for a model."""
KeyOf = Callable[[Any], Any]


def assigned(steps: Steps, value: Any) -> Edit:
    """Set an attribute."""

    def edit(document: Document) -> None:
        container = document
        for step in steps[:-1]:
            container = container.setdefault(step, {})
        container[steps[-1]] = value

    return edit


def begun(steps: Steps, value: Any) -> Edit:
    """Add the first values of a list; those that join others have to be compared with them."""
    assign = assigned(steps, value)

    def edit(document: Document) -> None:
        container = document
        for step in steps[:-1]:
            container = container.get(step, {})
        if steps[-1] in container:
            raise Uncommon
        assign(document)

    return edit


def unassigned(steps: Steps) -> Edit:
    """Take an attribute away, and what is empty without it (RFC 7643 §2.5)."""

    def edit(document: Document) -> None:
        holders = [document]
        for step in steps[:-1]:
            holders.append(holders[-1].get(step, {}))
        for holder, step in zip(reversed(holders), reversed(steps), strict=True):
            if holder is holders[len(steps) - 1] or not holder.get(step):
                holder.pop(step, None)

    return edit


def selected(steps: Steps, entry: dict[str, Any], value: dict[str, Any], key_of: KeyOf, *, create: bool) -> Edit:
    """Write to the entries of a list that hold what ``entry`` holds; if there is none, make it one if that is usual."""
    ((name, wanted),) = entry.items()
    key = key_of(wanted)

    def edit(document: Document) -> None:
        container = document
        for step in steps[:-1]:
            container = container.setdefault(step, {})
        entries = container.setdefault(steps[-1], [])
        found = [each for each in entries if key_of(each.get(name)) == key]
        if not found and not create:
            raise Uncommon
        for each in found:
            each.update(value)
        if not found:
            entries.append({**entry, **value})

    return edit
