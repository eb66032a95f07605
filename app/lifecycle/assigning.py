"""Read out of a user's document which entitlements it is assigned, and in which scope."""

from collections.abc import Collection, Mapping
from typing import Any

from app.lifecycle.policy import Entitlement


def assigned(
    document: Mapping[str, Any], pools: Mapping[str, Entitlement], groups: Collection[str]
) -> dict[str, str | None]:
    """Return the scopes of the pools that a document, or being in ``groups`` (case-folded), assigns."""
    return {
        name: None if pool.assigned_by == "everyone" else scope_of(document, pool)
        for name, pool in pools.items()
        if pool.assigned_by == "everyone" or _named(name, pool) in _given(document, pool, groups)
    }


def scope_of(document: Mapping[str, Any], pool: Entitlement) -> str | None:
    """Return the value of the attribute that tells the scope; the primary one of several."""
    found: Any = document
    for name in _steps(pool.scope_by):
        entries = found if isinstance(found, list) else [found]
        held = [each for each in entries if isinstance(each, Mapping) and each.get(name)]
        chosen = next((each for each in held if each.get("primary") is True), held[0] if held else {})
        found = chosen.get(name)
    return found if isinstance(found, str) else None


def _steps(path: str | None) -> list[str]:
    """Return the names on the way to an attribute, of an extension too (RFC 7644 §3.10)."""
    urn, _, rest = (path or "").rpartition(":")
    return [*([urn] if urn else []), *rest.split(".")]


def _named(name: str, pool: Entitlement) -> str:
    return (pool.value or name).casefold()


def _given(document: Mapping[str, Any], pool: Entitlement, groups: Collection[str]) -> Collection[str]:
    """Return the case-folded values that assign entitlements of such a pool."""
    if pool.assigned_by == "groups":
        return groups
    entries = document.get(pool.assigned_by) if pool.assigned_by in {"entitlements", "roles"} else None
    values = (each.get("value") for each in entries or () if isinstance(each, Mapping))
    return {value.casefold() for value in values if isinstance(value, str)}
