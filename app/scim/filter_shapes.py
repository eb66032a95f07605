"""The shape of a filter: its tree, resolved and checked against a model, waiting for its string literals."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import isclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from app.db import query
from app.db.query import ORDERING, SUBSTRING, AllOf, AnyElement, AnyOf, Condition, Match, Negate, Never, Op, Value
from app.scim.filter_paths import Location, binding_key, is_secret, location_of, searched
from app.scim.keys import KeyOf, any_key, binary_key, boolean_key, exact_key, folded_key, is_complex

Make = Callable[[Sequence[str]], Condition]
TEXTUAL = (exact_key, folded_key, any_key)


@lru_cache(maxsize=256)
def _resolver(model: Any) -> ScimFilter[Any]:
    return ScimFilter[model]("id pr")


def _literal(node: Comparison, literals: Sequence[str]) -> Any:
    """Return a compared value: strings are numbered in the shape."""
    return literals[int(node.value)] if isinstance(node.value, str) else node.value


class _Joiner(FilterVisitor[Make]):
    """Join and negate what the terms of a filter make."""

    def visit_not(self, node: Not) -> Make:
        """Negate what the inner filter makes."""
        inner = self.visit(node.expr)
        return lambda literals: Negate(inner(literals))

    def visit_logical_expr(self, node: LogicalExpr) -> Make:
        """Join what the terms make."""
        join = AllOf if node.op == LogicalOperator.and_ else AnyOf
        makers = tuple(map(self.visit, node.terms))
        return lambda literals: join(tuple(make(literals) for make in makers))


class ShapeBuilder(_Joiner):
    """Bind a filter to a model; what only another one ``among`` those searched knows has no value in this one.

    ``owner`` is the attribute whose values a filter selects from, for messages.
    """

    def __init__(self, model: Any, among: tuple[Any, ...] = (), owner: str = "") -> None:
        self.model = model
        self.among = among
        self.owner = owner

    def visit_present(self, node: Present) -> Make:
        """Test the presence of an attribute, or of what it holds."""
        if self._elsewhere(node.attr_path):
            return lambda _literals: Never()
        binding = self._resolved(node.attr_path)
        location = searched(binding)
        if binding.sub_field_name is None:
            nested = location.head_many or is_complex(binding.target_type)
            condition: Condition = query.Present(location.head, nested)
        else:
            value = location.sub if location.head_many else location.head + location.sub
            condition = query.Present(value, location.sub_many)
            condition = AnyElement(location.head, condition) if location.head_many else condition
        return lambda _literals: condition

    def visit_comparison(self, node: Comparison) -> Make:
        """Compare an attribute with a literal."""
        op = Op(node.op.value)
        if self._elsewhere(node.attr_path):
            holds = (op is Op.eq and node.value is None) or (op is Op.ne and node.value is not None)
            return lambda _literals: AllOf(()) if holds else Never()
        binding = self._resolved(node.attr_path, compared=True)
        _check_operator(node.attr_path, binding, op)
        location, key = searched(binding), _coerced(binding, op)
        return lambda literals: _comparison(location, op, _literal(node, literals), key)

    def visit_value_path(self, node: ValuePath) -> Make:
        """Let one element of a multi-valued attribute meet the inner filter."""
        if self._elsewhere(node.attr_path):
            return lambda _literals: Never()
        binding = self._resolved(node.attr_path)
        if not binding.is_multivalued:
            raise InvalidFilterException(
                detail=f"'{node.attr_path}' holds a single value, so nothing can be selected with [...]. "
                f"Name a sub-attribute instead, as in: {node.attr_path}.value"
            )
        return _element(location_of(binding), self._inner(node, binding))

    def _inner(self, node: ValuePath, binding: AttributeBinding) -> Make:
        if is_complex(binding.field_type):
            return ShapeBuilder(binding.field_type, owner=f"{node.attr_path}.").visit(node.val_filter)
        return _ScalarBuilder(binding).visit(node.val_filter)

    def _elsewhere(self, path: AttrPath) -> bool:
        """Tell whether not this model, but another one among those searched knows an attribute."""
        known = [model for model in self.among if _resolver(model).resolve(path, strict=False) is not None]
        return bool(known) and self.model not in known

    def _resolved(self, path: AttrPath, *, compared: bool = False) -> AttributeBinding:
        resolver = _resolver(self.model)
        resolve = resolver.resolve_comparison if compared else resolver.resolve
        if (binding := resolve(path, strict=False)) is None:
            raise InvalidFilterException(
                detail=f"The filter names the attribute '{self.owner}{path}', which this service does not know. "
                "Correct its name; an attribute of an extension starts with the extension's URN and a colon."
            )
        return binding


class _ScalarBuilder(_Joiner):
    """Bind the filter of a selection among plain values, which are addressed as ``value``."""

    def __init__(self, binding: AttributeBinding) -> None:
        self.binding = binding

    def visit_present(self, node: Present) -> Make:
        """Test whether the value is not empty."""
        condition = query.Present(()) if _is_value(node.attr_path) else Never()
        return lambda _literals: condition

    def visit_comparison(self, node: Comparison) -> Make:
        """Compare the value itself."""
        if not _is_value(node.attr_path):
            return lambda _literals: Never()
        itself, op = Location((), (), head_many=False, sub_many=False), Op(node.op.value)
        key = _keyed(self.binding, op)
        return lambda literals: _comparison(itself, op, _literal(node, literals), key)


def _is_value(path: AttrPath) -> bool:
    return path.attr.lower() == "value" and not path.sub_attr


def _element(location: Location, inner: Make) -> Make:
    def make(literals: Sequence[str]) -> Condition:
        condition = inner(literals)
        return condition if isinstance(condition, Never) else AnyElement(location.head, condition)

    return make


def _check_operator(path: AttrPath, binding: AttributeBinding, op: Op) -> None:
    """Refuse an operator that the attribute's type forbids (RFC 7644 §3.4.2.2, RFC 7643 §4.1.1)."""
    reason = None
    if op in SUBSTRING | ORDERING:
        if binding_key(binding) is boolean_key:
            reason = "it is true or false"
        elif binding_key(binding) is binary_key:
            reason = "it is binary"
        elif is_secret(binding):
            reason = "it is never read back"
    if reason:
        raise InvalidFilterException(detail=f"'{op}' cannot be applied to '{path}', since {reason}. Use eq or ne.")


