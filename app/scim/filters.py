"""Turn the text of a SCIM filter or sort into a condition on search documents (RFC 7644 §3.4.2.2, §3.4.2.3).

A filter is split into its shape and its string literals, so that the many filters of one client that differ in a
value are parsed, resolved and checked once. The meaning is that of `scim2_models.ScimFilter.match`.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NoReturn

from scim2_models import InvalidFilterException, InvalidPathException, ScimFilter, SearchRequest
from scim2_models.path import AttributeBinding, FilterNode

from app.db.query import Condition, Sort
from app.scim.filter_paths import COMPUTED, is_secret, location_of, numeric
from app.scim.filter_shapes import Make, ShapeBuilder
from app.scim.wordings import worded

MAX_BYTES, MAX_DEPTH, MAX_TERMS, MAX_CACHED = 16 * 1024, 50, 200, 4 * 1024
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)  # to the end, lest each quote search it again
CONNECTIVE = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
SYNTAX = "invalid syntax"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

OPERATOR = r"(?:eq|ne|co|sw|ew|gt|ge|lt|le)"
COMPARED_SELECTION = re.compile(rf"\[([^\[\]]*)\]\s+({OPERATOR})\s+(\S+)", re.IGNORECASE)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
COMPARED_MANAGER = re.compile(rf"(?<![\w.:$-])(?:{ENTERPRISE}:)?manager(\s+{OPERATOR}\s)", re.IGNORECASE)
UNQUOTED = re.compile(rf'(\s{OPERATOR}\s+)(?!(?:true|false|null)\b)([^\s"()\[\]]+)', re.IGNORECASE)


def condition_of(text: str, model: Any, among: tuple[Any, ...] = ()) -> Condition:
    """Return the condition of a filter on resources of a model, or refuse it with ``invalidFilter``.

    Attributes that only other models ``among`` those searched have are without a value (RFC 7644 §3.4.2.1).
    """
    _check_length(text)
    skeleton, literals = _split(text)
    _check_shape(skeleton)
    cached = len(text) <= MAX_CACHED
    try:
        make = (_shape if cached else _shape.__wrapped__)(model, among, skeleton)
        values = tuple(map(_decoded, literals))
    except _UnreadableError:
        _refuse_syntax(text)
    return make(values)


def _split(text: str) -> tuple[str, list[str]]:
    """Replace each string literal of a filter by its number."""
    literals: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        literals.append(found[0])
        return f'"{len(literals) - 1}"'

    return LITERAL.sub(numbered, text), literals


def _check_length(text: str) -> None:
    """Refuse what would take long to read."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidFilterException(detail=f"The filter is longer than {MAX_BYTES // 1024} KiB. Ask for less at once.")


def _check_shape(skeleton: str) -> None:
    """Refuse what would take long to parse or to search, before it is parsed."""
    if len(CONNECTIVE.findall(skeleton)) >= MAX_TERMS:
        raise InvalidFilterException(
            detail=f"The filter has more than {MAX_TERMS} terms. Split it into several requests."
        )
    if _depth(skeleton) > MAX_DEPTH:
        raise InvalidFilterException(detail=f"The filter nests parentheses more than {MAX_DEPTH} deep. Simplify it.")


def _depth(skeleton: str) -> int:
    depth = deepest = 0
    for sign in re.findall(r"[()\[\]]", skeleton):
        depth += 1 if sign in "([" else -1
        deepest = max(deepest, depth)
    return deepest


class _UnreadableError(ValueError):
    """The filter does not follow the grammar."""


def _decoded(literal: str) -> str:
    """Return the string that a literal stands for."""
    try:
        value = str(json.loads(literal))
    except ValueError:
        raise _UnreadableError from None
    if UNSTORABLE.search(value):
        raise InvalidFilterException(detail="The filter compares with a character that no stored value can contain.")
    return value


@lru_cache(maxsize=1024)
def _shape(model: Any, among: tuple[Any, ...], skeleton: str) -> Make:
    """Return the function that makes the condition of all filters of one shape from their literals."""
    return ShapeBuilder(model, among).visit(_parsed(skeleton))


def _parsed(skeleton: str) -> FilterNode:
    try:
        return ScimFilter(skeleton).ast
    except InvalidFilterException:
        raise _UnreadableError from None


def _refuse_syntax(text: str) -> NoReturn:
    """Parse the text as it was sent, for the place of the error."""
    detail = SYNTAX
    try:
        ScimFilter(text)
    except InvalidFilterException as error:
        detail = error.detail
    if not detail.startswith(SYNTAX):
        raise InvalidFilterException(detail=worded(detail))
    raise InvalidFilterException(detail=f'The filter cannot be read: {detail}. Compare as in: userName eq "value".')


def sorts_of(sort_by: str, models: Sequence[Any], *, descending: bool = False) -> list[Sort]:
    """Return the order of each model by an attribute, or refuse it with ``invalidPath`` (RFC 7644 §3.4.2.3).

    Where a model lacks what another has, the other's path leads to nothing: all of its resources lack the value.
    """
    bindings = [_sortable(sort_by, model) for model in models]
    known = next((binding for binding in bindings if binding is not None), None)
    if known is None:
        raise InvalidPathException(
            detail=f"Results cannot be sorted by {sort_by!r}: name an attribute with a single value."
        )
    return [_sort(binding or known, descending=descending) for binding in bindings]


def _sort(binding: AttributeBinding, *, descending: bool) -> Sort:
    location = location_of(binding)
    if binding.is_multivalued:
        return Sort(location.head, descending, location.sub, numeric(binding))
    return Sort(location.head + location.sub, descending, None, numeric(binding))


@lru_cache(maxsize=256)
def _sortable(sort_by: str, model: Any) -> AttributeBinding | None:
    try:
        binding = SearchRequest.model_validate({"sortBy": sort_by}).sort_binding(model)
    except ValueError:
        return None
    if binding is None or is_secret(binding):
        return None
    location = location_of(binding)
    return None if location.head + location.sub in COMPUTED else binding


def relaxed(text: str) -> str:
    """Return a filter as the grammar has it from the forms that lenient dialects send.

    ``emails[type eq "work"] eq "x"`` compares the value, ``manager eq "id"`` its value, and a bare word is quoted.
    """
    skeleton, literals = _split(text.strip())
    skeleton = COMPARED_SELECTION.sub(_inside, skeleton)
    skeleton = COMPARED_MANAGER.sub(rf"{ENTERPRISE}:manager.value\1", skeleton)

    def quoted(found: re.Match[str]) -> str:
        literals.append(json.dumps(found[2], ensure_ascii=False))
        return f'{found[1]}"{len(literals) - 1}"'

    skeleton = UNQUOTED.sub(quoted, skeleton)
    return LITERAL.sub(lambda found: literals[int(found[0][1:-1])], skeleton)


def _inside(found: re.Match[str]) -> str:
    """Move the comparison of a value selection into its brackets."""
    chosen = f"({found[1]})" if re.search(r"\bor\b", found[1], re.IGNORECASE) else found[1]
    return f"[{chosen} and value {found[2]} {found[3]}]"
