"""What the schemas say of when an attribute is returned: always, never, or on request (RFC 7643 §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scim2_models import Resource
from scim2_models import Returned as Characteristic

from app.scim.keys import attribute_name, is_complex
from app.scim.standing import LIFECYCLE
from app.scim.trees import Tree, grow, merged

IN_EVERY_ANSWER: Tree = {"schemas": {}, "id": {}}


@dataclass(frozen=True)
class Returned:
    """The attributes of one resource type that are not simply returned by default."""

    core: str
    always: Tree
    request: Tree
    never: Tree

    @property
    def hidden(self) -> Tree:
        """Return what no answer holds that nobody asked for; what is computed is not there to be hidden."""
        return merged({name: tree for name, tree in self.request.items() if name != LIFECYCLE}, self.never)

    def always_with(self, kept: Tree) -> Tree:
        """Add what is always returned: attributes, and parts of the complex ones that are kept."""
        due = {name: tree for name, tree in self.always.items() if name in kept or not tree or ":" in name}
        return merged(kept, due)

    def mentioned(self, payload: Mapping[str, Any]) -> Tree:
        """Return those returned on request of which the body of a POST, PUT or PATCH says something."""
        found: Tree = {}
        if self.request:
            for path in self._said(payload):
                grow(found, path)
        return found

    def _said(self, payload: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
        operations = payload.get("Operations", payload.get("operations"))
        if not isinstance(operations, list):
            yield from self._below(payload, self.request, ())
            return
        for operation in operations:
            if isinstance(operation, dict):
                path = operation.get("path")
                said = {path: operation.get("value")} if isinstance(path, str) else operation.get("value")
                yield from self._below(said, self.request, ())

    def _below(self, value: Any, tree: Tree, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if isinstance(value, list):
            for entry in value:
                yield from self._below(entry, tree, above)
        elif isinstance(value, dict):
            for name, item in value.items():
                yield from self._at(name.lower(), item, tree, above)

    def _at(self, name: str, item: Any, tree: Tree, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        name = name.removeprefix(self.core + ":")
        for known, branch in tree.items():
            rest = name.removeprefix(known)
            if rest == name or (rest and rest[0] not in ":.["):
                continue
            if not branch or (not rest and item is None):
                yield (*above, known)
            elif rest:
                yield from self._at(rest.rpartition("]")[2].lstrip(":."), item, branch, (*above, known))
            else:
                yield from self._below(item, branch, (*above, known))


@lru_cache(maxsize=256)
def returned_of(model: type[Resource[Any]]) -> Returned:
    """Read what the model of a resource type declares."""
    trees = {kind: _declared(model, kind) for kind in Characteristic}
    return Returned(
        str(model.__schema__).lower(),
        merged(IN_EVERY_ANSWER, trees[Characteristic.always]),
        trees[Characteristic.request],
        trees[Characteristic.never],
    )


def _declared(model: Any, kind: Characteristic) -> Tree:
    tree: Tree = {}
    for field in model.model_fields:
        name, target = attribute_name(model, field), model.get_field_root_type(field)
        if model.get_field_annotation(field, Characteristic) is kind:
            tree[name] = {}
        elif is_complex(target) and (below := _declared(target, kind)):
            tree[name] = below
    return tree
