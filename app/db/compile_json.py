"""Tests on the search document in SQL, where SQLite's json_each and PostgreSQL's jsonb differ.

Each test is true exactly when its condition holds, and false or null otherwise; a value of another type than expected
neither matches nor fails. Attribute names come from schemas; values are always bound.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, Numeric, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Text, TypeDecorator

from app.db.query import Op, Path, Value

SIGNS = {Op.eq: "=", Op.gt: ">", Op.ge: ">=", Op.lt: "<", Op.le: "<="}
LARGEST_INTEGER, LARGEST_REAL = 2**63 - 1, 2**1023
INNER_VALUE = '$.** ? ((@.type() == "string" && @ != "") || @.type() == "number" || @.type() == "boolean")'


class Number(TypeDecorator[float]):
    """Bind a number as JSON holds it: exact on PostgreSQL, native on SQLite."""

    impl = Numeric
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Keep an integer too large for SQLite as SQLite reads it from JSON."""
        if value is None or dialect.name != "sqlite":
            return None if value is None else Decimal(repr(value))
        if abs(value) <= LARGEST_INTEGER or isinstance(value, float):
            return value
        return float(value) if abs(value) < LARGEST_REAL else inf if value > 0 else -inf

    def bind_processor(self, dialect: Dialect) -> Any:
        """Leave out what the type below would do, which on SQLite is to refuse what is no decimal."""
        return lambda value: self.process_bind_param(value, dialect)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a JSON value lies: at ``path`` below a column, or below an element that ``alias`` iterates over."""

    base: ColumnElement[Any]
    path: Path = ()
    alias: str | None = None

    def below(self, path: Path) -> "Place":
        """Return the place of an attribute of the object here."""
        return replace(self, path=self.path + path)

    def element(self) -> "Place":
        """Return the place of an element of the array here."""
        alias = f"e{int(self.alias[1:]) + 1}" if self.alias else "e1"
        return Place(literal_column(f"{alias}.value"), (), alias)


class _Json(ColumnElement[bool]):
    """Something that is rendered from a place; the names it is cached by are `_traverse_internals`."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012
        ("base", InternalTraversal.dp_clauseelement),
        ("place", InternalTraversal.dp_plain_obj),
        ("word", InternalTraversal.dp_plain_obj),
        ("operand", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, place: Place, word: Any = None, operand: Any = None) -> None:
        self.base = place.base
        self.place = (place.path, place.alias)
        self.word = word
        self.operand = operand

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        """Stand as it is in any context: SQLite would get ``= 1``, which hides what an index could serve."""
        return self


class JsonCompare(_Json):
    """Compare the value at a place with a bound key."""

    inherit_cache = True


class JsonMissing(_Json):
    """Hold when nothing is at a place."""

    inherit_cache = True


class JsonPresent(_Json):
    """Hold when a value is at a place, or when ``word`` says nested, anywhere below it."""

    inherit_cache = True


class JsonSort(_Json):
    """The text or, when ``word`` says numeric, number at a place, to order by."""

    inherit_cache = True


class JsonFirst(_Json):
    """The same of the primary or else first element of the array at a place; ``word`` leads on inside it."""

    inherit_cache = True


class JsonAny(_Json):
    """Hold when an element of the array at a place meets the condition ``operand``."""

    inherit_cache = True


def json_compare(place: Place, op: Op, value: Value) -> ColumnElement[bool]:
    """Compare the value at a place with a key that is not null."""
    match value:
        case bool():
            return JsonCompare(place, (op, str(value).lower()))
        case str():
            return JsonCompare(place, (op, "text"), bindparam(None, value, Text(), unique=True))
        case _:
            return JsonCompare(place, (op, "number"), bindparam(None, value, Number(), unique=True))


def text_test(dialect: str, op: Op, text: str, operand: str) -> str:
    """Render a comparison of two texts by code points, without wildcards."""
    if op in SIGNS:
        order = ' COLLATE "C"' if dialect == "postgresql" and op is not Op.eq else ""
        return f"{text}{order} {SIGNS[op]} {operand}"
    if dialect == "postgresql":
        return {
            Op.co: f"strpos({text}, {operand}) > 0",
            Op.sw: f"starts_with({text}, {operand})",
            Op.ew: f"right({text}, length({operand})) = {operand}",
        }[op]
    return {
        Op.co: f"instr({text}, {operand}) > 0",
        Op.sw: f"substr({text}, 1, length({operand})) = {operand}",
        Op.ew: f"substr({text}, length({text}) - length({operand}) + 1, length({operand})) = {operand}",
    }[op]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _base(node: _Json, compiler: SQLCompiler, **kw: Any) -> tuple[str, Path, str | None]:
    path, alias = node.place
    return compiler.process(node.base, **kw), path, alias


