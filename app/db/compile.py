"""Compile conditions to SQL for SQLite and PostgreSQL.

An expression is true exactly where its condition holds; elsewhere it is false or null, which a WHERE clause, AND, OR
and EXISTS treat alike. Only a negation could tell them apart, so it is written ``IS NOT TRUE``. That keeps plain
comparisons of nullable columns, which indexes serve.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, null, or_, select, true, type_coerce
from sqlalchemy.types import NullType, Text

from app.db.compile_json import JsonAny, JsonFirst, JsonMissing, JsonPresent, JsonSort, Place, json_compare
from app.db.query import (
    SUBSTRING,
    AllOf,
    AnyElement,
    AnyOf,
    Condition,
    Match,
    Negate,
    Never,
    Op,
    Path,
    Position,
    Present,
    Sort,
    Value,
    pinned,
)
from app.db.searchable import Constant, Relation, Searchable

Test = ColumnElement[bool]


def where(condition: Condition, target: Searchable) -> Test:
    """Return the SQL expression that is true for the rows of ``target`` that meet ``condition``.

    The caller restricts the statement to the tenant; sub-queries are restricted here.
    """
    return _compile(condition, _Table(target))


def order_by(sort: Sort, target: Searchable) -> list[ColumnElement[Any]]:
    """Return the terms that order rows: missing values last when ascending, first when descending (§3.4.2.3)."""
    column = target.columns.get(sort.path)
    if isinstance(column, Constant) or sort.path in target.related:
        return []
    value = _sorted_value(sort, target) if column is None else column.key
    terms = [value] if column is not None and column.always else [value.is_(None), value]
    return [term.desc() for term in terms] if sort.descending else terms


def sort_key(sort: Sort, target: Searchable) -> ColumnElement[Any]:
    """Return what rows are ordered by, of a type that leaves values as the database gives them."""
    column = target.columns.get(sort.path)
    if isinstance(column, Constant):
        return literal(column.value, Text())
    if sort.path in target.related:
        return null()
    return _sorted_value(sort, target) if column is None else column.key


def behind(position: Position, sort: Sort | None, target: Searchable) -> Test:
    """Return the SQL expression that is true for the rows that follow a position in an order, then by id."""
    later_id = target.id > position.id
    if sort is None:
        return later_id
    key = type_coerce(sort_key(sort, target), NullType())
    if position.value is None:
        return (
            or_(and_(key.is_(None), later_id), key.is_not(None)) if sort.descending else and_(key.is_(None), later_id)
        )
    value = literal(position.value, NullType())
    if sort.descending:
        return and_(key <= value, or_(key < value, later_id))
    following = and_(key >= value, or_(key > value, later_id))
    column = target.columns.get(sort.path)
    return following if column is not None and getattr(column, "always", False) else or_(following, key.is_(None))


def _sorted_value(sort: Sort, target: Searchable) -> ColumnElement[Any]:
    place = Place(target.search, sort.path)
    return JsonSort(place, sort.numeric) if sort.element is None else JsonFirst(place, (sort.element, sort.numeric))


def _compile(condition: Condition, scope: "_Scope") -> Test:
    test: Test
    match condition:
        case Match(path, Op.ne, value):
            test = scope.match(path, Op.eq, value).is_not(true())
        case Match(path, op, value):
            test = scope.match(path, op, value)
        case Present(path, nested):
            test = scope.present(path, nested=nested)
        case AnyElement(path, inner):
            test = scope.any(path, inner)
        case AllOf(terms):
            test = and_(true(), *(_compile(term, scope) for term in terms))
        case AnyOf(terms):
            test = or_(false(), *(_compile(term, scope) for term in terms))
        case Negate(term):
            test = _compile(term, scope).is_not(true())
        case Never():
            test = false()
    return test


@dataclass(frozen=True, slots=True)
class _Document:
    """Attributes inside the search document, below a place in it."""

    place: Place

    def match(self, path: Path, op: Op, value: Value) -> Test:
        place = self.place.below(path)
        if value is None:
            return JsonMissing(place) if op is Op.eq else false()
        if op in SUBSTRING and not isinstance(value, str):
            return false()
        return json_compare(place, op, value)

    def present(self, path: Path, *, nested: bool) -> Test:
        return JsonPresent(self.place.below(path), nested)

    def any(self, path: Path, inner: Condition) -> Test:
        place = self.place.below(path)
        element = place.element()
        return JsonAny(place, element.alias, _compile(inner, _Document(element)))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sub-attributes of a relation, each a column; what no column holds is missing."""

    relation: Relation

    def match(self, path: Path, op: Op, value: Value) -> Test:
        if (column := self.relation.columns.get(path)) is not None:
            return column.match(op, value)
        return true() if op is Op.eq and value is None else false()

    def present(self, path: Path, *, nested: bool) -> Test:  # noqa: ARG002
        column = self.relation.columns.get(path)
        return false() if column is None else column.present()

    def any(self, path: Path, inner: Condition) -> Test:  # noqa: ARG002
        return false()


@dataclass(frozen=True, slots=True)
class _Table:
    """Attributes of the searched table: columns first, then relations, then the search document."""

    target: Searchable

    @property
    def document(self) -> _Document:
        return _Document(Place(self.target.search))

    def match(self, path: Path, op: Op, value: Value) -> Test:
        if (column := self.target.columns.get(path)) is not None:
            return column.match(op, value)
        if (relation := self.target.related.get(path)) is not None:
            absent = self._rows(relation, None).is_not(true())
            return absent if op is Op.eq and value is None else false()
        return self.document.match(path, op, value)

    def present(self, path: Path, *, nested: bool) -> Test:
        if (column := self.target.columns.get(path)) is not None:
            return column.present()
        if (relation := self.target.related.get(path)) is not None:
            return self._rows(relation, None)
        return self.document.present(path, nested=nested)

    def any(self, path: Path, inner: Condition) -> Test:
        if (relation := self.target.related.get(path)) is not None:
            own, reached = self._rows(relation, inner), self.target.reached.get(path)
            return own if reached is None else or_(own, self._rows(reached(self.target.tenant), inner))
        test = self.document.any(path, inner)
        return test if (known := self._looked_up(path, inner)) is None else and_(known, test)

    def _rows(self, relation: Relation, inner: Condition | None) -> Test:
        """Look the owners up where an index leads to them, else probe each row's own rows."""
        terms: list[Any] = [relation.tenant == self.target.tenant]
        if inner is not None:
            terms.append(_compile(inner, _Rows(relation)))
            if pinned(inner, relation.indexed) is not None:
                return self.target.id.in_(select(relation.owner).select_from(relation.source).where(*terms))
        rows = select(relation.owner).select_from(relation.source).where(*terms, relation.owner == self.target.id)
        return exists(rows.correlate_except(relation.source))

    def _looked_up(self, path: Path, inner: Condition) -> Test | None:
        if (lookups := self.target.lookups) is None:
            return None
        for named, name in lookups.names.items():
            head, sub = named[: len(path)], named[len(path) :]
            if head == path and (key := pinned(inner, sub)) is not None:
                found = (lookups.tenant == self.target.tenant, lookups.path == name, lookups.key == key)
                return self.target.id.in_(select(lookups.owner).where(*found))
        return None


_Scope = _Document | _Rows | _Table
