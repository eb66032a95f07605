"""What repositories give to surfaces and take from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class View:
    """A resource as it is served: its document, and what is spliced into it; times as text.

    ``active`` is None where the attribute is not assigned.
    """

    id: str
    version: int
    document: str
    created_at: str
    updated_at: str
    active: bool | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matching resources, and how many match in all."""

    total: int
    views: list[View]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group: the ``value``, ``type`` and ``display`` of RFC 7643 §4.2."""

    id: str
    type: str
    display: str | None


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group as it is stored; ``unique_key`` is None where the policy allows equal display names."""

    id: str
    connection_id: str | None
    version: int
    display_name: str
    display_name_key: str
    unique_key: str | None
    external_id: str | None
    document: str
    search: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class DisplayNameTakenError(Exception):
    """Another group of the tenant has this display name, and the policy wants them unique."""
