"""What a surface asks of the database: conditions, an order and a page, in words that know neither SCIM nor SQL.

A path names an attribute by its lower-case segments, an extension by its URN: ``("name", "familyname")``. Values are
comparison keys, as the search document holds them: a missing attribute is null. Every condition is true or false,
never unknown: ``Negate`` turns a comparison with a missing attribute into true.
"""

from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str, ...]
Value = str | bool | int | float | None

LIFECYCLE: Path = ("urn:scim-lifecycle:params:scim:schemas:extension:lifecycle:2.0:user",)
"""Our extension of users, whose attributes are columns."""


class Op(StrEnum):
    """The comparison operators (RFC 7644 §3.4.2.2)."""

    eq = "eq"
    ne = "ne"
    co = "co"
    sw = "sw"
    ew = "ew"
    gt = "gt"
    ge = "ge"
    lt = "lt"
    le = "le"


ORDERING = frozenset({Op.gt, Op.ge, Op.lt, Op.le})
SUBSTRING = frozenset({Op.co, Op.sw, Op.ew})


@dataclass(frozen=True, slots=True)
class Match:
    """Compare a single value; an empty path, inside ``AnyElement``, is the element itself."""

    path: Path
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """Hold when an attribute has a value; ``nested`` looks for one inside a complex or multi-valued attribute."""

    path: Path
    nested: bool = False


@dataclass(frozen=True, slots=True)
class AnyElement:
    """Hold when one element of a multi-valued attribute meets a condition, whose paths start at the element."""

    path: Path
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Hold when every term holds."""

    terms: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Hold when one term holds."""

    terms: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negate:
    """Hold when the term does not."""

    term: "Condition"


@dataclass(frozen=True, slots=True)
class Never:
    """Hold for nothing."""


Condition = Match | Present | AnyElement | AllOf | AnyOf | Negate | Never


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by an attribute, missing values last when ascending.

    ``element`` is set for a multi-valued attribute: the path, inside its primary or else first element, of the value.
    """

    path: Path
    descending: bool = False
    element: Path | None = None
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Take ``count`` results from the 1-based ``start`` (RFC 7644 §3.4.2.4)."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a result stands in an order: its value in it, None where it has none, and its id among equal values."""

    value: Value
    id: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Take the next ``count`` results behind a position, or the first, whatever comes and goes (RFC 9865 §2)."""

    count: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Ask for a page of what meets a condition, in an order; without either, of all in the order of their creation."""

    page: Page | Walk
    condition: Condition | None = None
    sort: Sort | None = None


def pinned(condition: Condition, path: Path) -> str | None:
    """Return the text that ``path`` must equal wherever the condition holds, if it is bound to one."""
    match condition:
        case Match(found, Op.eq, str(value)) if found == path:
            return value
        case AllOf(terms):
            return next((key for term in terms if (key := pinned(term, path)) is not None), None)
        case _:
            return None
