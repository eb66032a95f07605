"""Where an attribute that a filter or a sort names lies in the search document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import isclass
from types import MappingProxyType
from typing import Any

from scim2_models import Extension, InvalidFilterException, Mutability, Returned
from scim2_models.path import AttributeBinding

from app.db.query import LIFECYCLE, AnyElement, AnyOf, Condition, Match, Never, Op, Path
from app.scim.keys import KeyOf, attribute_name, key_function

COMPUTED: Mapping[Path, str] = MappingProxyType(
    {
        (*LIFECYCLE, "deletableafter"): "follows from the policy and cannot be searched. Compare 'since' instead.",
        ("meta", "location"): "follows from the id and cannot be searched. Compare 'id' instead.",
    }
)
"""Attributes that no row holds, and what to do."""


@dataclass(frozen=True, slots=True)
class Location:
    """The path of an attribute and, below it, of its sub-attribute; either may hold several values."""

    head: Path
    sub: Path
    head_many: bool
    sub_many: bool

    @property
    def value(self) -> Path:
        """Return the path of the compared value, inside the innermost element where there are several."""
        if self.sub_many or (self.head_many and not self.sub):
            return ()
        return self.sub if self.head_many else self.head + self.sub

    def any(self, condition: Condition) -> Condition:
        """Let a condition on the value hold for one of the values."""
        if isinstance(condition, Never):
            return condition
        if self.sub_many:
            condition = AnyElement(self.sub if self.head_many else self.head + self.sub, condition)
        return AnyElement(self.head, condition) if self.head_many else condition

    def null(self) -> Condition:
        """Hold where the value is missing, be it the whole attribute or a sub-attribute of one element."""
        if not self.head_many:
            return Match(self.head + self.sub, Op.eq, None)
        missing = Match(self.head, Op.eq, None)
        return AnyOf((missing, AnyElement(self.head, Match(self.sub, Op.eq, None)))) if self.sub else missing


@lru_cache(maxsize=1024)
def location_of(binding: AttributeBinding) -> Location:
    """Return where the attribute that a binding designates lies."""
    model: Any = binding.model
    head: Path = (attribute_name(model, binding.field_name),)
    if isclass(model) and issubclass(model, Extension):
        head = (str(model.__schema__).lower(), *head)
    if binding.sub_field_name is None:
        return Location(head, (), binding.is_multivalued, sub_many=False)
    sub = (attribute_name(binding.field_type, binding.sub_field_name),)
    return Location(head, sub, binding.is_multivalued, bool(binding.target_is_multivalued))


def searched(binding: AttributeBinding) -> Location:
    """Return where an attribute lies, or refuse one that no row holds."""
    location = location_of(binding)
    if (why := COMPUTED.get(location.head + location.sub)) is not None:
        raise InvalidFilterException(detail=f"'{binding.urn}' {why}")
    return location


def is_secret(binding: AttributeBinding) -> bool:
    """Tell whether an attribute, or what it is part of, is never read back."""
    whole, name = binding.model, binding.field_name
    return (
        Mutability.write_only in (binding.get_annotation(Mutability), whole.get_field_annotation(name, Mutability))
    ) or Returned.never in (binding.get_annotation(Returned), whole.get_field_annotation(name, Returned))


@lru_cache(maxsize=1024)
def binding_key(binding: AttributeBinding) -> KeyOf:
    """Return the function that makes keys of the compared attribute's values."""
    annotation = binding.sub_field_type if binding.sub_field_name else binding.field_type
    return key_function(annotation, case_exact=binding.case_exact)


def numeric(binding: AttributeBinding) -> bool:
    """Tell whether the attribute holds numbers."""
    target = binding.target_type
    return isclass(target) and issubclass(target, int | float) and not issubclass(target, bool)