def _comparison(location: Location, op: Op, value: Any, key: KeyOf) -> Condition:
    """Compare the values at a location; ``ne`` says that none of them is equal."""
    if op is Op.ne:
        return Negate(_comparison(location, Op.eq, value, key))
    if value is None:
        return location.null() if op is Op.eq else Never()
    compared = key(value)
    return Never() if compared is None else location.any(Match(location.value, op, compared))


def _keyed(binding: AttributeBinding, op: Op) -> KeyOf:
    """Return the function that makes the key of a query's value, or None when no value can compare so."""
    key = binding_key(binding)
    if is_complex(binding.target_type) or (op in SUBSTRING and key not in TEXTUAL):
        return lambda _value: None
    return (lambda value: key(value) if isinstance(value, str) else None) if op in SUBSTRING else key


def _coerced(binding: AttributeBinding, op: Op) -> KeyOf:
    """Return the same function for values that are first read as the attribute's type."""
    key, target = _keyed(binding, op), binding.target_type
    annotation = binding.sub_field_type if binding.sub_field_name else binding.field_type
    if op in SUBSTRING or not isclass(target) or is_complex(target):
        return key
    name, read = binding.urn.rpartition(":")[2], _reader(annotation)

    def coerced(value: Any) -> Value:
        if isinstance(value, target) and not isinstance(value, bytes):
            return key(value)
        try:
            return key(read(value))
        except (ValidationError, OverflowError):
            raise InvalidFilterException(
                detail=f"The filter compares '{name}' with {value!r}, which is no value that '{name}' can have."
            ) from None

    return coerced


@lru_cache(maxsize=256)
def _reader(annotation: Any) -> Callable[[Any], Any]:
    return TypeAdapter(annotation).validate_python
