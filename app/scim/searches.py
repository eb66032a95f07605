"""Answer searches among one type or all (RFC 7644 §3.4.2): users before groups, by page number or by cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

from app.db.query import Page, Position, Walk
from app.db.records import Found, View
from app.scim.cursors import Cursors, Standing
from app.scim.paging import Paging, Search
from app.scim.projection import Projection
from app.scim.render import Json, Rendered, Renderer

FIRST, LAST = "", chr(0x10FFFF)
"""Below and above every id."""


class Listed(Protocol):
    """What lists the resources of one type."""

    def page(self, search: Search, page: Page | Walk) -> Found:
        """Return a page of those that match."""

    def rendered(self, views: list[View], projection: Projection) -> Sequence[Json]:
        """Return resources as JSON."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A result on its way to be shown, by the rank of its type."""

    rank: int
    position: Position
    view: View


@dataclass(frozen=True, slots=True)
class Step:
    """What a walk came by: ``total`` is None where it would have to be counted."""

    entries: Sequence[Entry]
    more: bool
    total: int | None

    def standing(self, count: int) -> Standing | None:
        """Return where the next page follows, None on the last."""
        if not self.more or not self.entries:
            return None
        return Standing(count, self.entries[-1].rank, self.entries[-1].position)


class Listing:
    """One search, with what lists each of its types."""

    def __init__(self, sources: Sequence[tuple[Listed, Search]], renderer: Renderer) -> None:
        """List these sources one behind the other, or merged where the search says how to sort."""
        self._sources = sources
        self._renderer = renderer
        self._sort = sources[0][1].sort

    def numbered(self, page: Page, longest_step: int) -> Rendered:
        """Return the page that starts at a number."""
        if self._sort is not None and len(self._sources) > 1:
            total, resources = self._merged(page, longest_step)
        else:
            total, resources = self._one_by_one(page)
        return Rendered(HTTPStatus.OK, json=self._renderer.page(total, page.start, resources))

    def walked(self, paging: Paging, default: int, cursors: Cursors, query: str, now: datetime) -> Rendered:
        """Return the page that a cursor leads to, and the cursor of the next (RFC 9865 §2)."""
        if paging.cursor == "":
            count, after = default if paging.count is None else paging.count, None
        else:
            after = cursors.open(paging.cursor, query, paging.count, now)
            count = after.count
        step = self._step(count, after)
        following = step.standing(count)
        sealed = None if following is None else cursors.seal(query, following, now)
        return Rendered(HTTPStatus.OK, json=self._renderer.walk(step.total, sealed, self._shown(step.entries)))

    def _one_by_one(self, page: Page) -> tuple[int, list[Json]]:
        total, resources = 0, list[Json]()
        for source, search in self._sources:
            here = Page(max(page.start - total, 1), page.count - len(resources))
            found = source.page(search, here)
            resources += source.rendered(found.views, search.projection)
            total += found.total or 0
        return total, resources

    def _merged(self, page: Page, longest_step: int) -> tuple[int, list[Json]]:
        """Walk to the page, since no database numbers results across tables."""
        total = sum(source.page(search, Page(1, 0)).total or 0 for source, search in self._sources)
        before = page.start - 1
        if not page.count or before >= total:
            return total, []
        after: Standing | None = None
        while before:
            step = self._step(min(before, longest_step), after)
            after = step.standing(0)
            if after is None:
                return total, []
            before -= len(step.entries)
        return total, self._shown(self._step(page.count, after).entries)

    def _step(self, count: int, after: Standing | None) -> Step:
        entries, more, totals = list[Entry](), False, list[int | None]()
        for rank, (source, search) in enumerate(self._sources):
            found = source.page(search, Walk(count, _position(after, rank)))
            entries += (Entry(rank, *each) for each in zip(found.positions, found.views, strict=True))
            more |= found.more
            totals.append(found.total)
        known = [total for total in totals if total is not None]
        whole = after is None and len(known) == len(totals)
        self._order(entries)
        return Step(entries[:count], more or len(entries) > count, sum(known) if whole else None)

    def _order(self, entries: list[Entry]) -> None:
        """Merge what came in order from each source: sorting is stable, and equal values keep the order of types."""
        if self._sort is not None and len(self._sources) > 1:
            entries.sort(key=_missing_last, reverse=self._sort.descending)

    def _shown(self, entries: Sequence[Entry]) -> list[Json]:
        """Return results as JSON, in order, those of a type rendered together."""
        rendered: list[Iterator[Json]] = []
        for rank, (source, search) in enumerate(self._sources):
            views = [entry.view for entry in entries if entry.rank == rank]
            rendered.append(iter(source.rendered(views, search.projection) if views else ()))
        return [next(rendered[entry.rank]) for entry in entries]


def _missing_last(entry: Entry) -> tuple[bool, Any]:
    value = entry.position.value
    return (value is None, 0 if value is None else value)


def _position(after: Standing | None, rank: int) -> Position | None:
    """Return where one type stands: equal values of a type before were shown, those of a type behind were not."""
    if after is None or rank == after.rank:
        return None if after is None else after.position
    return Position(after.position.value, LAST if rank < after.rank else FIRST)