def _sqlite(node: _Json, compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    """Return the SQL of the type and of the value at a node's place."""
    base, path, alias = _base(node, compiler, **kw)
    if not path:
        return f"{alias}.type", f"{alias}.atom"
    where = sqlite_path(path)
    return f"json_type({base}, {where})", f"json_extract({base}, {where})"


def sqlite_path(path: Path) -> str:
    """Render a path as SQLite's JSON functions read it."""
    return _quoted("$" + "".join(f'."{name}"' for name in path))


def postgresql_path(path: Path) -> str:
    """Render a path as PostgreSQL's ``#>`` reads it."""
    return _quoted("{" + ",".join(f'"{name}"' for name in path) + "}")


def _postgresql(node: _Json, compiler: SQLCompiler, **kw: Any) -> str:
    base, path, _ = _base(node, compiler, **kw)
    return f"({base} #> {postgresql_path(path)})" if path else base


@compiles(JsonCompare, "sqlite")
def _(node: JsonCompare, compiler: SQLCompiler, **kw: Any) -> str:
    (op, kind), (found, value) = node.word, _sqlite(node, compiler, **kw)
    if node.operand is None:
        return f"({found} = '{kind}')" if op is Op.eq else "(1 = 0)"
    operand = compiler.process(node.operand, **kw)
    if kind == "number":
        return f"({found} IN ('integer', 'real') AND {value} {SIGNS[op]} {operand})"
    return f"({found} = 'text' AND {text_test('sqlite', op, value, operand)})"


@compiles(JsonCompare, "postgresql")
def _(node: JsonCompare, compiler: SQLCompiler, **kw: Any) -> str:
    (op, kind), found = node.word, _postgresql(node, compiler, **kw)
    if node.operand is None:
        return f"({found} = '{kind}'::jsonb)" if op is Op.eq else "false"
    operand = compiler.process(node.operand, **kw)
    if kind == "number":
        return f"(jsonb_typeof({found}) = 'number' AND {found} {SIGNS[op]} to_jsonb({operand}))"
    text = text_test("postgresql", op, f"({found} #>> '{{}}')", operand)
    return f"(jsonb_typeof({found}) = 'string' AND {text})"


@compiles(JsonMissing, "sqlite")
def _(node: JsonMissing, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(coalesce({_sqlite(node, compiler, **kw)[0]}, 'null') = 'null')"


@compiles(JsonMissing, "postgresql")
def _(node: JsonMissing, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(coalesce(jsonb_typeof({_postgresql(node, compiler, **kw)}), 'null') = 'null')"


@compiles(JsonPresent, "sqlite")
def _(node: JsonPresent, compiler: SQLCompiler, **kw: Any) -> str:
    if node.word:
        base, path, _alias = _base(node, compiler, **kw)
        tree = f"json_tree({base}, {sqlite_path(path)}) AS inside"
        return f"EXISTS (SELECT 1 FROM {tree} WHERE inside.atom IS NOT NULL AND inside.atom <> '')"  # noqa: S608
    found, value = _sqlite(node, compiler, **kw)
    return f"({found} <> 'null' AND {value} <> '')"


@compiles(JsonPresent, "postgresql")
def _(node: JsonPresent, compiler: SQLCompiler, **kw: Any) -> str:
    found = _postgresql(node, compiler, **kw)
    if node.word:
        return f"jsonb_path_exists({found}, {_quoted(INNER_VALUE)})"
    return f"(jsonb_typeof({found}) <> 'null' AND {found} <> '\"\"'::jsonb)"


@compiles(JsonAny, "sqlite")
def _(node: JsonAny, compiler: SQLCompiler, **kw: Any) -> str:
    base, path, _ = _base(node, compiler, **kw)
    each = f"json_each({base}, {sqlite_path(path)}) AS {node.word}"
    return f"EXISTS (SELECT 1 FROM {each} WHERE {compiler.process(node.operand, **kw)})"  # noqa: S608


@compiles(JsonAny, "postgresql")
def _(node: JsonAny, compiler: SQLCompiler, **kw: Any) -> str:
    each = f"jsonb_array_elements({array(_postgresql(node, compiler, **kw))}) AS {node.word}(value)"
    return f"EXISTS (SELECT 1 FROM {each} WHERE {compiler.process(node.operand, **kw)})"  # noqa: S608


@compiles(JsonSort, "sqlite")
def _(node: JsonSort, compiler: SQLCompiler, **kw: Any) -> str:
    return _sqlite(node, compiler, **kw)[1]


@compiles(JsonSort, "postgresql")
def _(node: JsonSort, compiler: SQLCompiler, **kw: Any) -> str:
    return sort_value(_postgresql(node, compiler, **kw), numeric=node.word)


@compiles(JsonFirst, "sqlite")
def _(node: JsonFirst, compiler: SQLCompiler, **kw: Any) -> str:
    base, path, _alias = _base(node, compiler, **kw)
    inside, _numeric = node.word
    value = f"json_extract(e.value, {sqlite_path(inside)})" if inside else "e.atom"
    primary = "json_extract(e.value, '$.primary') IS 1 DESC, " if inside else ""
    return f"(SELECT {value} FROM json_each({base}, {sqlite_path(path)}) AS e ORDER BY {primary}e.key LIMIT 1)"  # noqa: S608


@compiles(JsonFirst, "postgresql")
def _(node: JsonFirst, compiler: SQLCompiler, **kw: Any) -> str:
    inside, numeric = node.word
    value = sort_value(f"(e.value #> {postgresql_path(inside)})", numeric=numeric)
    each = f"jsonb_array_elements({array(_postgresql(node, compiler, **kw))}) WITH ORDINALITY AS e(value, number)"
    primary = "(e.value @> '{\"primary\": true}'::jsonb) DESC"
    return f"(SELECT {value} FROM {each} ORDER BY {primary}, e.number LIMIT 1)"  # noqa: S608


def sort_value(found: str, *, numeric: bool) -> str:
    """Render what PostgreSQL orders a JSON value by."""
    text = f"({found} #>> '{{}}')"
    return f"CASE WHEN jsonb_typeof({found}) = 'number' THEN {text}::numeric END" if numeric else f'{text} COLLATE "C"'


def array(found: str) -> str:
    """Render an array, empty where a document holds none, since PostgreSQL refuses to expand anything else."""
    return f"CASE WHEN jsonb_typeof({found}) = 'array' THEN {found} ELSE '[]'::jsonb END"
