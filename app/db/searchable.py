"""What a table tells the compiler of conditions: which attributes are columns, relations or lookup keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, FromClause, String, and_, case, false, func, true, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean, Text

from app.db.compile_json import text_test
from app.db.query import SUBSTRING, Op, Path, Value

LAST, SURROGATES = 0x10FFFF, range(0xD800, 0xE000)


class TextTest(ColumnElement[bool]):
    """Compare a text by code points, whatever the locale of the database."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012
        ("sign", InternalTraversal.dp_plain_obj),
        ("text", InternalTraversal.dp_clauseelement),
        ("operand", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, op: Op, text: ColumnElement[Any], value: str) -> None:
        self.sign = op
        self.text = text
        self.operand = type_coerce(value, Text())

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        """Stand as it is in any context: SQLite would get ``= 1``, which hides the range from an index."""
        return self


@compiles(TextTest)
def _(node: TextTest, compiler: SQLCompiler, **kw: Any) -> str:
    text, operand = compiler.process(node.text, **kw), compiler.process(node.operand, **kw)
    return f"({text_test(compiler.dialect.name, node.sign, text, operand)})"


def successor(prefix: str) -> str | None:
    """Return the least text above every text that starts with ``prefix``, or None when there is none."""
    stem = prefix.rstrip(chr(LAST))
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(SURROGATES.stop if following in SURROGATES else following)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column that holds the key of an attribute; ``folded`` lowers what is stored as it was sent."""

    column: ColumnElement[Any]
    folded: bool = False

    @property
    def key(self) -> ColumnElement[Any]:
        """Return what the column is compared and ordered as."""
        return func.lower(self.column) if self.folded else self.column

    @property
    def always(self) -> bool:
        """Tell whether the attribute is never missing."""
        return not getattr(self.column, "nullable", True)

    def match(self, op: Op, value: Value) -> ColumnElement[bool]:
        """Compare the column, a prefix as a range so that an index serves it."""
        if value is None:
            return self.column.is_(None) if op is Op.eq else false()
        if not isinstance(value, str):
            return false()
        if op is Op.eq:
            return self.key == value
        if op is Op.sw:
            return self._starts_with(value)
        return TextTest(op, self.key, value)

    def _starts_with(self, prefix: str) -> ColumnElement[bool]:
        above = TextTest(Op.ge, self.key, prefix)
        end = successor(prefix)
        return above if end is None else and_(above, TextTest(Op.lt, self.key, end))

    def present(self) -> ColumnElement[bool]:
        """Hold when the column holds text."""
        return self.column != ""


@dataclass(frozen=True, slots=True)
class MomentColumn:
    """A column of fixed-width UTC text in milliseconds, compared with keys in microseconds."""

    column: ColumnElement[Any]

    @property
    def key(self) -> ColumnElement[Any]:
        """Return the column as the text it is stored as."""
        return type_coerce(self.column, String())

    @property
    def always(self) -> bool:
        """Tell whether the attribute is never missing."""
        return not getattr(self.column, "nullable", True)

    def match(self, op: Op, value: Value) -> ColumnElement[bool]:
        """Compare the column; between two milliseconds nothing is equal, and what is above includes the later one."""
        if value is None:
            return self.column.is_(None) if op is Op.eq else false()
        if not isinstance(value, str) or op in SUBSTRING:
            return false()
        moment, exact = value[:23] + "Z", value[23:26] == "000"
        if op is Op.eq:
            return self.key == moment if exact else false()
        if op is Op.gt or (op is Op.ge and not exact):
            return self.key > moment
        if op is Op.ge:
            return self.key >= moment
        return self.key <= moment if op is Op.le or not exact else self.key < moment

    def present(self) -> ColumnElement[bool]:
        """Hold when the moment is known."""
        return self.column.is_not(None)


@dataclass(frozen=True, slots=True)
class FlagColumn:
    """A boolean attribute, such as ``active``, that a test decides where ``assigned`` says it has a value."""

    test: ColumnElement[bool]
    assigned: ColumnElement[bool]
    always: ClassVar[bool] = False

    @property
    def key(self) -> ColumnElement[Any]:
        """Return what the attribute is ordered by."""
        return case((self.assigned, self.test))

    def match(self, op: Op, value: Value) -> ColumnElement[bool]:
        """Compare the outcome of the test."""
        if op is Op.eq and value is None:
            return self.assigned.is_not(true())
        if op is not Op.eq or not isinstance(value, bool):
            return false()
        return and_(self.assigned, self.test if value else self.test.is_not(true()))

    def present(self) -> ColumnElement[bool]:
        """Hold when the attribute has a value."""
        return self.assigned


@dataclass(frozen=True, slots=True)
class Constant:
    """An attribute that is the same everywhere, such as ``meta.resourceType``."""

    value: str

    def match(self, op: Op, value: Value) -> ColumnElement[bool]:
        """Compare in Python."""
        if not isinstance(value, str):
            return false()
        holds = {
            Op.eq: self.value == value,
            Op.co: value in self.value,
            Op.sw: self.value.startswith(value),
            Op.ew: self.value.endswith(value),
            Op.gt: self.value > value,
            Op.ge: self.value >= value,
            Op.lt: self.value < value,
            Op.le: self.value <= value,
        }
        return true() if holds[op] else false()

    def present(self) -> ColumnElement[bool]:
        """Hold always."""
        return true()


ColumnSpec = TextColumn | MomentColumn | FlagColumn | Constant


@dataclass(frozen=True, slots=True)
class Lookups:
    """A table of keys (tenant, path, key, owner) that narrows a comparison with one of ``names``."""

    tenant: ColumnElement[Any]
    path: ColumnElement[Any]
    key: ColumnElement[Any]
    owner: ColumnElement[Any]
    names: Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Relation:
    """A multi-valued attribute kept as rows, of which ``owner`` is the searched row's id.

    ``columns`` are the sub-attributes; ``indexed`` the sub-attribute whose value leads to the rows by an index.
    """

    source: FromClause
    tenant: ColumnElement[Any]
    owner: ColumnElement[Any]
    columns: Mapping[Path, ColumnSpec]
    indexed: Path = ("value",)


@dataclass(frozen=True, slots=True)
class Searchable:
    """A table that conditions are compiled against, for one tenant.

    ``reached`` makes, for a tenant, the further rows of a relation that others lead to.
    """

    tenant: int
    id: ColumnElement[Any]
    search: ColumnElement[Any]
    columns: Mapping[Path, ColumnSpec]
    lookups: Lookups | None = None
    related: Mapping[Path, Relation] = field(default_factory=dict)
    reached: Mapping[Path, Callable[[int], Relation]] = field(default_factory=dict)
