"""Lists hold equal values once."""

from __future__ import annotations

from typing import Any

import orjson


def once_each(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document, its own or in an extension, without values that repeat in a list (RFC 7643 §2.4)."""
    for name, value in document.items():
        if isinstance(value, list):
            if len(value) > 1:
                document[name] = _distinct(value)
        elif isinstance(value, dict):
            once_each(value)
    return document


def _distinct(values: list[Any]) -> list[Any]:
    if len(values) == 2 and values[0] != values[1]:
        return values
    # true and 1 are equal in Python, and not in JSON
    return list({orjson.dumps(value, option=orjson.OPT_SORT_KEYS): value for value in values}.values())
