"""The departures from the RFCs that a dialect may accept, and the record of those it did."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Tolerance(StrEnum):
    """Name each departure as it appears in logs and in the request log."""

    STRING_BOOLEAN = "string-boolean"
    FILTER_BOOLEAN = "filter-boolean"
    NUMBER_FOR_STRING = "number-for-string"
    VALUE_OBJECT = "value-object"
    OBJECT_FOR_LIST = "object-for-list"
    LIST_FOR_OBJECT = "list-for-object"
    BARE_VALUE = "bare-value"
    BARE_MANAGER = "bare-manager"
    EMPTY_MANAGER = "empty-manager"
    NULL_VALUE = "null-value"
    DOTTED_KEY = "dotted-key"
    URN_KEY = "urn-key"
    FILTER_KEY = "filter-key"
    UNPREFIXED_EXTENSION = "unprefixed-extension"
    SCHEMA_URN = "schema-urn"
    PASSWORD_DROPPED = "password-dropped"  # noqa: S105 - the name of a tolerance
    READONLY_IN_PATCH = "readonly-in-patch"
    OP_CASE = "op-case"
    OPERATIONS_KEY = "operations-key"
    REMOVE_VALUE = "remove-value"
    REMOVE_VALUE_LIST = "remove-value-list"
    FILTER_ADD = "filter-add"


COMMON: Final = frozenset(Tolerance) - {
    Tolerance.FILTER_BOOLEAN,
    Tolerance.UNPREFIXED_EXTENSION,
    Tolerance.FILTER_ADD,
}


@dataclass(slots=True)
class Leniency:
    """Say what may be mended in one payload, and remember what was."""

    allowed: frozenset[Tolerance]
    patching: bool = False
    used: dict[Tolerance, None] = field(default_factory=dict)

    def take(self, tolerance: Tolerance) -> bool:
        """Use a tolerance if the dialect has it."""
        if tolerance in self.allowed:
            self.used[tolerance] = None
        return tolerance in self.allowed

    def take_all(self, tolerances: Iterable[Tolerance]) -> bool:
        """Use several tolerances, or none unless the dialect has them all."""
        wanted = tuple(tolerances)
        return self.allowed.issuperset(wanted) and all(map(self.take, wanted))

    def names(self) -> tuple[str, ...]:
        """List what was used, in the order of first use."""
        return tuple(tolerance.value for tolerance in self.used)
