"""Read what a search asks for (RFC 7644 §3.4.2, RFC 9865 §2), from a query string or from a ``.search`` body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidFilterException, InvalidValueException

from app.config import Settings
from app.db.query import Condition, Page, Query, Sort, Walk
from app.scim.dialects import Dialect
from app.scim.filters import condition_of, relaxed, sorts_of
from app.scim.mapping import Model
from app.scim.projection import Projection, projection_of

LARGEST_INDEX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for: by its first result, or by a cursor; ``count`` is None where none was given."""

    start: int
    count: int | None
    cursor: Any


@dataclass(frozen=True, slots=True)
class Search:
    """A search among the resources of one type."""

    condition: Condition | None
    sort: Sort | None
    projection: Projection

    def at(self, page: Page | Walk) -> Query:
        """Return the query of a page."""
        return Query(page, self.condition, self.sort)


def read_paging(parameters: Mapping[str, Any], settings: Settings) -> Paging:
    """Return which page the parameters ask for, or raise 400; counts are capped, not refused."""
    cursor = parameters.get("cursor")
    if cursor is not None and parameters.get("startIndex"):
        raise InvalidValueException(detail="A search takes a cursor or a startIndex, not both.")
    start, count = _integer(parameters, "startIndex"), _integer(parameters, "count")
    capped = None if count is None else min(max(count, 0), settings.max_page_size)
    return Paging(min(max(1 if start is None else start, 1), LARGEST_INDEX), capped, cursor)


def read_searches(
    parameters: Mapping[str, Any], models: Sequence[Model], dialect: Dialect, settings: Settings
) -> list[Search]:
    """Return the search among each type; what one type lacks has no value there (RFC 7644 §3.4.2.1)."""
    text = _filter(parameters.get("filter"), dialect, settings)
    sorts = _sorts(parameters, models)
    conditions = [None if text is None else condition_of(text, model, tuple(models)) for model in models]
    projections = [projection_of(model, parameters) for model in models]
    return [Search(*parts) for parts in zip(conditions, sorts, projections, strict=True)]


def _integer(parameters: Mapping[str, Any], name: str) -> int | None:
    value = parameters.get(name)
    if value is None or value == "":
        return None
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    try:
        return int(str(whole))
    except ValueError as error:
        raise InvalidValueException(detail=f"{name} must be an integer.") from error


def _filter(text: Any, dialect: Dialect, settings: Settings) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise InvalidFilterException(detail="filter must be a string.")
    if len(text) > settings.max_filter_length:
        raise InvalidFilterException(detail=f"The filter is longer than {settings.max_filter_length} characters.")
    return relaxed(text) if dialect.relaxed_filters else text


def _sorts(parameters: Mapping[str, Any], models: Sequence[Model]) -> list[Sort | None]:
    sort_by, order = parameters.get("sortBy"), parameters.get("sortOrder") or "ascending"
    if order not in ("ascending", "descending"):
        raise InvalidValueException(detail="sortOrder must be ascending or descending.")
    if sort_by in (None, ""):
        return [None for _ in models]
    if not isinstance(sort_by, str):
        raise InvalidValueException(detail="sortBy must be a string: the path of one attribute.")
    return list(sorts_of(sort_by, models, descending=order == "descending"))
