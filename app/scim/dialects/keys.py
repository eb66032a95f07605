"""Turn keys that are paths into the nesting they stand for, and mend the values under them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.scim.dialects.paths import Target, locate, locate_in, names_password
from app.scim.dialects.schema_index import Namespace, Shape
from app.scim.dialects.tolerance import Leniency, Tolerance
from app.scim.dialects.values import tidy_value


@dataclass(slots=True)
class Expansion:
    """Hold the nested document, and the keys that select entries, which cannot be nested."""

    document: dict[str, Any] = field(default_factory=dict)
    selections: list[tuple[str, Any]] = field(default_factory=list)


def expand(shape: Shape, payload: Mapping[str, Any], lax: Leniency) -> Expansion:
    """Nest `name.givenName` and `urn:…:User:employeeNumber`, spell names as the schemas do, drop the password."""
    expansion = Expansion()
    for key, value in payload.items():
        _expand_key(expansion, shape, key, value, lax)
    return expansion


def fill(shape: Shape, namespace: Namespace, payload: Mapping[str, Any], lax: Leniency) -> dict[str, Any]:
    """Nest the keys of an object that holds attributes of one schema."""
    document: dict[str, Any] = {}
    for key, value in payload.items():
        target = locate_in(shape, namespace, key)
        if target is None or not lax.take_all(_deviations(target, key)):
            document[key] = value
        else:
            _fill(document, target, value)
    return document


def tidy_attributes(namespace: Namespace, document: Mapping[str, Any], lax: Leniency) -> dict[str, Any]:
    """Mend every declared value; in a body null means absent (RFC 7643 §2.5), in a PATCH it unassigns."""
    tidied = {}
    for key, value in document.items():
        attribute = namespace.find(key)
        if attribute is None:
            tidied[key] = value
            continue
        if lax.patching and attribute.mutability == "readOnly" and lax.take(Tolerance.READONLY_IN_PATCH):
            continue
        item = tidy_value(attribute, value, lax)
        if item is not None or lax.patching or not (value is not None or lax.take(Tolerance.NULL_VALUE)):
            tidied[key] = item
    return tidied


def tidy_document(shape: Shape, document: Mapping[str, Any], lax: Leniency) -> dict[str, Any]:
    """Mend a nested document: its core attributes and the object of each extension."""
    tidied = tidy_attributes(shape.core, document, lax)
    for extension in shape.extensions:
        value = tidied.get(extension.urn)
        if isinstance(value, dict):
            tidied[extension.urn] = tidy_attributes(extension, value, lax)
        elif extension.urn in tidied and value is None and not lax.patching and lax.take(Tolerance.NULL_VALUE):
            del tidied[extension.urn]
    return tidied


def _deviations(target: Target, key: str) -> tuple[Tolerance, ...]:
    if target.attribute is None:
        return (*target.spelling, Tolerance.URN_KEY) if target.is_core else target.spelling
    found = target.spelling
    if target.sub and not target.selection:
        found += (Tolerance.DOTTED_KEY,)
    if ":" in key.partition("[")[0]:
        found += (Tolerance.URN_KEY,)
    return found


def _expand_key(expansion: Expansion, shape: Shape, key: str, value: Any, lax: Leniency) -> None:
    if names_password(shape, key) and lax.take(Tolerance.PASSWORD_DROPPED):
        return
    document = expansion.document
    target = locate(shape, key)
    if target is None or not lax.take_all(_deviations(target, key)):
        document[key] = value
    elif target.selection and lax.patching and lax.take(Tolerance.FILTER_KEY):
        expansion.selections.append((key, value))
    elif target.attribute is not None:
        _fill(_container(document, target), target, value)
    elif not isinstance(value, dict):
        document[target.namespace.urn] = value
    elif target.is_core:
        for inner, item in value.items():
            _expand_key(expansion, shape, inner, item, lax)
    else:
        _merge(document, target.namespace.urn, fill(shape, target.namespace, value, lax))


def _container(document: dict[str, Any], target: Target) -> dict[str, Any]:
    if target.is_core:
        return document
    if not isinstance(document.get(target.namespace.urn), dict):
        document[target.namespace.urn] = {}
    container: dict[str, Any] = document[target.namespace.urn]
    return container


def _fill(container: dict[str, Any], target: Target, value: Any) -> None:
    attribute, sub = target.attribute, target.sub
    if attribute and sub and not target.selection and not attribute.multi_valued:
        _merge(container, attribute.name, {sub.name: value})
    else:
        _merge(container, target.local, value)


def _merge(container: dict[str, Any], name: str, value: Any) -> None:
    before = container.get(name)
    container[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
