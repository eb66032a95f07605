"""Keep of a resource what a client asked for (RFC 7644 §3.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from pydantic import ValidationError
from scim2_models import InvalidValueException, ResponseParameters

from app.scim.errors import unreadable
from app.scim.mapping import Model

Tree = dict[str, "Tree"]
"""Lower-case names; an empty tree stands for all below it."""

NAMES = ("attributes", "excludedAttributes")
ALWAYS = frozenset({"schemas", "id"})


@dataclass(frozen=True)
class Projection:
    """What to keep (``only``) or to leave out (``without``); both empty keep all."""

    only: Tree = field(default_factory=dict)
    without: Tree = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything is to be left out."""
        return bool(self.only or self.without)

    def wants(self, name: str) -> bool:
        """Tell whether the attribute of that lower-case name may be in the answer."""
        if self.only:
            return name in self.only
        return self.without.get(name, {"": {}}) != {}

    def applied(self, resources: list[bytes], without: str) -> list[bytes]:
        """Return resources with only what was asked for, from JSON that heeds ``wants(without)`` already."""
        done = not self.only and self.without.keys() <= {without} and not self.wants(without)
        return resources if done or not self else [self._applied(resource) for resource in resources]

    def _applied(self, rendered: bytes) -> bytes:
        document = orjson.loads(rendered)
        kept = _only(document, self.only, ALWAYS) if self.only else _without(document, self.without, ALWAYS)
        return orjson.dumps(kept)


WHOLE = Projection()


def projection_of(model: Model, parameters: Mapping[str, Any]) -> Projection:
    """Read ``attributes`` and ``excludedAttributes``, or raise 400."""
    asked = tuple((name, value) for name in NAMES if (value := parameters.get(name)) not in (None, "", []))
    if not asked:
        return WHOLE
    if len(asked) == len(NAMES):
        raise InvalidValueException(detail="Ask for attributes or for excludedAttributes, not for both at once.")
    read = _read if all(isinstance(value, str) for _, value in asked) else _read.__wrapped__
    return read(model, asked)


@lru_cache(maxsize=256)
def _read(model: Model, asked: tuple[tuple[str, Any], ...]) -> Projection:
    """Return what the parameters of a query ask for, read once each: clients send the same ones again and again."""
    try:
        read = ResponseParameters[model].model_validate(dict(asked))  # type: ignore[valid-type]
    except ValidationError as error:
        raise unreadable(error) from error
    core = str(model.__schema__).lower()
    extensions = frozenset(map(str.lower, model.get_extension_models()))
    return Projection(_tree(read.attributes, core, extensions), _tree(read.excluded_attributes, core, extensions))


def _tree(paths: Any, core: str, extensions: frozenset[str]) -> Tree:
    """Return the tree of attribute paths; a URN alone is a whole extension, and the core schema needs none."""
    tree: Tree = {}
    for path in paths or ():
        whole, schema = str(path).lower(), str(path.schema or "").lower()
        heads = () if schema in {"", core} else (schema,)
        _grow(tree, (whole,) if whole in extensions else (*heads, *(part.lower() for part in path.parts)))
    return tree


def _grow(tree: Tree, names: tuple[str, ...]) -> None:
    for name in names[:-1]:
        if tree.get(name) == {}:
            return
        tree = tree.setdefault(name, {})
    if names:
        tree[names[-1]] = {}


def _only(value: Any, tree: Tree, always: frozenset[str] = frozenset()) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [kept for entry in value if (kept := _only(entry, tree))]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        branch = tree.get(name.lower())
        if name in always:
            kept[name] = item
        elif branch is not None and (part := _only(item, branch)) not in ({}, []):
            kept[name] = part
    return kept


def _without(value: Any, tree: Tree, always: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, list):
        return [_without(entry, tree) for entry in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        branch = tree.get(name.lower())
        if branch is None or name in always:
            kept[name] = item
        elif branch and (part := _without(item, branch)) not in ({}, []):
            kept[name] = part
    return kept
