"""Find the attribute a key or a PATCH path designates, in any of its spellings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.scim.dialects.schema_index import Attribute, Namespace, Shape
from app.scim.dialects.tolerance import Leniency, Tolerance

_NAMES: Final = re.compile(r"(?P<attribute>[\w$-]+)(?P<selection>\[.*\])?(?:\.(?P<sub>[\w$-]+))?", re.DOTALL)
# A name starts once and a quote always ends, so that no hostile path takes more than linear time.
_COMPARISON: Final = re.compile(
    r'(?<![\w$-])(?P<name>[\w$-]+)(?P<operator>\s+(?:eq|ne)\s+)"(?P<value>true|false)"|"(?:[^"\\]|\\.?)*"?',
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what a path designates: a schema, an attribute, entries of one, or a sub-attribute."""

    namespace: Namespace
    attribute: Attribute | None
    selection: str = ""
    sub: Attribute | None = None
    is_core: bool = True
    spelling: tuple[Tolerance, ...] = ()

    @property
    def text(self) -> str:
        """Spell the path as RFC 7644 §3.10 does, without the URN of the core schema."""
        if self.attribute is None:
            return self.namespace.urn
        return self.local if self.is_core else f"{self.namespace.urn}:{self.local}"

    @property
    def local(self) -> str:
        """Spell the path without any URN."""
        name = self.attribute.name if self.attribute else ""
        return f"{name}{self.selection}.{self.sub.name}" if self.sub else f"{name}{self.selection}"

    @property
    def whole(self) -> "Target":
        """Give the attribute itself, where this designates a part of it."""
        return replace(self, selection="", sub=None)

    def selecting(self, selection: str) -> "Target":
        """Give the same attribute with other entries selected."""
        return replace(self, selection=selection)

    @property
    def leaf(self) -> Attribute | None:
        """Give the definition of what is written to."""
        return self.sub or self.attribute


def locate(shape: Shape, path: str) -> Target | None:
    """Find what a path designates, or nothing when no served schema declares it."""
    prefix, namespace = next(_prefixes(shape, path), ("", None))
    if namespace is None:
        return locate_in(shape, shape.core, path) or _unprefixed(shape, path)
    spelling: tuple[Tolerance, ...] = () if prefix == namespace.urn.lower() else (Tolerance.SCHEMA_URN,)
    rest = path[len(prefix) :]
    if not rest:
        return Target(namespace, None, is_core=namespace is shape.core, spelling=spelling)
    if rest[0] == ".":
        spelling += (Tolerance.URN_KEY,)
    return locate_in(shape, namespace, rest[1:], spelling)


def locate_in(shape: Shape, namespace: Namespace, path: str, spelling: tuple[Tolerance, ...] = ()) -> Target | None:
    """Find what a path without URN designates in one schema."""
    match = _NAMES.fullmatch(path)
    attribute = namespace.find(match["attribute"]) if match else None
    if match is None or attribute is None:
        return None
    sub = attribute.sub(match["sub"]) if match["sub"] else None
    if match["sub"] and sub is None:
        return None
    return Target(namespace, attribute, match["selection"] or "", sub, namespace is shape.core, spelling)


def with_boolean_filter(target: Target, lax: Leniency) -> Target:
    """Compare boolean sub-attributes with booleans: Entra sends `roles[primary eq "True"]`."""

    def mend(match: re.Match[str]) -> str:
        sub = target.attribute.sub(match["name"]) if target.attribute and match["name"] else None
        if sub is None or sub.type != "boolean" or not lax.take(Tolerance.FILTER_BOOLEAN):
            return match[0]
        return f"{match['name']}{match['operator']}{match['value'].lower()}"

    return target.selecting(_COMPARISON.sub(mend, target.selection))


def names_password(shape: Shape, path: str) -> bool:
    """Tell whether a path or key is the password, which no served schema declares."""
    prefix, _ = next(_prefixes(shape, path), ("", None))
    return path[len(prefix) :].lstrip(":.").lower() == "password"


def _prefixes(shape: Shape, path: str) -> Iterator[tuple[str, Namespace]]:
    lowered = path.lower()
    for prefix, namespace in shape.prefixes:
        if lowered.startswith(prefix) and lowered[len(prefix) : len(prefix) + 1] in {"", ":", "."}:
            yield prefix, namespace


def _unprefixed(shape: Shape, path: str) -> Target | None:
    found = (locate_in(shape, space, path, (Tolerance.UNPREFIXED_EXTENSION,)) for space in shape.extensions)
    return next((target for target in found if target), None)
