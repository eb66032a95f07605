"""Read what a search asks for (RFC 7644 §3.4.2), from a query string or from a ``.search`` body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidFilterException, InvalidValueException, NotImplementedException

from app.config import Settings
from app.db.query import Condition, Page, Query, Sort
from app.scim.dialects import Dialect
from app.scim.filters import condition_of, relaxed, sort_path_of
from app.scim.mapping import Model
from app.scim.projection import Projection, projection_of

LARGEST_INDEX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was understood."""

    query: Query
    projection: Projection


def read_search(parameters: Mapping[str, Any], model: Model, dialect: Dialect, settings: Settings) -> Search:
    """Return the search of those parameters, or raise 400 naming the wrong one."""
    if "cursor" in parameters:
        raise NotImplementedException(detail="Pages are numbered here: use startIndex and count instead of a cursor.")
    start = _integer(parameters, "startIndex", 1)
    count = _integer(parameters, "count", settings.default_page_size)
    page = Page(min(max(start, 1), LARGEST_INDEX), min(max(count, 0), settings.max_page_size))
    condition = _condition(parameters.get("filter"), model, dialect, settings)
    return Search(Query(page, condition, _sort(parameters, model)), projection_of(model, parameters))


def _integer(parameters: Mapping[str, Any], name: str, default: int) -> int:
    value = parameters.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value) if isinstance(value, str | int) and not isinstance(value, bool) else int(str(value))
    except ValueError as error:
        raise InvalidValueException(detail=f"{name} must be an integer.") from error


def _condition(text: Any, model: Model, dialect: Dialect, settings: Settings) -> Condition | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise InvalidFilterException(detail="filter must be a string.")
    if len(text) > settings.max_filter_length:
        raise InvalidFilterException(detail=f"The filter is longer than {settings.max_filter_length} characters.")
    return condition_of(relaxed(text) if dialect.relaxed_filters else text, model)


def _sort(parameters: Mapping[str, Any], model: Model) -> Sort | None:
    sort_by, order = parameters.get("sortBy"), parameters.get("sortOrder") or "ascending"
    if not sort_by:
        return None
    if order not in ("ascending", "descending"):
        raise InvalidValueException(detail="sortOrder must be ascending or descending.")
    if not isinstance(sort_by, str):
        raise InvalidValueException(detail="sortBy must be a string: the path of one attribute.")
    return sort_path_of(sort_by, model, descending=order == "descending")
