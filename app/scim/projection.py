"""Keep of a resource what a client asked for, and what its schemas let it see (RFC 7644 §3.9, RFC 7643 §7)."""

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
from app.scim.returned import Returned, returned_of
from app.scim.trees import Tree, grow, merged, minus, only, without

NAMES = ("attributes", "excludedAttributes")


@dataclass(frozen=True)
class Projection:
    """What to keep (``only``) or to leave out (``without``); both empty keep all.

    ``asked`` tells whether the client chose, ``mentioned`` is what its write said of attributes returned on request.
    """

    only: Tree = field(default_factory=dict)
    without: Tree = field(default_factory=dict)
    asked: bool = False
    mentioned: Tree = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything is to be left out."""
        return bool(self.only or self.without)

    def wants(self, name: str) -> bool:
        """Tell whether the attribute of that lower-case name may be in the answer."""
        if self.only:
            return name in self.only
        return self.without.get(name, {"": {}}) != {}

    def requested(self, name: str) -> Tree | None:
        """Return what is asked of an attribute that is returned on request only; None is nothing."""
        return (self.only or self.mentioned).get(name)

    def mentioning(self, returned: Returned, payload: Mapping[str, Any]) -> Projection:
        """Let an answer to a write hold what the write said, even if it is returned on request only (RFC 7643 §7)."""
        if self.only or not (said := returned.mentioned(payload)):
            return self
        return Projection(self.only, minus(self.without, said), self.asked, said)

    def applied(self, resources: list[bytes], without: str = "") -> list[bytes]:
        """Return resources with only what was asked for, from JSON that heeds ``wants(without)`` already."""
        done = not self.only and self.without.keys() <= {without} and not self.wants(without)
        return resources if done or not self else [orjson.dumps(self.kept(orjson.loads(each))) for each in resources]

    def kept(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept of a resource."""
        found: dict[str, Any] = only(document, self.only) if self.only else document
        return without(found, self.without) if self.without else found


def projection_of(model: Model, parameters: Mapping[str, Any]) -> Projection:
    """Read ``attributes`` and ``excludedAttributes``, or raise 400."""
    asked = tuple((name, value) for name in NAMES if (value := parameters.get(name)) not in (None, "", []))
    if not asked:
        return _default(model)
    read = _read if all(isinstance(value, str) for _, value in asked) else _read.__wrapped__
    return read(model, asked)


@lru_cache(maxsize=256)
def _default(model: Model) -> Projection:
    """Return what is served to those who do not choose."""
    return Projection(without=returned_of(model).hidden)


@lru_cache(maxsize=256)
def _read(model: Model, asked: tuple[tuple[str, Any], ...]) -> Projection:
    """Return what the parameters of a query ask for, read once each: clients send the same ones again and again."""
    returned = returned_of(model)
    kept, left = (_tree(model, {name: value for name, value in asked if name == wanted}) for wanted in NAMES)
    if kept and left:
        raise InvalidValueException(detail="Ask for attributes or for excludedAttributes, not for both at once.")
    if kept:
        return Projection(returned.always_with(kept), returned.never, asked=True)
    return Projection({}, merged(minus(left, returned.always), returned.hidden), asked=True)


def _tree(model: Model, asked: Mapping[str, Any]) -> Tree:
    """Return the tree of one parameter's paths; a URN alone is a whole extension, and the core schema needs none."""
    try:
        read = ResponseParameters[model].model_validate(asked)  # type: ignore[valid-type]
    except ValidationError as error:
        raise unreadable(error) from error
    core = str(model.__schema__).lower()
    extensions = frozenset(map(str.lower, model.get_extension_models()))
    tree: Tree = {}
    for path in read.attributes or read.excluded_attributes or ():
        whole, schema = str(path).lower(), str(path.schema or "").lower()
        heads = () if schema in {"", core} else (schema,)
        grow(tree, (whole,) if whole in extensions else (*heads, *(part.lower() for part in path.parts)))
    return tree
