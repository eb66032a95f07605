"""Comparison keys: what a stored value and a query's value become before they meet.

Strings follow `scim2_models.default_comparison_key`, moments become UTC text with microseconds, binary values
canonical base64. The search document is the mirror of a SCIM document in which each value is replaced by its key.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from inspect import isclass
from typing import Any, cast, get_args
from unicodedata import normalize

from pydantic import BaseModel, TypeAdapter, ValidationError
from scim2_models import CaseExact, Resource

Keyed = str | bool | int | float
KeyOf = Callable[[Any], Keyed | None]
Mirror = Callable[[Any], Any]

COLUMNS = frozenset({"id", "meta"})
_MOMENT: TypeAdapter[datetime] = TypeAdapter(datetime)


def exact_key(value: Any) -> str | None:
    """Return a string as a ``caseExact`` attribute compares it: in NFC."""
    if not isinstance(value, str):
        return None
    return str(value) if value.isascii() else normalize("NFC", value)


def folded_key(value: Any) -> str | None:
    """Return a string as other attributes compare it: in NFC and lower case, which is not `str.casefold`."""
    if not isinstance(value, str):
        return None
    return value.lower() if value.isascii() else normalize("NFC", normalize("NFC", value).lower())


def boolean_key(value: Any) -> bool | None:
    """Return a boolean, and nothing else."""
    return value if isinstance(value, bool) else None


def number_key(value: Any) -> int | float | None:
    """Return a number; true and false are the numbers that Python takes them for."""
    return int(value) if isinstance(value, bool) else value if isinstance(value, int | float) else None


def moment_key(value: Any) -> str | None:
    """Return a moment as fixed-width UTC text, so that text order is time order; without a zone it is UTC."""
    try:
        moment = value if isinstance(value, datetime) else _moment(value)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValidationError, OverflowError):
        return None
    return aware.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _moment(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _MOMENT.validate_python(value)


def binary_key(value: Any) -> str | None:
    """Return bytes, or their base64 text, as canonical base64."""
    try:
        return b64encode(value if isinstance(value, bytes) else b64decode(value)).decode()
    except (TypeError, ValueError):
        return None


def any_key(value: Any) -> Keyed | None:
    """Return the key of a value whose type its schema leaves open."""
    return folded_key(value) if isinstance(value, str) else value if isinstance(value, bool | int | float) else None


def unwrapped(annotation: Any) -> Any:
    """Return the type inside an `Annotated`, as a binary attribute is declared."""
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def is_complex(annotation: Any) -> bool:
    """Tell whether an attribute holds sub-attributes."""
    return isclass(annotation) and issubclass(annotation, BaseModel)


def key_function(annotation: Any, *, case_exact: bool) -> KeyOf:
    """Return the function that makes the keys of an attribute, from the type and case that its model declares."""
    target = unwrapped(annotation)
    if not isclass(target):
        return any_key
    for kind, function in ((bool, boolean_key), (int | float, number_key), (datetime, moment_key), (bytes, binary_key)):
        if issubclass(target, kind):
            return cast(KeyOf, function)
    return exact_key if case_exact else folded_key


def attribute_name(model: Any, field: str) -> str:
    """Return the lower-case SCIM name of a field; for an extension, its URN."""
    return str(model.model_fields[field].serialization_alias or field).lower()


def _keyless(_value: Any) -> None:
    """Return no key, as of an attribute that nobody declares."""


UNKNOWN: tuple[str, Mirror] = ("", _keyless)


@lru_cache(maxsize=256)
def _mirror(model: Any, omit: frozenset[str] = frozenset()) -> Mirror:
    """Return the function that mirrors an object of a model."""
    steps: dict[str, tuple[str, Mirror]] = {}
    for field, declared in model.model_fields.items():
        if (name := attribute_name(model, field)) not in omit:
            step = (name, _step(model, field))
            steps |= {str(declared.serialization_alias or field): step, name: step}

    def mirror(document: Any) -> dict[str, Any] | None:
        if not isinstance(document, dict):
            return None
        found = {}
        for spelling, value in document.items():
            name, key_of = steps.get(spelling) or steps.get(spelling.lower(), UNKNOWN)
            # most values are such, and to call for their key would cost more than to make it
            if key_of is folded_key and value.__class__ is str and value.isascii():
                found[name] = value.lower()
            elif (key := key_of(value)) is not None:
                found[name] = key
        return found

    return mirror


def _step(model: Any, field: str) -> Mirror:
    annotation = model.get_field_root_type(field)
    if is_complex(annotation):
        single: Mirror = _mirror(annotation)
    else:
        case_exact = model.get_field_annotation(field, CaseExact) == CaseExact.true
        single = key_function(annotation, case_exact=case_exact)
    return _many(single) if model.get_field_multiplicity(field) else single


def _many(single: Mirror) -> Mirror:
    def mirror(values: Any) -> list[Any] | None:
        if values is None:
            return None
        entries = values if isinstance(values, list) else [values]
        return [key for entry in entries if (key := single(entry)) is not None]

    return mirror


def search_document(model: type[Resource[Any]], document: dict[str, Any]) -> dict[str, Any]:
    """Return the search document of a SCIM document: lower-case names, keys for values, without ``id`` and ``meta``."""
    return cast(dict[str, Any], _mirror(model, COLUMNS)(document))
